//! What agents were: enough to tell how they stood at any moment of the last days.
//!
//! Both stores keep, in the step that changes an agent, what the agent was until then. Every state ends by itself, so what
//! was written last before a moment tells all of that moment: it stands in the first change behind it, or is what is kept
//! of the agent now. A heartbeat in time changes nothing else and is not kept, so of the last heartbeat no more is known
//! than whether it was young enough.
//!
//! Profiles, and with them groups and skills, are those of now, and those at the end of agents who were removed.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use super::agent::{AgentProfile, AgentState};
use super::queue::QueueDefinition;
use super::record::{AgentRecord, NONE, PARKED_FOR};
use super::snapshot::{Member, Snapshot};
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// How much is kept of what agents were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For how long; nothing is kept with zero.
    pub kept: Duration,
    /// About so many changes of an agent, the latest.
    pub changes: NonZeroU32,
}

impl Retention {
    /// Three days, so that on a Monday Friday can be told.
    pub const USUAL: Self = Self {
        kept: Duration::from_hours(72),
        changes: NonZeroU32::MIN.saturating_add(9_999),
    };

    /// Nothing is kept.
    pub const NONE: Self = Self {
        kept: Duration::ZERO,
        ..Self::USUAL
    };
}

/// What an account's agents were in a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    from: Timestamp,
    to: Timestamp,
    tracks: BTreeMap<AgentId, Track>,
}

/// One agent's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) profile: AgentProfile,
    /// In the order in which they happened.
    pub(super) changes: Vec<Change>,
    /// What the agent is behind the last of them.
    pub(super) now: Was,
    /// Before this moment there were changes that are no longer kept.
    pub(super) whole_from: Timestamp,
}

/// A change of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    /// What the agent was until then.
    pub(super) was: Was,
    pub(super) cause: Cause,
}

/// What an agent was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Was {
    /// There was nobody of that id.
    Nobody,
    /// Nobody knows: it was written in another layout, or not kept.
    Unknown,
    Agent(Box<AgentRecord>),
}

/// What changed an agent: the choice of an offer comes before what it does to agents, and whoever explains it needs them as
/// the choice found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Anything else.
    Step,
    /// An offer has reserved the agent.
    Reservation,
    /// An offer has met the agent with a heartbeat that had lapsed.
    Parking,
}

impl Past {
    pub(super) fn new(
        from: Timestamp,
        to: Timestamp,
        tracks: impl IntoIterator<Item = Track>,
    ) -> Self {
        let by_id = |track: Track| (track.profile.id.clone(), track);
        Self {
            from,
            to,
            tracks: tracks.into_iter().map(by_id).collect(),
        }
    }

    /// From when on agents can be told of: what was asked for, as far as it is kept.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Of how many agents something is known.
    pub fn agents(&self) -> usize {
        self.tracks.len()
    }

    /// Up to when.
    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// The agents at the end of the millisecond `moment`, but those of [`Past::unknown_at`]; `None` outside the span. Of the
    /// last heartbeat it says a time when it was young enough, which may not be when it came. The calls of queues are not kept.
    pub fn at(&self, moment: Timestamp) -> Option<Snapshot> {
        self.shown(moment, |track| track.after(moment))
    }

    /// The agents as the choice of the answer found them that the call got at that moment: whom the call's earlier attempts
    /// held is free already, and nobody is reserved for it yet. Otherwise as [`Past::at`].
    pub fn before(&self, moment: Timestamp, call: &CallSid) -> Option<Snapshot> {
        self.shown(moment, |track| track.before_choice(moment, call))
    }

    /// The agents of whom it is not known what they were at that moment, or whether they were there at all.
    pub fn unknown_at(&self, moment: Timestamp) -> Vec<&AgentId> {
        let is_unknown =
            |track: &Track| matches!(track.seen(track.after(moment), moment), Was::Unknown);
        let tracks = self.tracks.iter();
        tracks
            .filter(|(_, track)| is_unknown(track))
            .map(|(id, _)| id)
            .collect()
    }

    /// Those of [`Past::unknown_at`] who belong to the queue by their profiles.
    pub fn unknown_in(&self, queue: &QueueDefinition, moment: Timestamp) -> Vec<&AgentId> {
        let belongs = |id: &&AgentId| {
            let track = self.tracks.get(*id);
            track.is_some_and(|track| queue.admits(&track.profile))
        };
        self.unknown_at(moment)
            .into_iter()
            .filter(belongs)
            .collect()
    }

    fn shown(&self, moment: Timestamp, place: impl Fn(&Track) -> usize) -> Option<Snapshot> {
        if moment < self.from || moment > self.to {
            return None;
        }
        let member = |track: &Track| match track.seen(place(track), moment) {
            Was::Agent(record) => Some(Member {
                profile: track.profile.clone(),
                record: *record,
            }),
            Was::Nobody | Was::Unknown => None,
        };
        Some(Snapshot::new(
            moment,
            self.tracks.values().filter_map(member),
        ))
    }
}

impl Track {
    /// What the agent was until the change at that place, or is behind the last one.
    fn was(&self, place: usize) -> &Was {
        self.changes
            .get(place)
            .map_or(&self.now, |change| &change.was)
    }

    /// The place of the first change behind the moment.
    fn after(&self, moment: Timestamp) -> usize {
        self.changes.partition_point(|change| change.at <= moment)
    }

    /// The place of what the choice did to the agent that was made for the call at that moment; else of the first change
    /// behind the moment.
    fn before_choice(&self, moment: Timestamp, call: &CallSid) -> usize {
        let after = self.after(moment);
        let is_of_choice = |place: &usize| {
            let change = self.changes.get(*place);
            change.is_some_and(
                |change| match (change.cause, self.was(place.saturating_add(1))) {
                    (Cause::Reservation, Was::Agent(record)) => record.call.as_ref() == Some(call),
                    // Of which offer is not kept; who has lapsed is no more ready before it than behind it.
                    (Cause::Parking, _) => place.saturating_add(1) == after,
                    (Cause::Reservation | Cause::Step, _) => false,
                },
            )
        };
        let is_then = |place: &usize| {
            let change = self.changes.get(*place);
            change.is_some_and(|change| change.at == moment)
        };
        let of_then = (0..after).rev().take_while(is_then);
        of_then.into_iter().find(is_of_choice).unwrap_or(after)
    }

    /// What the agent was at the moment, if the change at that place is the first one behind it.
    fn seen(&self, place: usize, moment: Timestamp) -> Was {
        match self.was(place) {
            Was::Nobody if place > 0 || moment >= self.whole_from => Was::Nobody,
            Was::Agent(record) if place > 0 || moment >= self.whole_from => {
                let mut record = record.clone();
                // What was written behind the moment cannot have been so then: a change in between was not kept.
                if record.written() > moment {
                    return Was::Unknown;
                }
                record.seen_at = record.seen_at.min(moment);
                Was::Agent(record)
            }
            Was::Nobody | Was::Unknown | Was::Agent(_) => Was::Unknown,
        }
    }
}

impl AgentRecord {
    /// The latest moment at which it is known to have been written. Heartbeats don't count.
    fn written(&self) -> Timestamp {
        let state = match self.state {
            AgentState::Idle => self.idle_since,
            AgentState::Reserved
            | AgentState::Ringing
            | AgentState::InCall
            | AgentState::WrapUp
            | AgentState::BackOff => self.since,
        };
        let set = self.status_set.as_ref().map_or(NONE, |set| set.at);
        let parked = self.parked_until.minus(PARKED_FOR);
        state.max(set).max(parked).max(self.status_since)
    }
}

#[cfg(test)]
mod tests;
