//! Reads what agents were, agent by agent and page by page: no script looks at more than it is told to.
//!
//! An entry of a stream has what it changed and no more: what was chosen stands only where that changed, and how far ahead an
//! agent is counted only where that begins. So an agent's stream is read from behind, what was chosen being carried from
//! entry to entry, and from the front, how far ahead.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::super::agent::AgentProfile;
use super::super::past::{Change, Past, Track, Was};
use super::super::record::{AgentRecord, NONE};
use super::super::snapshot::Member;
use super::super::store::StoreError;
use super::keys::Keys;
use super::reply::Reader;
use super::reply::past::{Ahead, Entry, Page as StreamPage, ids, stream};
use super::{Page, RedisStore};
use crate::clock::Timestamp;
use crate::telephony::AgentId;

/// So many agents in one script, and so many entries of each: together some milliseconds, in which nobody gets a decision.
const AGENTS: usize = 20;
const ENTRIES: usize = 100;
/// So many of those who were removed in one script.
const REMOVED: usize = 200;
/// How far ahead an agent is counted goes for a day, so that the entry that says so is no older.
const DAY: Duration = Duration::from_hours(24);

/// What has been read of one agent.
struct Stream {
    /// What is kept of the agent; nothing of one who was removed.
    member: Option<Member>,
    removed: Option<AgentProfile>,
    entries: Vec<Entry>,
    /// From where to read on.
    next: String,
    whole_from: Timestamp,
}

impl RedisStore {
    pub(super) async fn read_past(
        &self,
        keys: &Keys,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        let (now, members) = self.read_members(keys).await?;
        let kept = self.shared.memory.history.kept;
        let (from, to) = (from.max(now.minus(kept)), to.min(now));
        let begin = from.minus(DAY).as_millis().max(0).to_string();
        let mut streams: BTreeMap<AgentId, Stream> = BTreeMap::new();
        for id in self.read_removed(keys, now).await? {
            streams.insert(id, Stream::from(&begin, None));
        }
        for member in members {
            let id = member.profile.id.clone();
            streams.insert(id, Stream::from(&begin, Some(member)));
        }
        let mut waiting: VecDeque<AgentId> = streams.keys().cloned().collect();
        while !waiting.is_empty() {
            let some: Vec<AgentId> = waiting.drain(..waiting.len().min(AGENTS)).collect();
            self.read_on(keys, &mut streams, &some).await?;
            let unfinished = |id: &AgentId| streams.get(id).is_some_and(|read| !read.is_read(to));
            waiting.extend(some.into_iter().filter(unfinished));
        }
        let tracks = streams.into_values().filter_map(Stream::track);
        Ok(Past::new(from, to, tracks))
    }

    /// All agents, and the moment at which the first of them was read.
    async fn read_members(&self, keys: &Keys) -> Result<(Timestamp, Vec<Member>), StoreError> {
        let (mut cursor, mut first, mut all) = ("0".to_owned(), None, Vec::new());
        loop {
            let script = &self.shared.scripts.read_agents;
            let mut read = self.call(script, keys, &[keys.profiles()]);
            let Page { now, next, members } = self.read(read.arg(&cursor)).await?;
            let first = *first.get_or_insert(now);
            all.extend(members);
            cursor = next;
            if cursor == "0" {
                return Ok((first, all));
            }
        }
    }

