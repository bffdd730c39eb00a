//! A service in this process, on a clock that is put forward: the real router before the embedded store. What Exotel sends
//! is read by the readers of the HTTP side, and what it gets are the bytes that it would get.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::exchange::{DueCallback, Exchange};
use super::service::{Click, Clicked, Fetched, JSON, Seen, Service, ServiceError};
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::exotel::answer::WebUrl;
use crate::exotel::{CallReport, ConnectRequest, Dialect, Parameters};
use crate::presence::memory::{Memory, MemoryStore};
use crate::presence::{AgentProfile, Presence, Retention, Store};
use crate::routing::{
    Indexer, LateReports, Reply, Router, RouterShared, RoutingBook, RoutingBooks, SharedBreaker,
    Surroundings,
};
use crate::rules::RuleBook;
use crate::telephony::{AccountName, AgentId};

mod outgoing;

use outgoing::{Office, Outgoing};

/// Where a service would have events reported, so that answers ask for them.
const EVENT_URL: &str = "https://connect.example.com/events";

/// The real time that one answer may take. It is computed in this process and waits for nothing.
const PATIENCE: Duration = Duration::from_mins(10);

/// The settings of a service that matter to a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceSettings {
    /// `offer_margin_ms`
    pub margin: Duration,
    /// `replay_window_ms`
    pub replay_window: Duration,
}

impl Default for ServiceSettings {
    /// Those of a service whose operator leaves them as they are.
    fn default() -> Self {
        Self {
            margin: Duration::from_secs(5),
            replay_window: Duration::from_secs(10),
        }
    }
}

/// A service in this process.
#[derive(Clone, Debug)]
pub struct EmbeddedService {
    account: AccountName,
    book: Arc<RoutingBook>,
    router: Router,
    store: Arc<dyn Store>,
    margin: Duration,
    clock: Arc<ManualClock>,
    outgoing: Option<Arc<Outgoing>>,
}

impl EmbeddedService {
    /// A service that follows these rules, and knows no agents yet.
    pub fn new(rules: Arc<RuleBook>, settings: ServiceSettings, start: Timestamp) -> Self {
        let surroundings = Surroundings {
            event_url: WebUrl::parse(EVENT_URL).ok(),
            margin: settings.margin,
        };
        let (account, clock) = (AccountName::default(), Arc::new(ManualClock::new(start)));
        let book = Arc::new(RoutingBook::new(rules, &surroundings));
        let memory = Memory {
            replay_window: settings.replay_window,
            // Nobody asks a simulated day what was.
            history: Retention::NONE,
            ..Memory::default()
        };
        let store: Arc<dyn Store> = Arc::new(MemoryStore::with_memory(clock.clone(), memory));
        let books = BTreeMap::from([(account.clone(), Arc::clone(&book))]);
        let shared = RouterShared {
            books: RoutingBooks::new(books),
            breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
            indexer: Indexer::default(),
            late: LateReports::default(),
            clock: clock.clone(),
            deadline: PATIENCE,
        };
        Self {
            account,
            book,
            router: Router::new(Arc::clone(&store), Arc::new(shared)),
            store,
            margin: settings.margin,
            clock,
            outgoing: None,
        }
    }

    /// The same service with an account that starts calls, at an exchange whose doors are at this address.
    ///
    /// # Errors
    /// When there can be no line to it.
    pub fn with_exchange(
        mut self,
        exchange: Exchange,
        address: SocketAddr,
    ) -> Result<Self, ServiceError> {
        let line = outgoing::line(
            &self.account,
            Arc::clone(&self.store),
            self.clock.clone(),
            self.margin,
            address,
        )?;
        self.outgoing = Some(Arc::new(Outgoing::new(exchange, line)));
        Ok(self)
    }

    /// What its clock shows.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Everything that calls are started with.
    fn office(&self) -> Option<Office<'_>> {
        Some(Office {
            account: &self.account,
            book: &self.book,
            router: &self.router,
            outgoing: self.outgoing.as_deref()?,
        })
    }

    /// The compiled rules.
    pub fn book(&self) -> &RoutingBook {
        &self.book
    }
}

#[async_trait]
impl Service for EmbeddedService {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn reach(&self, moment: Timestamp) {
        self.clock.set(moment);
        if let Some(office) = self.office() {
            office.reconciles(moment).await;
        }
    }

    /// The applet of the CCM flow asks, which names its dialect.
    async fn fetch(&self, query: &str) -> Result<Fetched, ServiceError> {
        let parameters = Parameters::from_query(query)?;
        let request = ConnectRequest::read(&parameters, self.book.country());
        let (router, book) = (&self.router, &*self.book);
        let arrival = Instant::now();
        let decision = router
            .answer(&self.account, book, &request, Dialect::Ccm, arrival)
            .await;
        Ok(match decision.reply {
            Reply::Answer(body) => Fetched {
                status: 200,
                content_type: Some(JSON.to_owned()),
                body,
            },
            Reply::Status(status) => Fetched {
                status,
                content_type: None,
                body: String::new(),
            },
        })
    }

    async fn report(&self, _address: Option<&str>, query: &str) -> Result<(), ServiceError> {
        let parameters = Parameters::from_query(query)?;
        let report = CallReport::read(&parameters, self.book.country());
        self.router.report(&self.account, &report).await;
        Ok(())
    }

    async fn put_agents(&self, agents: &[AgentProfile]) -> Result<(), ServiceError> {
        let store = self.router.store();
        Ok(store.put_agents(&self.account, agents).await?)
    }

    async fn set_presence(&self, id: &AgentId, presence: &Presence) -> Result<(), ServiceError> {
        let (store, view) = (self.router.store(), self.book.view(self.clock.now()));
        store
            .set_presence(&self.account, id, presence, None, view)
            .await?;
        Ok(())
    }

    async fn heartbeat(&self, id: &AgentId) -> Result<(), ServiceError> {
        let (store, view) = (self.router.store(), self.book.view(self.clock.now()));
        store.heartbeat(&self.account, id, view).await?;
        Ok(())
    }

    async fn seen(&self, id: &AgentId) -> Result<Option<Seen>, ServiceError> {
        let (store, view) = (self.router.store(), self.book.view(self.clock.now()));
        let agent = store.agent(&self.account, view, id).await?;
        Ok(agent.map(|agent| Seen {
            status: agent.status,
            state: agent.state,
            left: agent.until.map(|until| until.since(agent.at)),
        }))
    }

    fn exchange(&self) -> Option<&Exchange> {
        self.outgoing.as_ref().map(|outgoing| &outgoing.exchange)
    }

    async fn click(&self, click: &Click) -> Result<Clicked, ServiceError> {
        let office = self.office().ok_or(ServiceError::NotConfigured)?;
        office.click(click).await
    }

    async fn status_callback(&self, callback: &DueCallback) -> Result<(), ServiceError> {
        let office = self.office().ok_or(ServiceError::NotConfigured)?;
        office.hear(callback).await
    }
}
