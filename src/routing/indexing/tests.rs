//! Rounds are counted by a store that can do nothing else; against real stores they are tested over HTTP.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;

use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::presence::store::View;
use crate::presence::{
    Agent, AgentProfile, Binding, CallHistory, DecisionLog, Erased, Heard, NoteStep, OfferReply,
    OfferRequest, Past, Presence, QueueDefinition, Quota, Release, ReleaseOutcome, Report,
    Snapshot, Traffic,
};
use crate::routing::probe::{ProbeLimits, keep_watch};
use crate::routing::{RoutingBook, RoutingBooks, SharedBreaker, Surroundings};
use crate::rules::RuleBook;
use crate::telephony::{AgentId, CallSid, PhoneNumber};

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
  hindi: { agents: { skills: { hindi: 3 } } }
rules:
  - { name: all, targets: [{ queue: sales }, { queue: hindi }] }
fallback: { numbers: ['+911140001234'] }
";

/// A pace at which nothing happens by itself.
const UNHURRIED: Pace = Pace {
    regular: Duration::from_hours(1),
    shortest_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(1),
};

/// Takes queues, but not those of the account `bad` while there are refusals left.
#[derive(Debug, Default)]
struct CountingStore {
    refusals: AtomicU32,
    taken: watch::Sender<Vec<String>>,
}

impl CountingStore {
    fn refusing(refusals: u32) -> Arc<Self> {
        Arc::new(Self {
            refusals: AtomicU32::new(refusals),
            ..Self::default()
        })
    }

    /// Each time that queues were taken: whose, and how many.
    fn taken(&self) -> Vec<String> {
        self.taken.borrow().clone()
    }

    async fn has_taken(&self, times: usize) {
        let mut taken = self.taken.subscribe();
        in_time(taken.wait_for(|taken| taken.len() >= times))
            .await
            .unwrap();
    }
}

#[async_trait]
impl Store for CountingStore {
    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        let one_less = |left: u32| left.checked_sub(1);
        let refusals = &self.refusals;
        if account.as_str() == "bad"
            && refusals
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
                .is_ok()
        {
            return Err(StoreError::Timeout(Duration::from_millis(1)));
        }
        let entry = format!("{account} {}", queues.len());
        self.taken.send_modify(|taken| taken.push(entry));
        Ok(())
    }

    async fn hear(&self, _: &Report) -> Result<Heard, StoreError> {
        unreachable!()
    }

    async fn call(&self, _: &AccountName, _: &CallSid) -> Result<Option<CallHistory>, StoreError> {
        unreachable!()
    }

    async fn note(
        &self,
        _: &AccountName,
        _: &str,
        _: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        unreachable!()
    }

    async fn take(&self, _: &AccountName, _: Quota) -> Result<Option<Duration>, StoreError> {
        unreachable!()
    }

    fn log(&self) -> &dyn DecisionLog {
        unreachable!()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn offer(&self, _: &OfferRequest) -> Result<OfferReply, StoreError> {
        unreachable!()
    }

    async fn put_agents(&self, _: &AccountName, _: &[AgentProfile]) -> Result<(), StoreError> {
        unreachable!()
    }

    async fn remove_agent(&self, _: &AccountName, _: &AgentId) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn agent(
        &self,
        _: &AccountName,
        _: View,
        _: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        unreachable!()
    }

    async fn binding(
        &self,
        _: &AccountName,
        _: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        unreachable!()
    }

    async fn erase(&self, _: &AccountName, _: PhoneNumber) -> Result<Erased, StoreError> {
        unreachable!()
    }

    async fn snapshot(&self, _: &AccountName) -> Result<Snapshot, StoreError> {
        unreachable!()
    }

    async fn past(&self, _: &AccountName, _: Timestamp, _: Timestamp) -> Result<Past, StoreError> {
        unreachable!()
    }

    async fn traffic(&self, _: &AccountName, _: &[Arc<str>]) -> Result<Traffic, StoreError> {
        unreachable!()
    }

    async fn set_presence(
        &self,
        _: &AccountName,
        _: &AgentId,
        _: &Presence,
        _: Option<&str>,
        _: View,
    ) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn heartbeat(&self, _: &AccountName, _: &AgentId, _: View) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn release(
        &self,
        _: &AccountName,
        _: &AgentId,
        _: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        unreachable!()
    }
}

