//! An answer, as far as it decides about agents.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Reason;
use crate::telephony::{AgentId, CallSid};

/// What of an answer, and of those before it, decides about agents: of one that was played through, or was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub(super) call: Option<&'a CallSid>,
    /// The attempts before in which each agent was rung.
    pub(super) tried: &'a BTreeMap<AgentId, Vec<u8>>,
    /// Who was kept for calls that have waited longer.
    pub(super) held_back: &'a BTreeSet<AgentId>,
    /// How many ring.
    pub(super) count: usize,
    /// Why somebody who is ready does not ring, where it is not that the answer has enough.
    pub(super) instead: Option<(Reason, &'static str)>,
}
