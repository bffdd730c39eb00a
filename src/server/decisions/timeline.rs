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

/// What the log has of a call under any of its names, in the order in which it happened.
pub(in crate::server) async fn timeline(
    store: &dyn Store,
    account: &AccountName,
    names: &[&CallSid],
) -> Result<Vec<Box<RawValue>>, StoreError> {
    let mut told = Vec::new();
    for (place, name) in names.iter().enumerate() {
        if names.iter().take(place).any(|before| before == name) {
            continue;
        }
        for entry in store.log().of_call(account, name).await? {
            told.push(read(&entry)?);
        }
    }
    // What happened at the same moment stays in the order in which it was written.
    told.sort_by_key(|(at, _)| *at);
    Ok(told.into_iter().map(|(_, entry)| entry).collect())
}

/// The same as what it says, each entry once, for one whose writing was not heard of may stand twice; and how many of them cannot
/// be read.
pub(in crate::server) async fn entries(
    store: &dyn Store,
    account: &AccountName,
    names: &[&CallSid],
) -> Result<(Vec<LogEntry>, usize), StoreError> {
    let told = timeline(store, account, names).await?;
    let (mut entries, mut unreadable): (Vec<LogEntry>, usize) = (Vec::new(), 0);
    for entry in &told {
        match serde_json::from_str(entry.get()) {
            Ok(entry) if entries.contains(&entry) => {}
            Ok(entry) => entries.push(entry),
            Err(_unreadable) => unreadable = unreadable.saturating_add(1),
        }
    }
    Ok((entries, unreadable))
}

fn read(entry: &LoggedOfCall) -> Result<Told, StoreError> {
    let when: Option<When> = serde_json::from_str(&entry.text).ok();
    let shown = RawValue::from_string(with_id(entry.id, &entry.text))
        .map_err(|error| StoreError::Corrupt(format!("an entry of a call: {error}")))?;
    Ok((when.map(|when| when.at), shown))
}
