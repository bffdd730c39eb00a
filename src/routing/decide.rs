//! The router: plan, ask the store, answer; and always an answer in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::book::{RoutingBook, RoutingBooks};
use super::breaker::SharedBreaker;
use super::decision::{Background, Decision, FallbackReason, Outcome, Reply, Timing};
use super::indexing::Indexer;
use super::late::LateReports;
use super::plan::{Fetch, RulePlan, StoredAnswer};
use super::report;
use super::stopwatch::Stopwatch;
use crate::clock::{Clock, Timestamp};
use crate::exotel::{CallReport, ConnectRequest, Dialect};
use crate::presence::{Facts, Heard, Offer, OfferReply, Offered, Report, Store, StoreError};
use crate::rules::Fallback;
use crate::telephony::{AccountName, ContactUri};

/// What all workers of the process share.
#[derive(Debug)]
pub struct RouterShared {
    /// The compiled rules of all accounts.
    pub books: RoutingBooks,
    /// Whether the store is asked.
    pub breaker: Arc<SharedBreaker>,
    /// Where queues that the store lacks are asked for.
    pub indexer: Indexer,
    /// Where reports wait that the store could not take in.
    pub late: LateReports,
    /// When it is; only for what depends on the time of day, never for a lease.
    pub clock: Arc<dyn Clock>,
    /// The time limit of a whole answer.
    pub deadline: Duration,
}

