//! Where a test takes place: a clock, the agents on a store of their own, and the router before it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::line_up;
use crate::clock::{Clock as _, ManualClock, Timestamp};
use crate::exotel::Party;
use crate::exotel::answer::WebUrl;
use crate::presence::memory::{Arrangement, MemoryStore};
use crate::presence::{AgentProfile, Binding, Customer, Snapshot, Store as _, StoreError, Traffic};
use crate::routing::{
    Indexer, LateReports, Router, RouterShared, RoutingBook, RoutingBooks, SharedBreaker,
    Surroundings,
};
use crate::rules::{LoadedTests, RuleBook, RuleTest, Step, VirtualAgent, VirtualCall};
use crate::telephony::{AccountName, AgentId, PhoneNumber};

/// What a service with the usual settings adds to a round of ringing.
const USUAL_MARGIN: Duration = Duration::from_secs(5);

/// Where a service would have events reported, so that an answer that asks for them shows it.
const EVENT_URL: &str = "https://connect.example.com/events";

/// The real time that one answer may take. It is computed in this process and waits for nothing.
const PATIENCE: Duration = Duration::from_mins(10);

/// Longer than any rule asks how long ago a call was answered.
const LONG_ENOUGH: Duration = Duration::from_hours(24 * 36_500);

/// What all tests of a file have in common.
#[derive(Debug)]
pub(super) struct Subject {
    account: AccountName,
    rules: Arc<RuleBook>,
    book: Arc<RoutingBook>,
}

impl Subject {
    pub(super) fn of(tests: &LoadedTests) -> Self {
        let surroundings = Surroundings {
            event_url: WebUrl::parse(EVENT_URL).ok(),
            margin: USUAL_MARGIN,
        };
        Self {
            account: tests.account.clone(),
            rules: Arc::clone(&tests.book),
            book: Arc::new(RoutingBook::new(Arc::clone(&tests.book), &surroundings)),
        }
    }
}

/// A stage with its agents.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) account: AccountName,
    pub(super) rules: Arc<RuleBook>,
    pub(super) book: Arc<RoutingBook>,
    pub(super) router: Router,
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    /// Who calls in the test's first call.
    caller: Option<PhoneNumber>,
    /// The agents as they were arranged last.
    agents: BTreeMap<AgentId, VirtualAgent>,
}

impl Stage {
    /// The stage at the moment of the test's call.
    pub(super) async fn set(subject: &Subject, test: &RuleTest) -> Result<Self, StoreError> {
        let clock = Arc::new(ManualClock::new(test.at));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let books = BTreeMap::from([(subject.account.clone(), Arc::clone(&subject.book))]);
        let shared = RouterShared {
            books: RoutingBooks::new(books),
            breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
            indexer: Indexer::default(),
            late: LateReports::default(),
            clock: clock.clone(),
            deadline: PATIENCE,
        };
        let stage = Self {
            account: subject.account.clone(),
            rules: Arc::clone(&subject.rules),
            book: Arc::clone(&subject.book),
            router: Router::new(store.clone(), Arc::new(shared)),
            clock,
            store,
            caller: caller(&test.call, &subject.rules),
            agents: test.agents.clone(),
        };
        stage.line_up().await?;
        Ok(stage)
    }

    /// The present moment of the test.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The agents as they are now.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let traffic = self.traffic().await?;
        let snapshot = self.store.snapshot(&self.account).await?;
        Ok(snapshot.with_traffic(traffic))
    }

    /// The calls of the queues as they are now.
    pub(super) async fn traffic(&self) -> Result<Traffic, StoreError> {
        let names = self.book.queue_names();
        self.store.traffic(&self.account, &names).await
    }

    /// An agent as administration has it.
    pub(super) fn profile(&self, id: &AgentId) -> Option<AgentProfile> {
        let agent = self.agents.get(id)?;
        Some(line_up::profile(id, agent))
    }

    async fn line_up(&self) -> Result<(), StoreError> {
        self.put(self.agents.keys()).await?;
        for (id, agent) in &self.agents {
            self.arrange(id, &line_up::beginning(agent, self.heartbeat(), self.now()));
        }
        self.remember_answers(&self.agents);
        Ok(())
    }

    /// Time passes, and agents change. The applications of those who are not stale have gone on giving signs of life.
    pub(super) async fn advance(&mut self, step: &Step) -> Result<(), StoreError> {
        self.clock.advance(step.after.value);
        self.beat();
        let mut changes = Vec::new();
        for (id, said) in &step.agents {
            let before = self.agents.get(id).cloned().unwrap_or_default();
            let is_news = |stale: &bool| *stale != before.stale.unwrap_or_default();
            let news = VirtualAgent {
                stale: said.stale.filter(is_news),
                ..said.clone()
            };
            let agent = said.clone().over(before);
            let change = line_up::change(&news, &agent, self.heartbeat(), self.now());
            changes.push((id, change));
            self.agents.insert(id.clone(), agent);
        }
        self.put(step.agents.keys()).await?;
        for (id, change) in &changes {
            self.arrange(id, change);
        }
        self.remember_answers(&step.agents);
        self.beat();
        Ok(())
    }

    /// Whoever is not stale has been heard of up to now.
    fn beat(&self) {
        let alive = |agent: &VirtualAgent| agent.stale != Some(true);
        for (id, _) in self.agents.iter().filter(|(_, agent)| alive(agent)) {
            let seen = Arrangement {
                seen_at: Some(self.now()),
                ..Arrangement::default()
            };
            self.arrange(id, &seen);
        }
    }

    /// The agent who answered the caller last; of those who are said to, the latest.
    fn remember_answers(&self, said: &BTreeMap<AgentId, VirtualAgent>) {
        let ago = said
            .iter()
            .filter_map(|(id, agent)| Some((agent.answered_caller?, id)));
        if let (Some((ago, id)), Some(number)) = (ago.min(), self.caller) {
            let answered = self.now().minus(ago);
            let customer = Customer {
                number,
                bound_for: LONG_ENOUGH,
                sticky: None,
            };
            let binding = Binding {
                agent: id.clone(),
                begun: answered,
                answered,
            };
            self.store.bind(&self.account, &customer, binding);
        }
    }

    async fn put(&self, ids: impl Iterator<Item = &AgentId>) -> Result<(), StoreError> {
        let profiles: Vec<_> = ids.filter_map(|id| self.profile(id)).collect();
        self.store.put_agents(&self.account, &profiles).await
    }

    fn arrange(&self, id: &AgentId, arrangement: &Arrangement) {
        let view = self.book.view(self.now());
        self.store.arrange(&self.account, id, arrangement, view);
    }

    fn heartbeat(&self) -> Option<Duration> {
        self.rules.presence().heartbeat
    }
}

/// The caller's number, read as that of a request is.
fn caller(call: &VirtualCall, rules: &RuleBook) -> Option<PhoneNumber> {
    let from = call.from.as_deref()?;
    Party::read(from, rules.country()).phone()
}
