//! Where somebody was looked for, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routing::explain::document::Reason;

/// A place where somebody was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TargetEntry {
    /// The queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
    /// Or the fixed numbers, masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// Was it open to this attempt?
    pub open: bool,
    /// What became of it, by the word of the choice; left out where nobody was looked for, and not known of entries of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<TargetFate>,
    /// So many who were ready were kept for calls that had waited longer (`fairness`).
    #[serde(skip_serializing_if = "is_zero")]
    pub held_back: usize,
    /// So many who were ready had been rung in earlier attempts.
    #[serde(skip_serializing_if = "is_zero")]
    pub tried: usize,
    /// So many would have been ready, but for a heartbeat that had lapsed.
    #[serde(skip_serializing_if = "is_zero")]
    pub stale: usize,
    /// The agents of the queue who were not rung, counted by why. It is reckoned when somebody asks for it, and never written down.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<BTreeMap<Reason, usize>>,
}

/// What became of a target. Of one whose queue was looked at and through which nobody is rung, the first of these that holds:
/// it was full, somebody was held back, somebody had been tried, nobody was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetFate {
    /// Somebody is rung through it.
    Used,
    /// It was not looked at: the answer was full before, or, of numbers, somebody was found.
    NotNeeded,
    /// Nobody of its queue was ready.
    NoneReady,
    /// The queue had all the calls that it may have, or kept its last places for calls that had waited longer.
    Full,
    /// Who was ready was kept for calls that had waited longer.
    HeldBack,
    /// Who was ready had been rung in an earlier attempt.
    Tried,
    /// It was not looked at: the call may go to nobody but the agent of the caller's last one.
    LastAgent,
    /// It was not open yet.
    Closed,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
