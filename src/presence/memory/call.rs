//! What is remembered of a call, in memory: its answers, and what became of each destination.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::history::{CallHistory, PastAnswer, PastDestination};
use super::super::leg::Leg;
use super::super::offer::{Dialling, Facts, Handling, Offer, OfferRequest, Offered};
use super::super::report::DialNews;
use super::super::sticky::Customer;
use super::Memory;
use super::choice::Found;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, PhoneNumber};

/// The most attempts that a call's record keeps; a call that fetches on for ever must not grow it.
pub(super) const KEPT_ATTEMPTS: usize = 20;

/// How long an answer that is past is replayed at most: Exotel waits about so long for one. A fetch that comes later is no
/// duplicate, but the flow that asks again after its hold music, or a report that recurs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long an answer is replayed at most of which all legs are reported to be over. A `Terminal` often comes before the
/// next fetch, and says that it is a new one; this long a duplicate may still be under way.
const OVER_WINDOW: Duration = Duration::from_secs(2);

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
    /// How long was talked, as far as the latest step of the leg says so.
    pub(super) talked: Duration,
    pub(super) handling: Handling,
    /// The queue for whose cap the call counts while it holds the agent.
    pub(super) capped: Option<Arc<str>>,
}

impl Dialled {
    pub(super) fn offered(handling: Handling, capped: Option<Arc<str>>) -> Self {
        Self {
            leg: Leg::Offered,
            talked: Duration::ZERO,
            handling,
            capped,
        }
    }
}

pub(super) fn legs(found: &[Found]) -> Vec<Dialled> {
    let dialled = |found: &Found| match found {
        Found::Agent(_, handling, capped, _) => Dialled::offered(*handling, capped.clone()),
        Found::Number(_) => Dialled::offered(Handling::default(), None),
    };
    found.iter().map(dialled).collect()
}

impl CallRecord {
    /// Forgets whose call it is, if it is this customer's. Was it?
    pub(super) fn forget(&mut self, customer: PhoneNumber) -> bool {
        let is_theirs = self.customer.is_some_and(|known| known.number == customer);
        if is_theirs {
            self.customer = None;
        }
        is_theirs
    }

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

    /// Its lease, and with it what is promised to the call, passes by itself then at the latest, if nothing is heard.
    fn life(&self, memory: Memory) -> Duration {
        let lease = self.dialling.lease(self.offer.attempt, self.legs.len());
        let window = memory.replay_window.min(lease);
        let life = self.rings_until.since(self.at).max(window);
        if self.legs.iter().all(|dialled| dialled.leg.is_over()) {
            life.min(OVER_WINDOW)
        } else {
            life
        }
    }

    fn has_dialled(&self) -> bool {
        !self.legs.is_empty()
    }

    fn is_answered(&self) -> bool {
        let mut legs = self.legs.iter();
        legs.any(|dialled| matches!(dialled.leg, Leg::Answered(_)))
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

/// The attempt whose answer a fetch gets again.
///
/// The latest one is alive while its phones can be ringing, and within the replay window while its agents are reserved for
/// it: so long an equal fetch gets the same bytes, and until something is heard of them no other call can hold anybody
/// whom they name. Once all of its legs are over, so is it. An attempt before it, or an answer with nobody, is past: only
/// who still waits for it gets it again. A fetch that overlaps with a dial under way is no reason for another.
pub(super) fn replayed<'a>(
    attempts: &'a [Attempt],
    request: &OfferRequest,
    memory: Memory,
    now: Timestamp,
) -> Option<&'a Attempt> {
    let dialled = latest_dialled(attempts);
    if request.told == DialNews::GoesOn && dialled.is_some() {
        return dialled;
    }
    let equal = latest_equal(attempts, request)?;
    let made = attempts.get(equal)?;
    let is_latest = equal.saturating_add(1) == attempts.len() && made.has_dialled();
    let lasts = if is_latest {
        made.life(memory)
    } else {
        memory.replay_window.min(PATIENCE)
    };
    (now < made.at.plus(lasts)).then_some(made)
}

/// Does a fetch that is not replayed say that the last attempt is over? A report that no attempt began with does. So does
/// an equal one, as long as nobody has answered: somebody alone, or two in turn, rung in vain again and again, make equal
/// reports. A fetch that tells of no dial, after one that did, is only very late.
pub(super) fn is_news(attempts: &[Attempt], request: &OfferRequest) -> bool {
    let Some(equal) = latest_equal(attempts, request) else {
        return true;
    };
    let Some(latest) = attempts.iter().rposition(Attempt::has_dialled) else {
        return true;
    };
    let tells = request.told != DialNews::Nothing;
    !attempts.get(latest).is_some_and(Attempt::is_answered) && (equal >= latest || tells)
}

fn latest_equal(attempts: &[Attempt], request: &OfferRequest) -> Option<usize> {
    let is_equal = |made: &Attempt| made.progress == request.progress;
    attempts.iter().rposition(is_equal)
}

fn latest_dialled(attempts: &[Attempt]) -> Option<&Attempt> {
    attempts.iter().rfind(|made| made.has_dialled())
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
