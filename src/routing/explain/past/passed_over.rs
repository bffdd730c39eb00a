//! How many agents of each queue an answer did not ring, by why: of one entry, without the rest of its call.

use std::collections::{BTreeMap, BTreeSet};

use super::queues::Scene;
use super::{Times, moment};
use crate::presence::Past;
use crate::routing::book::RoutingBook;
use crate::routing::explain::document::Reason;
use crate::routing::log::entry::{DecisionEntry, TargetEntry};
use crate::telephony::CallSid;

/// What may have kept somebody from being rung who was ready, but for having been rung before: what is least certain first.
const TAKEN_FOR_READY: [Reason; 3] = [Reason::Unclear, Reason::Enough, Reason::HeldBack];

/// Of each target how many agents of its queue were not rung, by why; `None` of one that was not open or is no queue, or of which it
/// is not known who was there.
pub fn passed_over(
    book: &RoutingBook,
    decision: &DecisionEntry,
    past: &Past,
) -> Vec<Option<BTreeMap<Reason, usize>>> {
    let nothing = || decision.targets.iter().map(|_| None).collect();
    let (Some(at), Ok(call)) = (moment(&decision.at), CallSid::parse(&decision.call)) else {
        return nothing();
    };
    let Some(snapshot) = past.before(at, &call) else {
        return nothing();
    };
    let scene = Scene {
        book,
        decision,
        call: &call,
        at,
        past: Some(past),
        snapshot: Some(&snapshot),
        standings: snapshot.standings(book.view(at)),
        // Whom the call's earlier attempts rang stands in other entries; how many of them were ready, in this one.
        tried: &BTreeMap::new(),
        held_back: &BTreeSet::new(),
        times: Times::new(book.time_zone(), at),
    };
    let told = scene.targets().into_iter().zip(&decision.targets);
    told.map(|(told, target)| {
        let counts = told.passed_over.filter(|_| target.open)?;
        Some(with_tried(counts, target))
    })
    .collect()
}

/// So many of those who were ready had been rung before.
fn with_tried(
    mut counts: BTreeMap<Reason, usize>,
    target: &TargetEntry,
) -> BTreeMap<Reason, usize> {
    let mut left = target.tried;
    for reason in TAKEN_FOR_READY {
        let Some(count) = counts.get_mut(&reason) else {
            continue;
        };
        let moved = left.min(*count);
        *count = count.saturating_sub(moved);
        left = left.saturating_sub(moved);
    }
    let tried = target.tried.saturating_sub(left);
    if tried > 0 {
        counts.insert(Reason::Tried, tried);
    }
    counts.retain(|_, count| *count > 0);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_rung_before_is_counted_as_that_and_not_as_ready() {
        let target = TargetEntry {
            tried: 2,
            ..TargetEntry::default()
        };
        let counts = [
            (Reason::Unclear, 1),
            (Reason::Enough, 3),
            (Reason::OnBreak, 1),
        ];
        assert_eq!(
            with_tried(counts.into(), &target),
            [
                (Reason::Enough, 2),
                (Reason::Tried, 2),
                (Reason::OnBreak, 1)
            ]
            .into()
        );
        let none_was_ready = [(Reason::Offline, 1)];
        assert_eq!(
            with_tried(none_was_ready.into(), &target),
            none_was_ready.into()
        );
    }
}
