//! What Exotel reports, by itself, of a call that we started.

use super::body::{Unreadable, object};
use super::details::words;
use super::{CallDetails, CallState};

words! {
    /// What happened.
    CallEvent {
        /// Somebody answered.
        Answered = "answered",
        /// The call is over, answered or not.
        Terminal = "terminal",
    }
}

/// One report: `{event_details, call_details}` (F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    /// What happened. Without a word for it, what the call's state says, and else nothing.
    pub event: Option<CallEvent>,
    /// The call as it is now.
    pub details: CallDetails,
}

impl StatusCallback {
    /// Reads a body. Whatever is in the object makes a report; one without a call is for the caller to pass over.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let mut root = object(body)?;
        let event = root
            .object("event_details")
            .and_then(|mut event| event.text("event_type"));
        // Without the envelope, the object itself may be what is told of the call.
        let details = CallDetails::read(root.object("call_details").unwrap_or(root));
        let is_over = details.state == Some(CallState::Terminal);
        Ok(Self {
            event: event
                .map(|word| CallEvent::read(&word))
                .or(is_over.then_some(CallEvent::Terminal)),
            details,
        })
    }
}