fn account(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}

/// The accounts, whose queues are kept known from now on until the tasks are dropped.
fn kept(
    accounts: &[&str],
    store: &Arc<CountingStore>,
    pace: Pace,
) -> (Arc<RouterShared>, JoinSet<()>) {
    let rules = Arc::new(RuleBook::parse("rules/default.yaml", RULES).unwrap());
    let book = Arc::new(RoutingBook::new(rules, &Surroundings::default()));
    let books = accounts.iter().map(|name| (account(name), book.clone()));
    let shared = Arc::new(RouterShared {
        books: RoutingBooks::new(books.collect()),
        breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
        indexer: Indexer::default(),
        late: crate::routing::LateReports::default(),
        clock: Arc::new(ManualClock::new(Timestamp::from_millis(0))),
        deadline: Duration::from_secs(1),
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(keep_indexed(shared.clone(), store.clone(), pace));
    (shared, tasks)
}

/// What is awaited comes, or the test fails.
async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), awaited).await.unwrap()
}

#[test]
fn a_round_that_is_under_way_is_not_the_one_that_is_wanted() {
    let mut rounds = Rounds::default();
    assert_eq!(rounds.want(), 1);
    assert_eq!(rounds.want(), 1);
    assert_eq!(rounds.begin(), 1);
    assert!(!rounds.is_wanted());
    assert_eq!(rounds.want(), 2);
    assert!(rounds.is_wanted());
}

#[test]
fn pauses_grow_with_failures_up_to_a_limit() {
    let waits = [0, 1, 2, 3, 6, 7, 90].map(|failures| Pace::default().wait(failures));
    let millis = waits.map(|wait| wait.as_millis());
    assert_eq!(millis, [30_000, 100, 200, 400, 3200, 5000, 5000]);
}

#[tokio::test]
async fn callers_who_come_together_share_one_round_of_all_queues() {
    let store = CountingStore::refusing(0);
    let (shared, _tasks) = kept(&["good"], &store, UNHURRIED);
    let account = account("good");
    in_time(shared.indexer.round(&account)).await;
    in_time(join_all((0..20).map(|_| shared.indexer.round(&account)))).await;
    assert_eq!(store.taken(), ["good 2", "good 2"]);
}

#[tokio::test]
async fn an_account_that_the_store_refuses_keeps_no_other_waiting() {
    let store = CountingStore::refusing(u32::MAX);
    let (shared, _tasks) = kept(&["bad", "good"], &store, UNHURRIED);
    in_time(shared.indexer.round(&account("good"))).await;
    assert_eq!(store.taken(), ["good 2"]);
}

#[tokio::test]
async fn what_the_store_refuses_is_tried_again_and_the_breaker_does_not_hear_of_it() {
    let store = CountingStore::refusing(3);
    let (shared, _tasks) = kept(&["bad"], &store, UNHURRIED);
    store.has_taken(1).await;
    assert_eq!(store.refusals.load(Ordering::SeqCst), 0);
    assert!(!shared.breaker.is_open());
}

#[tokio::test]
async fn rounds_are_made_regularly_with_nobody_asking() {
    let store = CountingStore::refusing(0);
    let pace = Pace {
        regular: Duration::from_millis(1),
        ..UNHURRIED
    };
    let (_shared, _tasks) = kept(&["good"], &store, pace);
    store.has_taken(3).await;
}

#[tokio::test]
async fn a_store_that_is_back_is_told_the_queues_of_every_account() {
    let store = CountingStore::refusing(0);
    let (shared, mut tasks) = kept(&["good", "other"], &store, UNHURRIED);
    store.has_taken(2).await;
    shared.breaker.failed(Timestamp::from_millis(0));
    let limits = ProbeLimits {
        interval: Duration::from_millis(1),
        timeout: Duration::from_secs(1),
    };
    tasks.spawn(keep_watch(shared.clone(), store.clone(), limits));
    store.has_taken(4).await;
    let mut taken = store.taken();
    taken.sort();
    assert_eq!(taken, ["good 2", "good 2", "other 2", "other 2"]);
    assert!(!shared.breaker.is_open());
}
