//! Reports that the store could not take in when they came. They are told again until it can: a store that is away for
//! seconds must not hold agents for as long as their calls may last.
//!
//! A late report may stand behind newer ones of its call, as with any report that the network holds up; the store takes them in
//! any order. They wait in this process alone, so those of one that ends before the store is back are lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::decide::RouterShared;
use crate::presence::{Report, Store};

/// So many wait at most, some megabytes.
const MOST: usize = 10_000;
/// What is older says nothing any more of calls that go on: the agents' leases are over, or nearly so.
const LONGEST: Duration = Duration::from_mins(30);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Where they wait.
#[derive(Debug, Default)]
pub struct LateReports {
    waiting: Mutex<VecDeque<Late>>,
    arrived: Notify,
    lost: AtomicU64,
}

#[derive(Debug)]
struct Late {
    since: Instant,
    report: Arc<Report>,
}

impl LateReports {
    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.lock().len()
    }

    /// How many the store never heard of, since the start.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Has it told when the store can be told; `false` when too many wait already.
    pub(super) fn keep(&self, report: Report) -> bool {
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            drop(waiting);
            self.lose(&report, "too many wait for the store");
            return false;
        }
        waiting.push_back(Late {
            since: Instant::now(),
            report: Arc::new(report),
        });
        drop(waiting);
        self.arrived.notify_one();
        true
    }

    /// The one that has waited longest by now; those that have waited too long are lost.
    fn first(&self, now: Instant) -> Option<Arc<Report>> {
        let mut waiting = self.lock();
        while let Some(late) = waiting.front() {
            if now.saturating_duration_since(late.since) < LONGEST {
                return Some(Arc::clone(&late.report));
            }
            let report = Arc::clone(&late.report);
            waiting.pop_front();
            self.lose(&report, "the store was away too long");
        }
        None
    }

    /// The first need not wait any more.
    fn done(&self) {
        self.lock().pop_front();
    }

    fn lose(&self, report: &Report, why: &str) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        let (account, call) = (report.account.as_str(), report.call.as_str());
        tracing::warn!(account, call, why, "a report is lost");
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Late>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the store what waits, once it is back; never returns, so its task is aborted by its owner.
pub async fn keep_telling(shared: Arc<RouterShared>, store: Arc<dyn Store>) {
    loop {
        while let Some(report) = shared.late.first(Instant::now()) {
            if shared.breaker.is_open() || !tell(&shared, &*store, &report).await {
                sleep(PAUSE).await;
            } else {
                shared.late.done();
            }
        }
        shared.late.arrived.notified().await;
    }
}

/// Is it over with this one?
async fn tell(shared: &RouterShared, store: &dyn Store, report: &Report) -> bool {
    match timeout(shared.deadline, store.report(report)).await {
        Ok(Ok(is_news)) => {
            tracing::debug!(
                call = report.call.as_str(),
                is_news,
                "a report was taken in late"
            );
            true
        }
        Ok(Err(error)) if error.is_transient() => {
            shared.breaker.failed(shared.clock.now());
            false
        }
        Ok(Err(error)) => {
            shared.late.lose(report, error.code());
            true
        }
        Err(_elapsed) => {
            shared.breaker.failed(shared.clock.now());
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::{DialEnd, DialOutcome, News};
    use crate::telephony::{AccountName, CallSid};

    fn report(call: usize) -> Report {
        Report {
            account: AccountName::parse("default").unwrap(),
            call: CallSid::parse(&format!("call-{call}")).unwrap(),
            news: News::End(DialEnd {
                outcome: DialOutcome::Cancelled,
                who: None,
                talks: Vec::new(),
            }),
            utc_offset_seconds: 0,
        }
    }

    #[test]
    fn they_wait_in_order_and_not_for_ever_and_not_too_many() {
        let late = LateReports::default();
        for call in 0..MOST {
            assert!(late.keep(report(call)));
        }
        assert!(!late.keep(report(MOST)));
        assert_eq!((late.waiting(), late.lost()), (MOST, 1));
        let now = Instant::now();
        assert_eq!(late.first(now).unwrap().call.as_str(), "call-0");
        late.done();
        assert_eq!(late.first(now).unwrap().call.as_str(), "call-1");
        assert!(late.first(now + LONGEST).is_none());
        assert_eq!(
            (late.waiting(), late.lost()),
            (0, u64::try_from(MOST).unwrap())
        );
    }
}
