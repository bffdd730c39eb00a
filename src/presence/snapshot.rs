//! All agents of an account as they are kept, at one moment: enough to play a decision through without making it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::agent::{Agent, AgentProfile, AgentState};
use super::queue::{QueueDefinition, QueueId};
use super::record::{AgentRecord, Place, day_of};
use super::store::View;
use super::waiting::Traffic;
use crate::clock::Timestamp;
use crate::telephony::AgentId;

/// An agent with its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) profile: AgentProfile,
    pub(super) record: AgentRecord,
}

/// An account's agents at one moment of the store's clock. What is in it does not change the store.
///
/// What it holds can be seen with [`Snapshot::standings`], and a call played through on it with
/// [`Rehearsal`](super::memory::Rehearsal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    at: Timestamp,
    members: BTreeMap<AgentId, Member>,
    traffic: Traffic,
}

/// An agent, with what decides its place in a queue besides what people are shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The agent as people see it.
    pub agent: Agent,
    /// When the agent was named in an answer last.
    pub last_offered: Option<Timestamp>,
    /// How long the agent has talked on the account's day so far.
    pub talked_today: Duration,
    /// Until when searches pass the agent over because its heartbeat had lapsed once; a heartbeat ends it.
    pub left_out_until: Option<Timestamp>,
    /// In queues that count the day: how much is added to what is counted, because the agent came in the middle of it. In
    /// calls, milliseconds of talk, or for `weighted` in millionths of a call of weight 1.
    pub ahead: BTreeMap<QueueId, u64>,
}

impl Snapshot {
    pub(super) fn new(at: Timestamp, members: impl IntoIterator<Item = Member>) -> Self {
        let by_id = |member: Member| (member.profile.id.clone(), member);
        Self {
            at,
            members: members.into_iter().map(by_id).collect(),
            traffic: Traffic::default(),
        }
    }

    /// The same, with the calls of queues: what is played through then regards them.
    #[must_use]
    pub fn with_traffic(self, traffic: Traffic) -> Self {
        Self { traffic, ..self }
    }

    /// The calls of queues, as far as they were added.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The moment, by the store's clock.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    pub(super) fn members(&self) -> &BTreeMap<AgentId, Member> {
        &self.members
    }

    /// The name that people read of an agent.
    pub fn name_of(&self, id: &AgentId) -> Option<String> {
        let member = self.members.get(id)?;
        Some(member.profile.name.clone())
    }

    /// Does the agent, if there is one of that id, belong to the queue?
    pub fn is_admitted(&self, id: &AgentId, queue: &QueueDefinition) -> bool {
        let member = self.members.get(id);
        member.is_some_and(|member| queue.admits(&member.profile))
    }

    /// The agents by id, as seen at the moment of the snapshot.
    pub fn agents(&self, view: View) -> Vec<Agent> {
        self.members
            .values()
            .map(|member| member.record.seen(&member.profile, self.at, view))
            .collect()
    }

    /// The states of agents that have ended by time, each with when: nothing was reported in time, and nobody has looked for
    /// the agent since.
    pub fn lapsed(&self) -> impl Iterator<Item = (AgentState, Timestamp)> {
        let records = self.members.values().map(|member| &member.record);
        let lapsed =
            records.filter(|record| record.state != AgentState::Idle && record.until <= self.at);
        lapsed.map(|record| (record.state, record.until))
    }

    /// The agents of a queue in its order, whether they are ready or not.
    pub fn line(&self, queue: &QueueDefinition, view: View) -> Vec<&AgentId> {
        let today = day_of(self.at, view.utc_offset_seconds);
        let members = self.members.iter();
        let mut line: Vec<Place<'_>> = members
            .filter(|(_, member)| queue.admits(&member.profile))
            .map(|(id, Member { profile, record })| (record.order(queue, profile, today), id))
            .collect();
        line.sort_unstable();
        line.into_iter().map(|(_, id)| id).collect()
    }

    /// The agents by id, with what decides their places in queues.
    pub fn standings(&self, view: View) -> Vec<Standing> {
        let today = day_of(self.at, view.utc_offset_seconds);
        self.members
            .values()
            .map(|Member { profile, record }| Standing {
                agent: record.seen(profile, self.at, view),
                last_offered: record.last_offered(),
                talked_today: record.talked_on(today),
                left_out_until: Some(record.parked_until).filter(|until| *until > self.at),
                ahead: record.ahead_on(today),
            })
            .collect()
    }
}
