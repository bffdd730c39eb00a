//! What is counted of an account's day, hour by hour: calls answered and missed, and how long callers waited for an answer.
//!
//! Each instance counts what its own requests and reports have learnt, on a sheet of its own in the store; the day is the sum of
//! the sheets. So nothing is added up by two, a sheet that is written twice says the same, and however many people look, a day
//! costs one short text for each instance. What happens is put into a list in memory, which nobody who decides waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::presence::observed::{Failure, Operation, StoreObserver};
use crate::presence::{Heard, Offer, OfferEnd, OfferOutcome};
use crate::server::metrics::Tallies;
use crate::telephony::{AccountName, CallSid};

mod counting;
mod sheet;

pub(in crate::server) use counting::keep_figures;
pub(super) use sheet::{Day, Hour, date_of, day};

/// An answer within this is in time: what the service level counts.
pub(super) const IN_TIME: Duration = Duration::from_secs(20);
/// So much of an account may wait to be counted: seconds of the heaviest load. What is more is not counted.
const MOST_WAITING: usize = 8_192;

/// What has happened and is not counted yet.
#[derive(Debug)]
pub(in crate::server) struct Figures {
    clock: Arc<dyn Clock>,
    by_account: BTreeMap<AccountName, Mutex<Vec<Happened>>>,
}

/// Something to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Happened {
    at: Timestamp,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A call has asked for the first time.
    Asked,
    /// An agent's phone rang out.
    Missed,
    /// An agent has answered, so long after the offer if that is known.
    Answered(CallSid, Option<Duration>),
    /// The caller has hung up before anybody answered.
    Gone(CallSid),
}

impl Figures {
    /// Of these accounts.
    pub(in crate::server) fn of(
        accounts: impl Iterator<Item = AccountName>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            clock,
            by_account: accounts.map(|name| (name, Mutex::default())).collect(),
        }
    }

    fn note(&self, account: &AccountName, what: impl IntoIterator<Item = What>) {
        let Some(waiting) = self.by_account.get(account) else {
            return;
        };
        let at = self.clock.now();
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_WAITING.saturating_sub(waiting.len());
        let happened = what.into_iter().map(|what| Happened { at, what });
        waiting.extend(happened.take(room));
    }

    /// What has happened since this was asked last.
    fn take(&self, account: &AccountName) -> Vec<Happened> {
        let waiting = self.by_account.get(account);
        let taken = waiting.map(|waiting| {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        });
        taken.unwrap_or_default()
    }
}

/// What the ends that were learnt together say of their call.
fn what(call: &CallSid, ends: &[OfferEnd]) -> Vec<What> {
    let is = |outcome| move |end: &&OfferEnd| end.outcome == outcome;
    let mut all: Vec<_> = ends
        .iter()
        .filter(is(OfferOutcome::Missed))
        .map(|_| What::Missed)
        .collect();
    if let Some(end) = ends.iter().find(is(OfferOutcome::Answered)) {
        all.push(What::Answered(call.clone(), end.answered_after));
    } else if ends
        .iter()
        .any(|end| end.outcome == OfferOutcome::Cancelled)
    {
        // Several phones may have been ringing for one caller.
        all.push(What::Gone(call.clone()));
    }
    all
}

/// Who watches the store: the metrics, and the day's figures.
#[derive(Debug)]
pub(in crate::server) struct Observers {
    pub(in crate::server) tallies: Arc<Tallies>,
    pub(in crate::server) figures: Arc<Figures>,
}

impl StoreObserver for Observers {
    fn ended(&self, operation: Operation, took: Duration, failure: Option<Failure>) {
        self.tallies.ended(operation, took, failure);
    }

    fn offered(&self, account: &AccountName, call: &CallSid, offer: &Offer) {
        self.tallies.offered(account, call, offer);
        // A call that has not waited asks for the first time.
        if offer.waited == Some(Duration::ZERO) {
            self.figures.note(account, [What::Asked]);
        }
        if !offer.ends.is_empty() && !offer.replayed {
            self.figures.note(account, what(call, &offer.ends));
        }
    }

    fn heard(&self, account: &AccountName, call: &CallSid, heard: &Heard) {
        self.tallies.heard(account, call, heard);
        if !heard.ends.is_empty() {
            self.figures.note(account, what(call, &heard.ends));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn end(outcome: OfferOutcome) -> OfferEnd {
        OfferEnd {
            outcome,
            answered_after: None,
        }
    }

    #[test]
    fn of_phones_that_rang_together_one_was_answered_and_nobody_has_gone() {
        let call = CallSid::parse("one").unwrap();
        let ends = [
            OfferOutcome::LostRace,
            OfferOutcome::Answered,
            OfferOutcome::Cancelled,
        ];
        let answered = What::Answered(call.clone(), None);
        assert_eq!(what(&call, &ends.map(end)), [answered]);
        let gone = [OfferOutcome::Cancelled, OfferOutcome::Cancelled].map(end);
        assert_eq!(what(&call, &gone), [What::Gone(call.clone())], "one caller");
        let missed = [OfferOutcome::Missed, OfferOutcome::Missed].map(end);
        assert_eq!(what(&call, &missed), [What::Missed, What::Missed]);
    }

    #[test]
    fn what_waits_to_be_counted_is_bounded_and_taken_once() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
        let account = AccountName::default();
        let figures = Figures::of([account.clone()].into_iter(), clock);
        for _ in 0..MOST_WAITING {
            figures.note(&account, [What::Asked, What::Missed]);
        }
        assert_eq!(figures.take(&account).len(), MOST_WAITING);
        assert_eq!(figures.take(&account), []);
        let stranger = AccountName::parse("other").unwrap();
        figures.note(&stranger, [What::Asked]);
        assert_eq!(figures.take(&stranger), []);
    }
}
