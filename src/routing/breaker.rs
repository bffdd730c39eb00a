//! The breaker: while the store is known to fail, answers do not wait for it.
//!
//! Closed, it counts failures in a row. Enough of them open it, and from then on only a probe asks the store, until
//! one succeeds. What the store refuses doesn't open it, for that may be one caller's own trouble, and costs no waiting; but many
//! such in a row, without a decision for anybody, are remembered for those who ask how the store does. The state machine is plain and takes the time as an argument; [`SharedBreaker`] is what the workers
//! and the probe share.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;

/// For so long the last of many refusals says how the store does: an instance that gets no more callers for it must be tried
/// again.
const REFUSALS_LAST: Duration = Duration::from_secs(10);

/// Whether the store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is; this many failures came in a row.
    Closed {
        /// Failures since the last success.
        failures: u32,
    },
    /// Only the probe asks it.
    Open {
        /// Since when.
        since: Timestamp,
    },
}

/// What changed, for the log. Most events change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerChange {
    /// The store is no longer asked.
    Opened,
    /// It is asked again, after so long.
    Closed {
        /// How long it was not.
        after: Duration,
    },
}

/// The state machine.
#[derive(Debug)]
struct Breaker {
    threshold: NonZeroU32,
    state: BreakerState,
    /// Since the last decision.
    refusals: u32,
    last_refusal: Timestamp,
    /// Was there a decision since somebody looked?
    has_decided: bool,
}

impl Breaker {
    fn new(threshold: NonZeroU32) -> Self {
        Self {
            threshold,
            state: BreakerState::Closed { failures: 0 },
            refusals: 0,
            last_refusal: Timestamp::from_millis(0),
            has_decided: false,
        }
    }

    /// The store is there, and refused this request.
    fn refused(&mut self, now: Timestamp) {
        self.refusals = self.refusals.saturating_add(1);
        self.last_refusal = now;
    }

    fn is_refusing(&self, now: Timestamp) -> bool {
        self.refusals >= self.threshold.get() && now.since(self.last_refusal) < REFUSALS_LAST
    }

    /// A request to the store failed in a way that may pass.
    fn failed(&mut self, now: Timestamp) -> Option<BreakerChange> {
        match self.state {
            BreakerState::Open { .. } => None,
            BreakerState::Closed { failures } => {
                let failures = failures.saturating_add(1);
                if failures < self.threshold.get() {
                    self.state = BreakerState::Closed { failures };
                    return None;
                }
                self.state = BreakerState::Open { since: now };
                Some(BreakerChange::Opened)
            }
        }
    }

    /// A request succeeded. While the breaker is open that was one from before: only the probe's word counts then.
    fn succeeded(&mut self) {
        (self.refusals, self.has_decided) = (0, true);
        if let BreakerState::Closed { failures } = &mut self.state {
            *failures = 0;
        }
    }

    /// The probe succeeded.
    fn probe_succeeded(&mut self, now: Timestamp) -> Option<BreakerChange> {
        match self.state {
            BreakerState::Closed { .. } => None,
            BreakerState::Open { since } => {
                self.state = BreakerState::Closed { failures: 0 };
                Some(BreakerChange::Closed {
                    after: now.since(since),
                })
            }
        }
    }
}

/// One breaker for all workers of the process.
#[derive(Debug)]
pub struct SharedBreaker(Mutex<Breaker>);

impl SharedBreaker {
    /// A closed breaker that opens at `threshold` failures in a row.
    pub fn new(threshold: NonZeroU32) -> Self {
        Self(Mutex::new(Breaker::new(threshold)))
    }

    /// The present state.
    pub fn state(&self) -> BreakerState {
        self.lock().state
    }

    /// Is the store to be left alone?
    pub fn is_open(&self) -> bool {
        matches!(self.state(), BreakerState::Open { .. })
    }

    /// A request to the store failed in a way that may pass.
    pub fn failed(&self, now: Timestamp) {
        let change = self.lock().failed(now);
        report(change);
    }

    /// A request to the store succeeded.
    pub fn succeeded(&self) {
        self.lock().succeeded();
    }

    /// The store is there, and refused a request.
    pub fn refused(&self, now: Timestamp) {
        self.lock().refused(now);
    }

    /// Has the store refused one decision after the other, until a moment ago?
    pub fn is_refusing(&self, now: Timestamp) -> bool {
        self.lock().is_refusing(now)
    }

    /// Was there a decision since this was asked last?
    pub fn take_decided(&self) -> bool {
        std::mem::take(&mut self.lock().has_decided)
    }

    /// The probe succeeded.
    pub fn probe_succeeded(&self, now: Timestamp) {
        let change = self.lock().probe_succeeded(now);
        report(change);
    }

    /// No step can panic half way, so a poisoned lock still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(change: Option<BreakerChange>) {
    match change {
        Some(BreakerChange::Opened) => {
            tracing::error!(
                "the store keeps failing: callers get the fallback until it answers again"
            );
        }
        Some(BreakerChange::Closed { after }) => {
            let open_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(open_ms, "the store answers again");
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(NonZeroU32::new(3).unwrap())
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn it_opens_at_the_third_failure_in_a_row() {
        let mut breaker = breaker();
        assert_eq!(breaker.failed(at(1)), None);
        assert_eq!(breaker.failed(at(2)), None);
        assert_eq!(breaker.failed(at(3)), Some(BreakerChange::Opened));
        assert_eq!(breaker.state, BreakerState::Open { since: at(3) });
    }

    #[test]
    fn a_success_starts_the_count_anew() {
        let mut breaker = breaker();
        breaker.failed(at(1));
        breaker.failed(at(2));
        breaker.succeeded();
        assert_eq!(breaker.failed(at(3)), None);
        assert_eq!(breaker.failed(at(4)), None);
        assert_eq!(breaker.failed(at(5)), Some(BreakerChange::Opened));
    }

    #[test]
    fn only_a_probe_closes_it() {
        let mut breaker = breaker();
        for _ in 0..3 {
            breaker.failed(at(0));
        }
        breaker.succeeded();
        assert_eq!(breaker.state, BreakerState::Open { since: at(0) });
        let closed = breaker.probe_succeeded(at(700));
        assert_eq!(
            closed,
            Some(BreakerChange::Closed {
                after: Duration::from_millis(700)
            })
        );
        assert_eq!(breaker.state, BreakerState::Closed { failures: 0 });
    }

    #[test]
    fn refusals_in_a_row_are_known_for_a_while_and_open_nothing() {
        let mut breaker = breaker();
        breaker.refused(at(0));
        breaker.refused(at(1));
        assert!(!breaker.is_refusing(at(1)));
        breaker.refused(at(2));
        assert!(breaker.is_refusing(at(10_001)));
        assert!(!breaker.is_refusing(at(10_002)), "nobody asks any more");
        assert_eq!(breaker.state, BreakerState::Closed { failures: 0 });
        breaker.refused(at(20_000));
        assert!(breaker.is_refusing(at(20_000)));
        breaker.succeeded();
        assert!(!breaker.is_refusing(at(20_000)));
    }

    #[test]
    fn failures_while_open_do_not_prolong_it() {
        let mut breaker = breaker();
        for millis in 0..9 {
            breaker.failed(at(millis));
        }
        assert_eq!(breaker.state, BreakerState::Open { since: at(2) });
    }
}
