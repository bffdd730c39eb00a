//! What is told of an answer by other rules, in the names that programs read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routing::explain::PastCall;
use crate::routing::log::entry::DecisionEntry;

/// An answer as it was, and as it would have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The call.
    pub call: String,
    /// When it was answered, RFC 3339.
    pub at: String,
    /// Which attempt, from 1; 0 where the store did not say.
    pub attempt: u8,
    /// What comes of comparing.
    pub verdict: Verdict,
    /// The rule that took the call.
    pub rule_then: Option<Arc<str>>,
    /// The rule that would have.
    pub rule_now: Option<Arc<str>>,
    /// Whom it rang: agents by id, numbers masked.
    pub rings_then: Vec<String>,
    /// Whom it would have rung.
    pub rings_now: Vec<String>,
    /// In a sentence.
    pub why: String,
}

/// What comes of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same rule, the same phones.
    Same,
    /// Another rule, the same phones.
    OtherRule,
    /// Other phones.
    Changed,
    /// The call would have gone another way before.
    NotComparable,
    /// It can't be told.
    Untold,
}

/// Of an answer behind one that would have been another.
pub(super) fn not_comparable(call: &PastCall, decision: &DecisionEntry) -> Comparison {
    Comparison {
        verdict: Verdict::NotComparable,
        why: "the call would have gone another way before, or may have".to_owned(),
        ..then(call, decision)
    }
}

/// Of an answer that can't be told, with the reason.
pub(super) fn untold(call: &PastCall, decision: &DecisionEntry, why: String) -> Comparison {
    Comparison {
        verdict: Verdict::Untold,
        why,
        ..then(call, decision)
    }
}

/// The answer as it was.
pub(super) fn then(call: &PastCall, decision: &DecisionEntry) -> Comparison {
    let rings = decision.rings.iter();
    let rings = rings.map(|ring| {
        ring.agent
            .clone()
            .unwrap_or_else(|| ring.contact_uri.clone())
    });
    Comparison {
        call: call.call.to_string(),
        at: decision.at.clone(),
        attempt: decision.attempt,
        verdict: Verdict::Same,
        rule_then: decision.rule.clone(),
        rule_now: None,
        rings_then: rings.collect(),
        rings_now: Vec::new(),
        why: String::new(),
    }
}