/// Decides whom a call rings. Each worker has its own, with its own connection to the store.
#[derive(Clone, Debug)]
pub struct Router {
    store: Arc<dyn Store>,
    shared: Arc<RouterShared>,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenIn {
    /// Nothing could be learnt from it, so the store was not told.
    Nothing,
    /// The store was told, and says what it was about.
    Told(Heard),
    /// The store could not be told, and is told when it is back.
    Later,
    /// The store could not be told, and is not going to be.
    Lost,
}

/// What the store answered, with the answer that it was or had been told to keep.
pub(super) struct Settled {
    pub(super) answer: Arc<StoredAnswer>,
    pub(super) offer: Offer,
    /// When the rules were asked.
    pub(super) planned_at: Timestamp,
    /// What they were asked with that only the call's first fetch says.
    pub(super) facts: Facts,
}

/// Why the store's part came to nothing.
enum Unsettled {
    Store(StoreError),
    Reason(FallbackReason),
}

impl From<StoreError> for Unsettled {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Router {
    /// A router on this store.
    pub fn new(store: Arc<dyn Store>, shared: Arc<RouterShared>) -> Self {
        Self { store, shared }
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What all workers share.
    pub fn shared(&self) -> &RouterShared {
        &self.shared
    }

    /// The compiled rules of an account.
    pub fn book(&self, account: &AccountName) -> Arc<RoutingBook> {
        self.shared.books.of(account)
    }

    /// The present moment, by this process's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Answers one fetch that came at `arrival`, within the deadline. There is always an answer.
    pub async fn answer(
        &self,
        account: &AccountName,
        book: &RoutingBook,
        request: &ConnectRequest,
        dialect: Dialect,
        arrival: Instant,
    ) -> Decision {
        let deadline = arrival.checked_add(self.shared.deadline).unwrap_or(arrival);
        let mut watch = Stopwatch::default();
        let settled = self.settle(account, book, request, deadline, &mut watch);
        let decision = match settled.await {
            Ok(settled) => decision(dialect, settled),
            Err(reason) => fallback(book, dialect, reason),
        };
        let timing = watch.timing();
        Decision { timing, ..decision }
    }

    /// Answers a fetch of an account that sends more than is taken on: the fallback at once, for no caller may meet silence, and
    /// other accounts must not wait behind this one for the store.
    pub fn turn_away(book: &RoutingBook, dialect: Dialect) -> Decision {
        fallback(book, dialect, FallbackReason::RateLimited)
    }

    /// The store's part, within the deadline, and counted for the breaker.
    async fn settle(
        &self,
        account: &AccountName,
        book: &RoutingBook,
        request: &ConnectRequest,
        deadline: Instant,
        watch: &mut Stopwatch,
    ) -> Result<Settled, FallbackReason> {
        let call = request.call.as_ref().ok_or(FallbackReason::NoCallSid)?;
        if !book.has_rules() {
            return Err(FallbackReason::NoRules);
        }
        let breaker = &self.shared.breaker;
        if breaker.is_open() {
            return Err(FallbackReason::BreakerOpen);
        }
        let progress = request.progress();
        let fetch = Fetch {
            account,
            call,
            progress: &progress,
            caller: request.caller.phone(),
            told: report::told(request),
            view: book.view(self.now()),
        };
        let mut is_unindexed = false;
        let ask = self.ask(book, request, fetch, &mut is_unindexed, watch);
        match tokio::time::timeout_at(deadline, ask).await {
            Ok(Ok(settled)) => {
                breaker.succeeded();
                Ok(settled)
            }
            Ok(Err(Unsettled::Reason(reason))) => Err(reason),
            Ok(Err(Unsettled::Store(error))) => Err(self.count(&error)),
            // The store answered, and is at work: that is no failure.
            Err(_elapsed) if is_unindexed => Err(FallbackReason::Unindexed),
            Err(_elapsed) => {
                breaker.failed(self.now());
                Err(FallbackReason::Deadline)
            }
        }
    }

    /// One round trip as a rule. It takes more for a later fetch whose rule hangs on what only the first one said, and
    /// for queues whose index the store lacks: then `is_unindexed` is set, and the index is waited for.
    async fn ask(
        &self,
        book: &RoutingBook,
        request: &ConnectRequest,
        fetch: Fetch<'_>,
        is_unindexed: &mut bool,
        watch: &mut Stopwatch,
    ) -> Result<Settled, Unsettled> {
        let now = self.now();
        let mut facts = facts(request);
        let mut has_recalled = false;
        loop {
            watch.matches();
            let plan = book.plan(request, fetch.call, &facts, now);
            watch.asks();
            let question = plan.request(&fetch, facts.clone());
            let reply = self.store.offer(&question).await;
            watch.stops();
            match reply? {
                OfferReply::Offer(offer) => {
                    let answer = kept_with(&offer, plan)?;
                    return Ok(Settled {
                        answer,
                        offer,
                        planned_at: now,
                        facts,
                    });
                }
                OfferReply::Recall(earlier) if !has_recalled => {
                    has_recalled = true;
                    facts = facts.or(earlier);
                }
                OfferReply::Unindexed(_) if !*is_unindexed => {
                    *is_unindexed = true;
                    self.shared.indexer.round(fetch.account).await;
                }
                OfferReply::Recall(_) | OfferReply::Unindexed(_) => {
                    return Err(Unsettled::Reason(FallbackReason::Unsettled));
                }
            }
        }
    }

    /// Takes in what Exotel reports of a call. Nobody waits for it; what the store cannot take in now it is told later.
    pub async fn report(&self, account: &AccountName, report: &CallReport) -> TakenIn {
        let Some(report) = self.readable(account, report) else {
            return TakenIn::Nothing;
        };
        if self.shared.breaker.is_open() {
            return self.later(report);
        }
        let took_in = tokio::time::timeout(self.shared.deadline, self.store.hear(&report)).await;
        match took_in {
            Ok(Ok(heard)) => {
                tracing::debug!(
                    call = report.call.as_str(),
                    is_news = heard.is_news,
                    "a report was taken in"
                );
                TakenIn::Told(heard)
            }
            Ok(Err(error)) => {
                self.count(&error);
                self.later(report)
            }
            Err(_elapsed) => {
                self.shared.breaker.failed(self.now());
                self.later(report)
            }
        }
    }

    /// Takes in what Exotel reports of a call, later: the store has enough to do.
    pub fn put_off(&self, account: &AccountName, report: &CallReport) {
        if let Some(report) = self.readable(account, report) {
            self.later(report);
        }
    }

    fn readable(&self, account: &AccountName, report: &CallReport) -> Option<Report> {
        let offset = self.book(account).view(self.now()).utc_offset_seconds;
        report::report(account, report, offset)
    }

    fn later(&self, report: Report) -> TakenIn {
        if self.shared.late.keep(report) {
            TakenIn::Later
        } else {
            TakenIn::Lost
        }
    }

    fn count(&self, error: &StoreError) -> FallbackReason {
        let (breaker, now) = (&self.shared.breaker, self.now());
        if error.is_transient() {
            breaker.failed(now);
        } else if matches!(error, StoreError::Refused(_)) {
            breaker.refused(now);
        }
        let cause = std::error::Error::source(error).map(tracing::field::display);
        tracing::warn!(code = error.code(), error = %error, cause, "the store failed a decision");
        match error {
            StoreError::Taken(_) | StoreError::Corrupt(_) => FallbackReason::Unreadable,
            StoreError::Timeout(_)
            | StoreError::Redis(_)
            | StoreError::Refused(_)
            | StoreError::Pool(_) => FallbackReason::StoreFailed,
        }
    }
}

/// What this fetch says and later ones may not.
fn facts(request: &ConnectRequest) -> Facts {
    Facts {
        digits: request.digits.clone().unwrap_or_default(),
        custom_field: request.custom_field.clone().unwrap_or_default(),
    }
}

/// The answer that is kept with the offer.
fn kept_with(offer: &Offer, plan: &RulePlan) -> Result<Arc<StoredAnswer>, StoreError> {
    let read = plan.read_back(&offer.template);
    read.map_err(|error| StoreError::Corrupt(format!("an answer's template: {error}")))
}

/// The answer that the store settled on.
pub(super) fn decision(dialect: Dialect, settled: Settled) -> Decision {
    let Settled { answer, offer, .. } = settled;
    let uris: Vec<ContactUri> = offer
        .destinations
        .iter()
        .map(|offered| offered.uri.clone())
        .collect();
    let reply = match answer.status {
        Some(status) => Reply::Status(status),
        None => Reply::Answer(
            answer
                .template
                .render(dialect, offer.attempt, offer.last, &uris),
        ),
    };
    let outcome = match &answer.rule {
        None => Outcome::Fallback(FallbackReason::NoRule),
        Some(_) if offer.replayed => Outcome::Replayed,
        Some(_) if offer.destinations.is_empty() => Outcome::Nobody,
        Some(_) => Outcome::Offered,
    };
    Decision {
        outcome,
        rule: answer.rule.clone(),
        version: answer.version.clone(),
        attempt: offer.attempt,
        destinations: offer.destinations,
        reply,
        nobody: offer.nobody,
        timing: Timing::default(),
        background: Background {
            planned_at: Some(settled.planned_at),
            facts: settled.facts,
            settled_at: Some(offer.at),
            waited: offer.waited,
            last: offer.last,
            went_back: offer.went_back,
            looked: offer.looked,
        },
    }
}

/// The answer when there is no decision: final, and never from the store.
pub(super) fn fallback(book: &RoutingBook, dialect: Dialect, reason: FallbackReason) -> Decision {
    let answer = &book.no_rule().answer;
    let (reply, numbers) = match book.fallback() {
        Fallback::HttpStatus(status) => (Reply::Status(*status), Vec::new()),
        Fallback::Numbers(numbers) => (
            Reply::Answer(answer.template.render_fallback(dialect, numbers)),
            numbers.clone(),
        ),
    };
    let fixed = |uri| Offered {
        uri,
        agent: None,
        queue: None,
    };
    Decision {
        outcome: Outcome::Fallback(reason),
        rule: None,
        version: answer.version.clone(),
        attempt: 0,
        destinations: numbers.into_iter().map(fixed).collect(),
        reply,
        nobody: None,
        timing: Timing::default(),
        background: Background {
            last: true,
            ..Background::default()
        },
    }
}

#[cfg(test)]
mod tests;