    async fn read_removed(&self, keys: &Keys, now: Timestamp) -> Result<Vec<AgentId>, StoreError> {
        let mut all = Vec::new();
        loop {
            let mut read = self.call(&self.shared.scripts.read_removed, keys, &[]);
            read.arg(now.as_millis()).arg(all.len()).arg(REMOVED);
            let page = ids(self.run(&read).await?)?;
            let is_last = page.len() < REMOVED;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn read_on(
        &self,
        keys: &Keys,
        streams: &mut BTreeMap<AgentId, Stream>,
        some: &[AgentId],
    ) -> Result<(), StoreError> {
        let mut read = self.call(&self.shared.scripts.read_past, keys, &[]);
        read.arg(ENTRIES);
        for id in some {
            let next = streams.get(id).map_or("-", |stream| &stream.next);
            read.arg(id.as_str()).arg(next);
        }
        let rows = Reader::new(self.run(&read).await?)?;
        let most = u64::from(self.shared.memory.history.changes.get());
        for (id, row) in some.iter().zip(rows.rows()) {
            if let Some(known) = streams.get_mut(id) {
                known.take(stream(row?)?, most);
            }
        }
        Ok(())
    }
}

impl Stream {
    fn from(begin: &str, member: Option<Member>) -> Self {
        Self {
            member,
            removed: None,
            entries: Vec::new(),
            next: begin.to_owned(),
            whole_from: NONE,
        }
    }

    /// Takes a page in; one that isn't full is the last.
    fn take(&mut self, page: StreamPage, most: u64) {
        self.next = match page.entries.last() {
            Some(last) if page.entries.len() == ENTRIES => format!("({}", last.id),
            Some(_) | None => String::new(),
        };
        if page.length >= most {
            self.whole_from = page.first;
        }
        self.removed = page.removed;
        self.entries.extend(page.entries);
    }

    /// Is everything there that tells of moments up to `to`?
    fn is_read(&self, to: Timestamp) -> bool {
        let behind = || self.entries.iter().rev().take_while(|entry| entry.at > to);
        let is_clear = behind().any(|entry| entry.blank.is_some())
            || (behind().any(|entry| entry.record.is_some())
                && behind().any(|entry| entry.presence.is_some()));
        self.next.is_empty() || is_clear
    }

    /// `None` for somebody who was removed before the span.
    fn track(self) -> Option<Track> {
        let ahead = self.ahead();
        let (profile, now) = match self.member {
            Some(member) => (member.profile, Was::Agent(Box::new(member.record))),
            None => (self.removed?, Was::Nobody),
        };
        let mut carried = match &now {
            Was::Agent(record) => Carried::all(record),
            Was::Nobody | Was::Unknown => Carried::default(),
        };
        let mut changes = Vec::with_capacity(self.entries.len());
        for (entry, ahead) in self.entries.into_iter().zip(ahead).rev() {
            let (at, cause) = (entry.at, entry.cause);
            let was = carried.before(entry, ahead);
            changes.push(Change { at, was, cause });
        }
        changes.reverse();
        Some(Track {
            profile,
            changes,
            now,
            whole_from: self.whole_from,
        })
    }

    /// Of each entry, how far ahead the agent was counted until then: as the entry before it says that has a word on it. When
    /// none has, it is what it is now.
    fn ahead(&self) -> Vec<Option<Ahead>> {
        let is_silent = self.entries.iter().all(|entry| entry.ahead.is_none());
        let record = self.member.as_ref().map(|member| &member.record);
        let now = record.map(|record| (record.day, record.ahead.clone()));
        let mut latest = now.filter(|_| is_silent);
        let until_then = |entry: &Entry| {
            let before = latest.clone();
            if entry.blank.is_some() {
                latest = None;
            }
            if let Some(ahead) = &entry.ahead {
                latest = Some(ahead.clone());
            }
            before
        };
        self.entries.iter().map(until_then).collect()
    }
}

/// What was behind the change in hand, in two parts that are written apart.
#[derive(Default)]
struct Carried {
    record: Option<AgentRecord>,
    presence: Option<AgentRecord>,
}

impl Carried {
    fn all(record: &AgentRecord) -> Self {
        Self {
            record: Some(record.clone()),
            presence: Some(record.clone()),
        }
    }

    /// What was before that change.
    fn before(&mut self, entry: Entry, ahead: Option<Ahead>) -> Was {
        if let Some(blank) = entry.blank {
            *self = Self::default();
            return blank;
        }
        self.record = entry.record.or_else(|| self.record.take());
        self.presence = entry.presence.or_else(|| self.presence.take());
        let (Some(record), Some(presence)) = (&self.record, &self.presence) else {
            return Was::Unknown;
        };
        let ahead = ahead.filter(|(day, _)| *day == record.day);
        Was::Agent(Box::new(AgentRecord {
            status: presence.status,
            status_since: presence.status_since,
            reason: presence.reason.clone(),
            status_set: presence.status_set.clone(),
            break_until: presence.break_until,
            break_lasting: presence.break_lasting,
            break_heartbeat: presence.break_heartbeat,
            parked_until: presence.parked_until,
            ahead: ahead.map(|(_, ahead)| ahead).unwrap_or_default(),
            ..record.clone()
        }))
    }
}
