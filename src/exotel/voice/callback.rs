//! What Exotel reports, by itself, of a call that we started.

use super::CallDetails;
use super::body::{Unreadable, object};
use super::details::words;

words! {
    /// Exotel's word for what happened.
    CallEvent {
        /// Somebody answered.
        Answered = "answered",
        /// The call is over, answered or not.
        Terminal = "terminal",
    }
}

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Somebody answered.
    Answered,
    /// The call is over, answered or not.
    Over,
}

/// One report: `{event_details, call_details}` (F).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    /// Its word for what happened.
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
        Ok(Self {
            event: event.map(|word| CallEvent::read(&word)),
            // Without the envelope, the object itself may be what is told of the call.
            details: CallDetails::read(root.object("call_details").unwrap_or(root)),
        })
    }

    /// What happened. Without a word for it, or with one that nobody knows, the call itself may say that it is over: an end
    /// that is passed over would hold the agent for as long as a call may last.
    pub fn happened(&self) -> Option<Happened> {
        match &self.event {
            Some(CallEvent::Answered) => Some(Happened::Answered),
            Some(CallEvent::Terminal) => Some(Happened::Over),
            Some(CallEvent::Other(_)) | None => self.details.is_over().then_some(Happened::Over),
        }
    }
}
