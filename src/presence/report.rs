//! What is reported of a call while it is dialled: events of its legs, and the end of a dial.

use std::time::Duration;

use crate::telephony::{AccountName, CallSid, ContactUri};

/// One report of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The tenant.
    pub account: AccountName,
    /// The call.
    pub call: CallSid,
    /// What is said of it.
    pub news: News,
    /// Offset of the account's time zone from UTC now, in seconds: when its day begins.
    pub utc_offset_seconds: i32,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something happened to one leg.
    Leg {
        /// Whom it is about.
        who: ContactUri,
        /// What happened.
        event: LegEvent,
        /// How long it rang, if the report says so.
        rang: Option<Duration>,
    },
    /// The dial is over.
    End(DialEnd),
}

/// What happens to a leg, in the order in which it happens. Reports of it may come in any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// It is dialled.
    Dial,
    /// It rings.
    Ringing,
    /// Someone answered.
    Answered,
    /// It has ended, answered or not.
    Terminal,
}

/// What a fetch says of the dial before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DialNews {
    /// Of no dial.
    #[default]
    Nothing,
    /// It goes on: the fetch overlaps with it, and is no reason for another.
    GoesOn,
    /// It is over.
    Ended(DialEnd),
}

/// How a dial ended, as one report says it for all its legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialEnd {
    /// In a word.
    pub outcome: DialOutcome,
    /// Whom it is about: who took the call, or who was dialled last.
    pub who: Option<ContactUri>,
    /// How long each talked; nothing where it is not said.
    pub talks: Vec<(ContactUri, Duration)>,
}

impl DialEnd {
    /// It is over; no more is known.
    pub const UNKNOWN: Self = Self {
        outcome: DialOutcome::Unknown,
        who: None,
        talks: Vec::new(),
    };
}

/// How a dial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialOutcome {
    /// Someone talked.
    Answered,
    /// Everybody's phone rang out.
    NoAnswer,
    /// Engaged, or declined.
    Declined,
    /// The network could not reach anyone.
    Failed,
    /// The caller hung up first.
    Cancelled,
    /// Not said, or in a word that is not known.
    Unknown,
}
