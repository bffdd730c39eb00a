//! A call as the log tells it: every attempt with the rules that were asked, and everything that was reported, in order.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::with_id;
use crate::presence::{LoggedOfCall, Store, StoreError};
use crate::routing::log::LogEntry;
use crate::telephony::{AccountName, CallSid};

/// An entry, and when it happened.
type Told = (Option<jiff::Timestamp>, Box<RawValue>);

#[derive(Deserialize)]
struct When {
    at: jiff::Timestamp,
}

/// What the log has of a call.
#[derive(Debug)]
pub(in crate::server) struct Timeline {
    /// In the order in which it happened.
    pub(in crate::server) entries: Vec<Box<RawValue>>,
    /// How many more there were, that are not kept any more.
    pub(in crate::server) gone: u64,
}

/// The same as what it says.
#[derive(Debug)]
pub(in crate::server) struct Understood {
    /// Each once, for one whose writing was not heard of may stand twice.
    pub(in crate::server) entries: Vec<LogEntry>,
    /// How many of them cannot be read.
    pub(in crate::server) unreadable: usize,
    /// How many more there were.
    pub(in crate::server) gone: u64,
}

/// What the log has of a call under any of its names.
pub(in crate::server) async fn timeline(
    store: &dyn Store,
    account: &AccountName,
    names: &[&CallSid],
) -> Result<Timeline, StoreError> {
    let (mut told, mut gone) = (Vec::new(), 0_u64);
    for (place, name) in names.iter().enumerate() {
        if names.iter().take(place).any(|before| before == name) {
            continue;
        }
        let of_call = store.log().of_call(account, name).await?;
        gone = gone.saturating_add(of_call.gone);
        for entry in of_call.entries {
            told.push(read(&entry)?);
        }
    }
    // What happened at the same moment stays in the order in which it was written.
    told.sort_by_key(|(at, _)| *at);
    let entries = told.into_iter().map(|(_, entry)| entry).collect();
    Ok(Timeline { entries, gone })
}

/// The same as what it says.
pub(in crate::server) async fn entries(
    store: &dyn Store,
    account: &AccountName,
    names: &[&CallSid],
) -> Result<Understood, StoreError> {
    let told = timeline(store, account, names).await?;
    let (mut entries, mut unreadable): (Vec<LogEntry>, usize) = (Vec::new(), 0);
    for entry in &told.entries {
        match serde_json::from_str(entry.get()) {
            Ok(entry) if entries.contains(&entry) => {}
            Ok(entry) => entries.push(entry),
            Err(_unreadable) => unreadable = unreadable.saturating_add(1),
        }
    }
    Ok(Understood {
        entries,
        unreadable,
        gone: told.gone,
    })
}

fn read(entry: &LoggedOfCall) -> Result<Told, StoreError> {
    let when: Option<When> = serde_json::from_str(&entry.text).ok();
    let shown = RawValue::from_string(with_id(entry.id, &entry.text))
        .map_err(|error| StoreError::Corrupt(format!("an entry of a call: {error}")))?;
    Ok((when.map(|when| when.at), shown))
}
