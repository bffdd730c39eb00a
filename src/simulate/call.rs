//! A call, as the telephone network knows it.

use std::time::Duration;

use super::answer::Instructions;
use super::wire::Form;
use crate::clock::Timestamp;
use crate::telephony::ContactUri;

/// Calls that an agent or an application starts are numbered from here, those that come in from 0: no two have the same.
pub(super) const FIRST_CLICK: u64 = 1 << 40;

/// What a call is called in a sentence.
pub(super) fn name_of(number: u64) -> String {
    match number.checked_sub(FIRST_CLICK) {
        Some(click) => format!("click {click}"),
        None => format!("call {number}"),
    }
}

/// A call from its arrival to its end.
#[derive(Debug)]
pub(super) struct Call {
    /// Counted from 0; what is drawn for it hangs on this number alone.
    pub(super) number: u64,
    /// Which of the scenario's arrivals it is.
    pub(super) kind: usize,
    /// Who calls, in one of the forms in which Exotel writes it.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) digits: Option<String>,
    /// How Exotel writes what it says of it.
    pub(super) form: Form,
    pub(super) arrived: Timestamp,
    /// What the clocks of the service showed when it came.
    pub(super) created: Timestamp,
    /// How long the conversation takes when it comes to one.
    pub(super) talk: Duration,
    /// Fetches so far, duplicates apart.
    pub(super) fetches: u32,
    /// Answers with somebody so far.
    pub(super) attempts: u32,
    /// Reports so far, lost ones included.
    pub(super) reports: u64,
    /// Everybody dialled so far.
    pub(super) legs: Vec<Leg>,
    /// A fetch is under way.
    pub(super) is_asking: bool,
    /// The attempt that is under way.
    pub(super) attempt: Option<Attempt>,
    /// How long Exotel has dialled in attempts that are over.
    pub(super) dialled: Duration,
    /// The body of the answer before.
    pub(super) last_body: Option<String>,
}

/// One answer with somebody, while it is carried out.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) instructions: Instructions,
    pub(super) begun: Timestamp,
    /// The leg of its first destination.
    pub(super) first_leg: usize,
}

/// One phone that was dialled.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) uri: ContactUri,
    /// Whose phone it is, if it is an agent's.
    pub(super) agent: Option<usize>,
    pub(super) dialled: Timestamp,
    pub(super) state: LegState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegState {
    Ringing,
    /// Since then.
    Talking(Timestamp),
    Over(Ended),
}

/// How a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Talked(Duration),
    RangOut,
    Declined,
    /// The phone was in another call.
    Engaged,
    Failed,
    /// Another phone was quicker.
    LostRace,
    CallerLeft,
}

impl Call {
    pub(super) fn sid(&self) -> String {
        format!("simulated-{:08}", self.number)
    }

    /// The legs that ring, by their places.
    pub(super) fn ringing(&self) -> Vec<usize> {
        let legs = self.legs.iter().enumerate();
        legs.filter(|(_, leg)| leg.state == LegState::Ringing)
            .map(|(place, _)| place)
            .collect()
    }

    /// The leg that talks, and since when.
    pub(super) fn talking(&self) -> Option<(usize, Timestamp)> {
        let mut legs = self.legs.iter().enumerate();
        legs.find_map(|(place, leg)| match leg.state {
            LegState::Talking(since) => Some((place, since)),
            LegState::Ringing | LegState::Over(_) => None,
        })
    }

    /// The agents whose phones have rung out in the attempt.
    pub(super) fn missed(&self) -> Vec<usize> {
        let first = self.attempt.as_ref().map(|attempt| attempt.first_leg);
        let legs = self.legs.iter().skip(first.unwrap_or(self.legs.len()));
        let missed = legs.filter(|leg| leg.state == LegState::Over(Ended::RangOut));
        missed.filter_map(|leg| leg.agent).collect()
    }

    /// Whom the attempt has not dialled yet, at most so many as ring together.
    pub(super) fn next_round(&self) -> Vec<ContactUri> {
        let Some(attempt) = &self.attempt else {
            return Vec::new();
        };
        let dialled = self.legs.len().saturating_sub(attempt.first_leg);
        let left = attempt.instructions.destinations.iter().skip(dialled);
        left.take(attempt.instructions.at_once).cloned().collect()
    }
}
