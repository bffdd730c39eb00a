//! A call as the log tells it: every attempt with the rules that were asked, and everything that was reported, in order.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::with_id;
use crate::presence::{LoggedOfCall, Store, StoreError};
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

fn read(entry: &LoggedOfCall) -> Result<Told, StoreError> {
    let when: Option<When> = serde_json::from_str(&entry.text).ok();
    let shown = RawValue::from_string(with_id(entry.id, &entry.text))
        .map_err(|error| StoreError::Corrupt(format!("an entry of a call: {error}")))?;
    Ok((when.map(|when| when.at), shown))
}
