//! On which side of a rule's split a call falls.

use sha2::{Digest, Sha256};

use super::CallFacts;
use crate::rules::rule::{Branch, Rule};
use crate::telephony::CallSid;

/// The rule that takes a call, and what happens with it.
#[derive(Clone, Copy, Debug)]
pub struct RuleMatch<'book> {
    /// The rule.
    pub rule: &'book Rule,
    /// Which of the rule's branches, from 0.
    pub side: usize,
    /// That branch.
    pub branch: &'book Branch,
}

impl<'book> RuleMatch<'book> {
    pub(in crate::rules) fn new(rule: &'book Rule, call: &CallFacts<'_>) -> Option<Self> {
        let side = side(&rule.branches, call.call_sid);
        rule.branches
            .get(side)
            .map(|branch| Self { rule, side, branch })
    }
}

/// The side of a split on which a call falls. It follows from the call and the shares alone, so every fetch of the call, on every
/// instance and under every version of the rules with these shares, gives the same.
fn side(branches: &[Branch], call: Option<&CallSid>) -> usize {
    let (Some(call), 2..) = (call, branches.len()) else {
        return branches
            .iter()
            .position(|branch| branch.share > 0)
            .unwrap_or_default();
    };
    let slot = slot(call);
    let mut end = 0_u16;
    let holds_slot = |branch: &Branch| {
        end = end.saturating_add(branch.share.into());
        slot < end
    };
    // The shares add up to 100, so one of them holds the slot.
    branches.iter().position(holds_slot).unwrap_or_default()
}

/// Where a call falls among a hundred: the beginning of the SHA-256 of its `CallSid`.
fn slot(call: &CallSid) -> u16 {
    let mut beginning = [0; 8];
    for (byte, of_hash) in beginning.iter_mut().zip(Sha256::digest(call.as_str())) {
        *byte = of_hash;
    }
    u16::try_from(u64::from_be_bytes(beginning) % 100).unwrap_or_default()
}

#[cfg(test)]
mod tests;
