//! What a handler works with: one for each worker.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::ConnectionType;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::access::Access;
use super::console::Boards;
use super::decisions::passed_over::Turns;
use super::errands::Errands;
use super::history::History;
use super::metrics::{Refused, Tallies};
use super::traces::Traces;
use crate::outbound::Lines;
use crate::presence::Store;
use crate::reload::ReloadHandle;
use crate::routing::Router;
use crate::telephony::AccountName;

/// What a handler works with.
#[derive(Clone, Debug)]
pub struct Context {
    router: Router,
    access: Arc<Access>,
    lifecycle: Arc<Lifecycle>,
    reload: ReloadHandle,
    probe_timeout: Duration,
    reports: Arc<Semaphore>,
    turns: Turns,
    pinged: Arc<Mutex<Option<Ping>>>,
    errands: Arc<Errands>,
    ready_when_degraded: bool,
    tallies: Arc<Tallies>,
    traces: Option<Traces>,
    history: Option<History>,
    boards: Option<Arc<Boards>>,
    rules_folder: Arc<Path>,
}

/// Reports of one worker that may wait for the store at the same time.
const MOST_REPORTS: usize = 1_000;

/// For so long the store's word that it is there is good for whoever asks: anybody may, as often as they like.
const PING_LASTS: Duration = Duration::from_secs(1);

/// What the store said.
#[derive(Clone, Copy, Debug)]
struct Ping {
    at: Instant,
    is_there: bool,
}

impl Context {
    /// The context of one worker.
    pub fn new(
        router: Router,
        access: Arc<Access>,
        lifecycle: Arc<Lifecycle>,
        reload: ReloadHandle,
        probe_timeout: Duration,
        errands: Arc<Errands>,
    ) -> Self {
        Self {
            router,
            access,
            lifecycle,
            reload,
            probe_timeout,
            reports: Arc::new(Semaphore::new(MOST_REPORTS)),
            turns: Turns::default(),
            pinged: Arc::default(),
            errands,
            ready_when_degraded: true,
            tallies: Arc::new(Tallies::of([])),
            traces: None,
            history: None,
            boards: None,
            rules_folder: Arc::from(Path::new("")),
        }
    }

    /// The same for a service that says whether it is ready while its store is down.
    #[must_use]
    pub fn ready_when_degraded(self, ready_when_degraded: bool) -> Self {
        Self {
            ready_when_degraded,
            ..self
        }
    }

    /// Is it?
    pub fn is_ready_when_degraded(&self) -> bool {
        self.ready_when_degraded
    }

    /// The way to Exotel of each account that has one.
    pub fn lines(&self) -> &Lines {
        self.errands.lines()
    }

    /// Work that goes on when its request is over.
    pub fn errands(&self) -> &Arc<Errands> {
        &self.errands
    }

    /// The same, counting what happens here.
    #[must_use]
    pub fn with_tallies(self, tallies: Arc<Tallies>) -> Self {
        Self { tallies, ..self }
    }

    /// The same, sending spans.
    #[must_use]
    pub(super) fn with_traces(self, traces: Option<Traces>) -> Self {
        Self { traces, ..self }
    }

    /// The same, keeping what is decided.
    #[must_use]
    pub(super) fn with_history(self, history: Option<History>) -> Self {
        Self { history, ..self }
    }

    /// The same, with what the console shows.
    #[must_use]
    pub(super) fn with_boards(self, boards: Arc<Boards>) -> Self {
        Self {
            boards: Some(boards),
            ..self
        }
    }

    /// The same, with rules in this folder.
    #[must_use]
    pub(super) fn with_rules_folder(self, rules_folder: Arc<Path>) -> Self {
        Self {
            rules_folder,
            ..self
        }
    }

    /// What the console shows.
    pub(super) fn boards(&self) -> Option<&Arc<Boards>> {
        self.boards.as_ref()
    }

    /// Where rules find the files of callers that they name.
    pub(super) fn rules_folder(&self) -> &Path {
        &self.rules_folder
    }

    /// What is kept of what is decided, if anything is.
    pub(super) fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Where spans go, if they go anywhere.
    pub(super) fn traces(&self) -> Option<&Traces> {
        self.traces.as_ref()
    }

    /// Where what happens is counted.
    pub fn tallies(&self) -> &Arc<Tallies> {
        &self.tallies
    }

    /// Decides whom a call rings.
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// Presence and reservations.
    pub fn store(&self) -> &dyn Store {
        self.router.store()
    }

    /// Who may ask.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// May one more fetch of the account be decided now? When not, that is counted.
    pub(super) fn may_fetch(&self, account: &AccountName) -> bool {
        self.counted(self.access.may_fetch(account))
    }

    /// May one more report of the account be taken in now? When not, that is counted.
    pub(super) fn may_report(&self, account: &AccountName) -> bool {
        self.counted(self.access.may_report(account))
    }

    fn counted(&self, is_within_rate: bool) -> bool {
        if !is_within_rate {
            self.tallies.requests.refused(Refused::RateAccount);
        }
        is_within_rate
    }

    /// Whether the service is on its way out.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Has rules files read again, and knows how they stand.
    pub fn reload(&self) -> &ReloadHandle {
        &self.reload
    }

    /// The right to have the store take in one more report; `None` while too many wait.
    pub fn report_permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.reports).try_acquire_owned().ok()
    }

    /// Of those who want to count who was not rung.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Is the store there? It is asked once a second at most: whoever comes meanwhile waits for that answer, or has it.
    pub(super) async fn store_is_there(&self) -> bool {
        let mut pinged = self.pinged.lock().await;
        if let Some(ping) = pinged.filter(|ping| ping.at.elapsed() < PING_LASTS) {
            return ping.is_there;
        }
        let ping = tokio::time::timeout(self.probe_timeout, self.store().ping()).await;
        let is_there = matches!(ping, Ok(Ok(())));
        *pinged = Some(Ping {
            at: Instant::now(),
            is_there,
        });
        is_there
    }
}

/// Whether the service is on its way out, so that no more requests should be sent to it.
#[derive(Debug, Default)]
pub struct Lifecycle {
    is_stopping: AtomicBool,
}

impl Lifecycle {
    /// From now on the service is stopping.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Is it?
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Once the service is stopping, an answer is the last on its connection: whoever keeps it open sends the next request
    /// elsewhere, and none into its end.
    pub(super) fn end_connection<B>(&self, response: &mut HttpResponse<B>) {
        if self.is_stopping() {
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
    }
}
