//! What calls that we start are called: by us before Exotel knows of them, and by Exotel afterwards.

use std::time::Duration;

use uuid::Uuid;

use crate::presence::{NoteStep, Store, StoreError};
use crate::telephony::{AccountName, CallSid};

/// How long it is remembered what Exotel calls a call: as long as the call's record.
const NAMES_KEPT: Duration = Duration::from_hours(24);

/// What our calls' names begin with.
const PREFIX: &str = "click-";

/// What no name of a call has had in it.
pub(super) fn unique() -> String {
    Uuid::now_v7().simple().to_string()
}

/// Our name of a call.
pub(super) fn our_id(unique: &str) -> Result<CallSid, StoreError> {
    CallSid::parse(&format!("{PREFIX}{unique}"))
        .map_err(|error| StoreError::Corrupt(format!("a name for a call: {error}")))
}

/// Is it one of the calls that we started, by our name?
pub fn is_ours(call: &CallSid) -> bool {
    call.as_str().starts_with(PREFIX)
}

/// Under which note our name of a call stands, by Exotel's.
pub fn alias(call: &CallSid) -> String {
    format!("alias:{}", call.as_str())
}

/// Under which note Exotel's name of a call stands, by ours.
pub fn name_at_exotel(id: &CallSid) -> String {
    format!("exotel:{}", id.as_str())
}

/// Each name of a call leads to the other.
pub(super) async fn keep_names(
    store: &dyn Store,
    account: &AccountName,
    id: &CallSid,
    call: &CallSid,
) -> Result<(), StoreError> {
    for (name, text) in [
        (alias(call), id.as_str()),
        (name_at_exotel(id), call.as_str()),
    ] {
        let step = NoteStep::Write {
            text,
            kept: NAMES_KEPT,
        };
        store.note(account, &name, step).await?;
    }
    Ok(())
}
