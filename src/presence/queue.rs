//! A queue as the store sees it: which agents belong to it, and in which order they are offered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::agent::AgentProfile;

/// The order in which a queue's ready agents are offered. Ties go to fewer calls that day, then to the agent's id.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who has been idle longest.
    LongestIdle,
    /// Who was offered a call least recently.
    RoundRobin,
    /// Who had the fewest calls today.
    FewestCalls,
    /// Who talked least today.
    LeastTalkTime,
    /// By the agents' `position`, always from the top.
    TopDown,
    /// Anybody, each with the same chance.
    Random,
    /// Calls of the day in proportion to the agents' `weight`.
    Weighted,
}

impl Strategy {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::LongestIdle,
        Self::RoundRobin,
        Self::FewestCalls,
        Self::LeastTalkTime,
        Self::TopDown,
        Self::Random,
        Self::Weighted,
    ];

    /// Does the order count the day, so that who comes late would get every call until caught up?
    pub fn is_daily(self) -> bool {
        match self {
            Self::FewestCalls | Self::LeastTalkTime | Self::Weighted => true,
            Self::LongestIdle | Self::RoundRobin | Self::TopDown | Self::Random => false,
        }
    }

    /// The word used in rules and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LongestIdle => "longest_idle",
            Self::RoundRobin => "round_robin",
            Self::FewestCalls => "fewest_calls",
            Self::LeastTalkTime => "least_talk_time",
            Self::TopDown => "top_down",
            Self::Random => "random",
            Self::Weighted => "weighted",
        }
    }
}

/// Names a queue's index in the store: the strategy and a digest of the definition.
///
/// Two instances that run different rules may give one queue name two definitions; each then finds its own index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(String);

impl QueueId {
    /// The text used in keys, `<strategy>:<12 hex digits>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl QueueId {
    /// The id that a store has kept.
    pub(super) fn kept(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Which agents, in which order. Without groups and skills: everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDefinition {
    id: QueueId,
    groups: BTreeSet<String>,
    skills: BTreeMap<String, u8>,
    strategy: Strategy,
}

/// The part of a definition that decides membership, as the store keeps it.
#[derive(Serialize)]
struct Membership<'a> {
    groups: &'a BTreeSet<String>,
    skills: &'a BTreeMap<String, u8>,
}

/// A skill that keeps an agent out of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking<'a> {
    /// The skill.
    pub skill: &'a str,
    /// The least level that is asked for.
    pub wanted: u8,
    /// The agent's level; `None` without the skill.
    pub has: Option<u8>,
}

impl QueueDefinition {
    /// Agents in any of `groups` (if there are any) who have all of `skills` at that level or above.
    pub fn new(groups: BTreeSet<String>, skills: BTreeMap<String, u8>, strategy: Strategy) -> Self {
        let mut digest = Sha256::new();
        for group in &groups {
            digest.update(format!("g{}:{group}", group.len()));
        }
        for (skill, level) in &skills {
            digest.update(format!("s{}:{skill}={level};", skill.len()));
        }
        let digest = format!("{:x}", digest.finalize());
        let id = QueueId(format!(
            "{}:{}",
            strategy.as_str(),
            digest.get(..12).unwrap_or_default()
        ));
        Self {
            id,
            groups,
            skills,
            strategy,
        }
    }

    /// The name of the queue's index.
    pub fn id(&self) -> &QueueId {
        &self.id
    }

    /// The order of offers.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Does the agent belong to the queue, whatever the status and state?
    pub fn admits(&self, profile: &AgentProfile) -> bool {
        self.has_group_of(profile) && self.lacking(profile).next().is_none()
    }

    /// Is the agent in any of the groups that are asked for? Without groups everybody is.
    pub fn has_group_of(&self, profile: &AgentProfile) -> bool {
        self.groups.is_empty() || !self.groups.is_disjoint(&profile.groups)
    }

    /// The groups that are asked for; none asks for no group.
    pub fn groups(&self) -> &BTreeSet<String> {
        &self.groups
    }

    /// The skills that are asked for and that the agent has not, or not at that level.
    pub fn lacking<'a>(&'a self, profile: &'a AgentProfile) -> impl Iterator<Item = Lacking<'a>> {
        let has = |skill| profile.skills.get(skill).copied();
        self.skills
            .iter()
            .map(move |(skill, wanted)| Lacking {
                skill,
                wanted: *wanted,
                has: has(skill),
            })
            .filter(|lacking| lacking.has.is_none_or(|has| has < lacking.wanted))
    }

    /// Membership as JSON, for the store's registry of indexes.
    pub(crate) fn membership_json(&self) -> String {
        let membership = Membership {
            groups: &self.groups,
            skills: &self.skills,
        };
        serde_json::to_string(&membership).unwrap_or_default()
    }
}
