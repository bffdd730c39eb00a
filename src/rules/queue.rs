//! Queues: a named set of agents and the order in which they are offered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::answer::AnswerSettings;
use super::handling::Handling;
use super::ring::RingSettings;

/// The name of a queue, as the rules, the API and the logs write it. Cheap to clone.
///
/// The name is what people use; what decides who is in a queue is its [`QueueDefinition`], so that two
/// versions of the rules can give one name two meanings and still run side by side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(Arc<str>);

impl QueueName {
    /// Reads a name of 1 to 64 letters, digits, `-`, `_` or `.` that begins with a letter or a digit: it stands in URLs.
    pub fn parse(text: &str) -> Result<Self, InvalidQueueName> {
        if is_name(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidQueueName)
        }
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl serde::Serialize for QueueName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Why a text is not the name of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 letters, digits, '-', '_' or '.', and begins with a letter or a digit")]
pub struct InvalidQueueName;

/// The form of every name that appears in URLs and labels: queues, groups and skills.
pub(super) fn is_name(text: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.chars().next().is_some_and(char::is_alphanumeric)
        && text.chars().all(named)
        && text.chars().nth(64).is_none()
}

/// A queue of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// What people call it.
    pub name: QueueName,
    /// Who is in it.
    pub definition: QueueDefinition,
    /// In which order its ready agents are offered.
    pub strategy: Strategy,
    /// What the queue itself says about ringing. A rule's [`Branch`](super::Branch) has it merged in.
    pub ring: RingSettings,
    /// What the queue itself says about its answers. A rule's [`Branch`](super::Branch) has it merged in.
    pub answer: AnswerSettings,
    /// How the queue treats its agents. A rule's [`Target`](super::Target) has it merged in.
    pub handling: Handling,
    /// How many calls the queue's agents may have together, whatever rule sent them.
    pub max_calls: Option<NonZeroU16>,
    /// Who of several waiting calls goes first; `None` for whoever asks first.
    pub fairness: Option<Fairness>,
}

/// Who of several waiting calls goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fairness {
    /// Whoever has waited longest, also if it asks a moment after an agent has become ready.
    OldestFirst,
}

impl Fairness {
    /// Every kind of it.
    pub const ALL: [Self; 1] = [Self::OldestFirst];

    /// The word for it in the rules file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OldestFirst => "oldest_first",
        }
    }
}

impl Queue {
    /// A queue of all agents, of which nothing more is said.
    pub(super) fn named(name: QueueName) -> Self {
        Self {
            name,
            definition: QueueDefinition::default(),
            strategy: Strategy::default(),
            ring: RingSettings::default(),
            answer: AnswerSettings::default(),
            handling: Handling::default(),
            max_calls: None,
            fairness: None,
        }
    }
}

/// Who is in a queue: agents of **any** of the groups who have **all** of the skills.
///
/// Both are sorted, so equal definitions are equal whatever order the file gives them in. No groups means
/// every group; no skills means no skill is asked for. A definition with neither holds every agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueDefinition {
    /// Any of these groups.
    pub groups: BTreeSet<String>,
    /// Each of these skills, at least at this level (1 to 10).
    pub skills: BTreeMap<String, u8>,
}

/// The order in which the ready agents of a queue are offered. Ties go to fewer calls that day, then to the agent's id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Who has been idle longest comes first.
    #[default]
    LongestIdle,
    /// One after the other, in turn.
    RoundRobin,
    /// Who had the fewest calls today comes first.
    FewestCalls,
    /// Who talked least today comes first.
    LeastTalkTime,
    /// By the agent's position, the lowest first.
    TopDown,
    /// In no order.
    Random,
    /// At random, by the weights of the agents.
    Weighted,
}

impl Strategy {
    /// Every strategy, in the order in which the documentation names them.
    pub const ALL: [Self; 7] = [
        Self::LongestIdle,
        Self::RoundRobin,
        Self::FewestCalls,
        Self::LeastTalkTime,
        Self::TopDown,
        Self::Random,
        Self::Weighted,
    ];

    /// The word for it in the rules file.
    pub const fn as_str(self) -> &'static str {
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

impl fmt::Display for Strategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
