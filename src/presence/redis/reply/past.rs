//! Reads the replies of `read_past.lua` and `read_removed.lua`.

use std::collections::BTreeMap;

use redis::Value;

use super::super::super::agent::{AgentProfile, StatusSet};
use super::super::super::past::{Cause, Was};
use super::super::super::queue::QueueId;
use super::super::super::record::{AgentRecord, NONE};
use super::super::super::store::StoreError;
use super::{Reader, ahead, parse, state, status};
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// Some of an agent's stream.
pub(in super::super) struct Page {
    /// How many entries the stream has.
    pub(in super::super) length: u64,
    /// The time of the first one.
    pub(in super::super) first: Timestamp,
    /// Who was removed, if that was the last that happened.
    pub(in super::super) removed: Option<AgentProfile>,
    pub(in super::super) entries: Vec<Entry>,
}

/// One change, with as much of what was before as it has written over.
pub(in super::super) struct Entry {
    pub(in super::super) id: String,
    pub(in super::super) at: Timestamp,
    pub(in super::super) cause: Cause,
    /// That nothing was, or is known to have been.
    pub(in super::super) blank: Option<Was>,
    /// Of this one only what a record has counts.
    pub(in super::super) record: Option<AgentRecord>,
    /// Of this one only what was chosen counts.
    pub(in super::super) presence: Option<AgentRecord>,
    /// What is so from then on.
    pub(in super::super) ahead: Option<Ahead>,
}

/// A day of the account, and how far ahead an agent is counted on it.
pub(in super::super) type Ahead = (i64, BTreeMap<QueueId, u64>);

/// A page of `read_removed.lua`.
pub(in super::super) fn ids(value: Value) -> Result<Vec<AgentId>, StoreError> {
    let texts = Reader::new(value)?.texts()?;
    texts.iter().map(|id| parse(id, AgentId::parse)).collect()
}

/// One row of `read_past.lua`.
pub(in super::super) fn stream(mut row: Reader) -> Result<Page, StoreError> {
    let (length, first) = (row.small()?, row.time()?);
    let removed = match row.text()?.as_str() {
        "" => None,
        profile => Some(parse(profile, |text| serde_json::from_str(text))?),
    };
    let entries: Result<_, StoreError> = row.rows().map(|row| entry(row?)).collect();
    Ok(Page {
        length,
        first,
        removed,
        entries: entries?,
    })
}

fn entry(mut row: Reader) -> Result<Entry, StoreError> {
    let id = row.text()?;
    let millis = id.split('-').next().unwrap_or_default();
    let at = Timestamp::from_millis(parse(millis, str::parse)?);
    let (cause, blank) = match row.text()?.as_str() {
        "r" => (Cause::Step, None),
        "o" => (Cause::Reservation, None),
        "s" => (Cause::Parking, None),
        "n" => (Cause::Step, Some(Was::Nobody)),
        _ => (Cause::Step, Some(Was::Unknown)),
    };
    let (record, presence) = (row.list()?, row.list()?);
    let ahead = match row.text()?.split_once(' ') {
        Some((day, counts)) => Some((parse(day, str::parse)?, ahead(counts)?)),
        None => None,
    };
    Ok(Entry {
        id,
        at,
        cause,
        blank,
        record: optional(record, held)?,
        presence: optional(presence, chosen)?,
        ahead,
    })
}

/// What is read from a list, unless that is empty.
fn optional<T>(
    list: Reader,
    read: impl FnOnce(Reader) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    (!list.is_empty()).then(|| read(list)).transpose()
}

fn held(mut row: Reader) -> Result<AgentRecord, StoreError> {
    Ok(AgentRecord {
        state: row.word(state)?,
        seen_at: row.time()?,
        idle_since: row.time()?,
        until: row.time()?,
        day: row.number()?,
        calls: row.small()?,
        talk_millis: row.small()?,
        turn: row.small()?,
        call: match row.text()?.as_str() {
            "" => None,
            call => Some(parse(call, CallSid::parse)?),
        },
        since: row.time()?,
        assumed_from: row.time()?,
        answered: row.small()?,
        missed: row.small()?,
        misses: row.small()?,
        ..AgentRecord::new(NONE)
    })
}

fn chosen(mut row: Reader) -> Result<AgentRecord, StoreError> {
    Ok(AgentRecord {
        status: row.word(status)?,
        status_since: row.time()?,
        break_until: row.time()?,
        parked_until: row.time()?,
        reason: row.text()?,
        status_set: match (row.text()?, row.time()?) {
            (by, _) if by.is_empty() => None,
            (by, at) => Some(StatusSet { by, at }),
        },
        break_heartbeat: row.length()?,
        break_lasting: row.length()?,
        ..AgentRecord::new(NONE)
    })
}
