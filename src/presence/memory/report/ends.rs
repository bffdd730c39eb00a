//! What has become of offers.

use super::super::super::leg::Leg;
use super::super::super::told::{OfferEnd, OfferOutcome};
use super::super::call::Attempt;
use crate::clock::Timestamp;

/// What became of agents' offers between two states of a call's attempts.
pub(in super::super) fn ends(
    before: &[Attempt],
    after: &[Attempt],
    now: Timestamp,
) -> Vec<OfferEnd> {
    let legs = || after.iter().flat_map(|made| &made.legs);
    let is_taken = legs().any(|dialled| dialled.leg.is_answered());
    let mut ends = Vec::new();
    for (was, made) in before.iter().zip(after) {
        let offered = made.offer.destinations.iter();
        let legs = was.legs.iter().zip(&made.legs).zip(offered);
        let of_agents = legs.filter(|(_, offered)| offered.agent.is_some());
        ends.extend(of_agents.filter_map(|((was, dialled), _)| {
            let outcome = dialled.leg.outcome_after(was.leg, is_taken)?;
            let talked = dialled.talked;
            let since_offer = now.minus(talked).since(made.at);
            let is_timed = matches!(dialled.leg, Leg::Answered(_)) || !talked.is_zero();
            let is_answer = outcome == OfferOutcome::Answered;
            Some(OfferEnd {
                outcome,
                answered_after: (is_answer && is_timed).then_some(since_offer),
            })
        }));
    }
    ends.sort_unstable();
    ends
}
