//! What is remembered of a call, to be looked at: its answers, and what became of each destination.

use std::sync::Arc;

use super::leg::Leg;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

/// A call as it is remembered now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallHistory {
    /// When it was first heard of.
    pub first_at: Timestamp,
    /// What the caller keyed; empty for nothing.
    pub digits: String,
    /// The custom field of a call begun by the API; empty for none.
    pub custom_field: String,
    /// Its answers, in order; the last may be one with nobody.
    pub answers: Vec<PastAnswer>,
}

/// One answer of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAnswer {
    /// When it was given.
    pub at: Timestamp,
    /// Was it to be the last?
    pub last: bool,
    /// What was kept with it; opaque here.
    pub template: Arc<str>,
    /// Whom it rang, in order.
    pub destinations: Vec<PastDestination>,
}

/// What became of one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDestination {
    /// Where it rang.
    pub uri: ContactUri,
    /// Whose phone that is; `None` for a fixed number.
    pub agent: Option<AgentId>,
    /// As far as it is known.
    pub leg: Leg,
}
