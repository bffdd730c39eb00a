//! What is remembered of a call, in memory: its answers, and what became of each destination.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::history::{CallHistory, PastAnswer, PastDestination};
use super::super::leg::Leg;
use super::super::offer::{Dialling, Facts, Handling, Offer, OfferRequest, Offered};
use super::super::sticky::Customer;
use super::Memory;
use super::choice::Found;
use crate::clock::Timestamp;
use crate::telephony::AgentId;

/// The most attempts that a call's record keeps; a call that fetches on for ever must not grow it.
pub(super) const KEPT_ATTEMPTS: usize = 20;

/// How long an answer with nobody is replayed at most. Exotel waits about so long for an answer; a fetch that comes later
/// is no duplicate, but the flow that asks again after its hold music.
const NOBODY_WINDOW: Duration = Duration::from_secs(5);

/// What is remembered of a call.
#[derive(Clone, Debug)]
pub(super) struct CallRecord {
    pub(super) facts: Facts,
    /// Who calls, once a fetch has told.
    pub(super) customer: Option<Customer>,
    pub(super) first_at: Timestamp,
    /// Those that dialled somebody; behind them the latest answer, if that had nobody: the next one takes its place.
    pub(super) attempts: Vec<Attempt>,
    pub(super) expires: Timestamp,
}

/// One answered fetch.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) progress: String,
    pub(super) at: Timestamp,
    /// When nobody can be ringing any more.
    pub(super) rings_until: Timestamp,
    pub(super) offer: Offer,
    pub(super) dialling: Dialling,
    /// Of each destination, in their order.
    pub(super) legs: Vec<Dialled>,
    /// With nobody, the queues in which the call waits.
    pub(super) waits_in: Vec<Arc<str>>,
}

/// What becomes of one destination.
#[derive(Clone, Debug)]
pub(super) struct Dialled {
    pub(super) leg: Leg,
    pub(super) handling: Handling,
    /// The queue for whose cap the call counts while it holds the agent.
    pub(super) capped: Option<Arc<str>>,
}

impl Dialled {
    pub(super) fn offered(handling: Handling, capped: Option<Arc<str>>) -> Self {
        Self {
            leg: Leg::Offered,
            handling,
            capped,
        }
    }
}

pub(super) fn legs(found: &[Found]) -> Vec<Dialled> {
    let dialled = |found: &Found| match found {
        Found::Agent(_, handling, capped) => Dialled::offered(*handling, capped.clone()),
        Found::Number(_) => Dialled::offered(Handling::default(), None),
    };
    found.iter().map(dialled).collect()
}

impl CallRecord {
    /// The call, to be looked at.
    pub(super) fn history(&self) -> CallHistory {
        CallHistory {
            first_at: self.first_at,
            digits: self.facts.digits.clone(),
            custom_field: self.facts.custom_field.clone(),
            answers: self.attempts.iter().map(Attempt::history).collect(),
        }
    }
}

impl Attempt {
    fn history(&self) -> PastAnswer {
        let destinations = self.offer.destinations.iter().zip(&self.legs);
        let destination = |(offered, dialled): (&Offered, &Dialled)| PastDestination {
            uri: offered.uri.clone(),
            agent: offered.agent.clone(),
            leg: dialled.leg,
        };
        PastAnswer {
            at: self.at,
            last: self.offer.last,
            template: Arc::clone(&self.offer.template),
            destinations: destinations.map(destination).collect(),
        }
    }

    /// How long an equal fetch is a duplicate.
    pub(super) fn window(&self, memory: Memory) -> Duration {
        if self.offer.destinations.is_empty() {
            memory.replay_window.min(NOBODY_WINDOW)
        } else {
            memory.replay_window
        }
    }

    /// Do its phones ring one after the other?
    pub(super) fn is_in_turn(&self) -> bool {
        self.dialling.at_once(self.offer.attempt) == 1
    }

    pub(super) fn agents(&self) -> impl Iterator<Item = &AgentId> {
        self.offer
            .destinations
            .iter()
            .filter_map(|offered| offered.agent.as_ref())
    }
}

/// A report that no attempt began with says that the last attempt is over. So does the report with which the last one
/// began, now that its phones can't ring any more and nobody has answered: somebody alone, rung twice in vain, makes two
/// equal reports.
pub(super) fn is_news(attempts: &[Attempt], request: &OfferRequest) -> bool {
    let is_equal = |made: &Attempt| made.progress == request.progress;
    let is_answered = |made: &Attempt| {
        made.legs
            .iter()
            .any(|dialled| matches!(dialled.leg, Leg::Answered(_)))
    };
    match attempts.iter().rposition(is_equal) {
        None => true,
        Some(equal) => {
            equal.saturating_add(1) == attempts.len() && !attempts.last().is_some_and(is_answered)
        }
    }
}

/// How often each agent was offered to the call.
pub(super) fn tried(attempts: &[Attempt]) -> BTreeMap<AgentId, usize> {
    let mut tried = BTreeMap::new();
    for id in attempts.iter().flat_map(Attempt::agents) {
        let times: &mut usize = tried.entry(id.clone()).or_default();
        *times = times.saturating_add(1);
    }
    tried
}
