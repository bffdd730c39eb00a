//! What agents were, in memory. `redis/past.lua` is the twin of what is written here, `redis/past.rs` of what is read.

use std::cmp::max;
use std::collections::{BTreeMap, VecDeque};

use super::super::agent::AgentProfile;
use super::super::past::{Cause, Change, Past, Retention, Track, Was};
use super::super::record::{AgentRecord, NONE};
use super::super::snapshot::Member;
use super::AccountState;
use crate::clock::Timestamp;
use crate::telephony::AgentId;

/// The changes of an account's agents, the latest of each.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Without one nothing is kept.
    retention: Option<Retention>,
    of: BTreeMap<AgentId, Stream>,
}

/// The changes of one agent.
#[derive(Debug, Default)]
struct Stream {
    changes: VecDeque<Change>,
    /// Who was removed, unless made anew.
    removed: Option<AgentProfile>,
}

impl Changes {
    pub(super) fn keeping(retention: Retention) -> Self {
        Self {
            retention: (!retention.kept.is_zero()).then_some(retention),
            of: BTreeMap::new(),
        }
    }

    /// A step on an agent. A heartbeat that changes nothing else is not kept, unless one had lapsed before.
    pub(super) fn step<R>(
        &mut self,
        id: &AgentId,
        record: &mut AgentRecord,
        now: Timestamp,
        had_lapsed: bool,
        step: impl FnOnce(&mut AgentRecord) -> R,
    ) -> R {
        if self.retention.is_none() {
            return step(record);
        }
        let mut was = record.clone();
        let seen_at = was.seen_at;
        let result = step(record);
        was.seen_at = record.seen_at;
        if had_lapsed || was != *record {
            was.seen_at = seen_at;
            self.keep(id, Was::Agent(Box::new(was)), Cause::Step, now);
        }
        result
    }

    /// An offer changes an agent.
    pub(super) fn keep_offered(
        &mut self,
        id: &AgentId,
        was: &AgentRecord,
        cause: Cause,
        now: Timestamp,
    ) {
        if self.retention.is_some() {
            self.keep(id, Was::Agent(Box::new(was.clone())), cause, now);
        }
    }

    /// Somebody is there who wasn't.
    pub(super) fn keep_made(&mut self, id: &AgentId, now: Timestamp) {
        self.keep(id, Was::Nobody, Cause::Step, now);
        if let Some(stream) = self.of.get_mut(id) {
            stream.removed = None;
        }
    }

    /// Somebody is gone.
    pub(super) fn keep_removed(&mut self, member: &Member, now: Timestamp) {
        let id = &member.profile.id;
        let was = Was::Agent(Box::new(member.record.clone()));
        self.keep(id, was, Cause::Step, now);
        if let Some(stream) = self.of.get_mut(id) {
            stream.removed = Some(member.profile.clone());
        }
    }

    fn keep(&mut self, id: &AgentId, was: Was, cause: Cause, now: Timestamp) {
        let Some(retention) = self.retention else {
            return;
        };
        let stream = self.of.entry(id.clone()).or_default();
        // A clock that has gone back: see `past.lua`.
        let at = stream.changes.back().map_or(now, |last| max(last.at, now));
        stream.changes.push_back(Change { at, was, cause });
        let most = usize::try_from(retention.changes.get()).unwrap_or(usize::MAX);
        while stream.changes.len() > most {
            stream.changes.pop_front();
        }
    }

    /// Drops what is older than it may be, and those of whom nothing else is left.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        let Some(retention) = self.retention else {
            return;
        };
        let oldest = now.minus(retention.kept);
        self.of.retain(|_, stream| {
            while stream
                .changes
                .pop_front_if(|change| change.at < oldest)
                .is_some()
            {}
            !stream.changes.is_empty()
        });
    }

    fn track(&self, profile: AgentProfile, now: Was, kept: Retention) -> Track {
        let stream = self.of.get(&profile.id);
        let changes = stream.into_iter().flat_map(|stream| &stream.changes);
        let changes: Vec<Change> = changes.cloned().collect();
        let most = usize::try_from(kept.changes.get()).unwrap_or(usize::MAX);
        let first = changes.first().filter(|_| changes.len() >= most);
        let whole_from = first.map_or(NONE, |first| first.at);
        Track {
            profile,
            changes,
            now,
            whole_from,
        }
    }

    fn removed(&self) -> impl Iterator<Item = &AgentProfile> {
        self.of
            .values()
            .filter_map(|stream| stream.removed.as_ref())
    }
}

impl AccountState {
    /// What the agents were in that span, as far as it is kept.
    pub(super) fn past(&mut self, from: Timestamp, to: Timestamp, now: Timestamp) -> Past {
        self.changes.forget_old(now);
        let kept = self.changes.retention.unwrap_or(Retention::NONE);
        let member = |member: &Member| {
            let record = Was::Agent(Box::new(member.record.clone()));
            self.changes.track(member.profile.clone(), record, kept)
        };
        let removed =
            |profile: &AgentProfile| self.changes.track(profile.clone(), Was::Nobody, kept);
        let tracks = self.agents.values().map(member);
        let tracks = tracks.chain(self.changes.removed().map(removed));
        Past::new(max(from, now.minus(kept.kept)), to.min(now), tracks)
    }
}
