//! Calls that were, by other rules: whom would they have rung? Nothing is reserved, and nothing is put in force.
//!
//! Each answer of a call is played, by the rules that are tried, on the agents as its choice found them, after the attempts that
//! the call really had. That is told as long as the call would have gone the way it went: behind an answer that would have been
//! another, the call's further answers can't be compared.
//!
//! Reading order: [`document`], `facts` (what is known of the call), `compare` (one answer), here a whole call.

use std::collections::BTreeSet;

use super::book::RoutingBook;
use super::explain::past::moment;
use super::explain::{PastAttempt, PastCall};
use super::log::LogEntry;
use super::log::entry::{DecisionEntry, RingEntry};
use crate::clock::Timestamp;
use crate::presence::{Offered, Past};
use crate::telephony::{AgentId, ContactUri};

mod compare;
pub mod document;
mod facts;

pub use document::{Comparison, Verdict};
use facts::Listed;

/// Rules that are tried on calls that were.
#[derive(Debug)]
pub struct Replay<'a> {
    book: &'a RoutingBook,
    /// What these rules say of callers, for those whose numbers are masked.
    listed: Listed<'a>,
    notes: BTreeSet<String>,
}

impl<'a> Replay<'a> {
    /// Of these rules.
    pub fn new(book: &'a RoutingBook) -> Self {
        Self {
            book,
            listed: Listed::new(book),
            notes: BTreeSet::new(),
        }
    }

    /// What could not be regarded, in sentences, of all calls so far.
    pub fn notes(self) -> Vec<String> {
        self.notes.into_iter().collect()
    }

    /// Compares all answers of a call. `past` has the agents in the call's [`PastCall::span`].
    pub fn call(&mut self, call: &PastCall, past: &Past) -> Vec<Comparison> {
        let mut earlier = Vec::new();
        let mut has_left = false;
        let mut all = Vec::new();
        for decision in decisions(call) {
            let comparison = if has_left {
                document::not_comparable(call, decision)
            } else {
                self.compare(call, decision, &earlier, past)
            };
            has_left |= matches!(comparison.verdict, Verdict::Changed | Verdict::Untold);
            earlier.push(attempt(decision));
            all.push(comparison);
        }
        all
    }
}

/// The answers of a call, the first one first.
pub fn decisions(call: &PastCall) -> impl Iterator<Item = &DecisionEntry> {
    call.entries.iter().filter_map(|entry| match entry {
        LogEntry::Decision(decision) => Some(&**decision),
        LogEntry::Replay(_) | LogEntry::Click(_) | LogEntry::Report(_) | LogEntry::Unknown => None,
    })
}

/// When a decision was made, if that can be read.
pub fn decided_at(decision: &DecisionEntry) -> Option<Timestamp> {
    moment(&decision.at)
}

fn attempt(decision: &DecisionEntry) -> PastAttempt {
    let waited = std::time::Duration::from_millis(decision.waited_ms.unwrap_or_default());
    PastAttempt {
        waited,
        destinations: decision.rings.iter().filter_map(offered).collect(),
    }
}

/// Whom it rang. The number is masked, and it is not by the number that anybody is found again.
fn offered(ring: &RingEntry) -> Option<Offered> {
    let agent = ring.agent.as_ref().and_then(|id| AgentId::parse(id).ok());
    Some(Offered {
        uri: ContactUri::from_canonical("sip:as-it-was").ok()?,
        agent,
        queue: ring.queue.clone(),
    })
}
