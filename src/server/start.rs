//! From settings, rules and a store to a server that runs, and back to nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::access::Access;
use super::console::figures::{Figures, Observers, keep_figures};
use super::console::{Boards, Sources};
use super::context::Lifecycle;
use super::errands::Errands;
use super::history::{History, Recording};
use super::lines::{exotel_url, lines};
use super::listen::{MadeOf, listen, run};
use super::metrics::Tallies;
use super::seen::Seen;
use super::stores::Stores;
use super::tls::{Certificate, TlsError, keep_renewed};
use super::traces::Traces;
use crate::clock::Clock;
use crate::outbound::reconcile::keep_reconciled;
use crate::presence::Store;
use crate::presence::redis::RedisSettingsError;
use crate::reload::{ReloadHandle, ReloadSettings, RulesInForce, SurroundingsOf, keep_current};
use crate::routing::indexing::{Pace, keep_indexed};
use crate::routing::late::keep_telling;
use crate::routing::probe::{ProbeLimits, keep_watch};
use crate::routing::{
    Indexer, LateReports, Router, RouterShared, RoutingBook, RoutingBooks, SharedBreaker,
    Surroundings,
};
use crate::rules::RuleBook;
use crate::settings::Settings;
use crate::telephony::AccountName;

/// However long the requests in flight took, so much is left for writing down what was decided.
const LEAST_TO_RECORD: Duration = Duration::from_secs(1);

/// The path of events below an account's.
const EVENTS: &str = "events";

/// Beyond the time limit of a connection, so that what went wrong with it is said before anything is said of what follows.
const A_WORD: Duration = Duration::from_millis(100);

/// Everything that a server is made of.
#[derive(Debug)]
pub struct App {
    /// Presence and reservations.
    pub stores: Stores,
    /// The rules of all accounts, as they are now.
    pub rules: RulesInForce,
    /// What the operator decided.
    pub settings: Settings,
    /// The time of day. Leases follow the store's clock, not this one.
    pub clock: Arc<dyn Clock>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or is none of this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// There is no certificate to show.
    #[error("HTTPS cannot be spoken")]
    Tls(#[from] TlsError),
    /// Spans cannot be sent.
    #[cfg(feature = "otel")]
    #[error("traces cannot be sent where telemetry.otlp_endpoint says")]
    Telemetry(#[source] opentelemetry_otlp::ExporterBuildError),
    /// This build sends no spans.
    #[error(
        "telemetry.otlp_endpoint is set, but this ringmaster was built without its feature otel"
    )]
    NoTelemetry,
    /// The store's settings make no sense.
    #[error("the store cannot be used")]
    Store(#[source] RedisSettingsError),
}

/// A server that runs. It owns every task that it started; dropping it ends them at once.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    handle: ServerHandle,
    lifecycle: Arc<Lifecycle>,
    reload: ReloadHandle,
    drain: Duration,
    grace: Duration,
    errands: Arc<Errands>,
    recording: Option<Recording>,
    certificate: Option<Arc<Certificate>>,
    tasks: JoinSet<()>,
    traces: Option<Traces>,
    ended: oneshot::Receiver<()>,
}

impl Running {
    /// Where it listens; with port 0 in the settings, the port that was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are, if they have a listener of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Lets no more connections in, answers what is in flight within the grace, and ends. A call that is being made is
    /// carried to its end within the same time, also when whoever asked for it has hung up, and what was decided is written
    /// down.
    pub async fn stop(mut self) {
        let began = Instant::now();
        self.lifecycle.stop();
        self.handle.stop(true).await;
        let left = self.grace.saturating_sub(began.elapsed());
        self.errands.finish(left).await;
        if let Some(recording) = self.recording {
            let left = self.grace.saturating_sub(began.elapsed());
            recording.finish(left.max(LEAST_TO_RECORD)).await;
        }
        self.tasks.shutdown().await;
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
    }

    /// Has all rules files read again; what comes of it is logged.
    pub fn reload_rules(&self) {
        self.reload.reload_all();
    }

    /// Has the certificate read from its files again, if there is one. What cannot be used is logged and changes nothing.
    pub fn reload_certificate(&self) {
        if let Some(certificate) = &self.certificate {
            certificate.renew();
        }
    }

    /// Returns when the server has ended without being told to.
    pub async fn ended(&mut self) {
        // An error means that the sender has gone, and the server with it.
        let _either: Result<(), oneshot::error::RecvError> = (&mut self.ended).await;
    }

    /// Is not ready any more, but still answers, for as long as the settings say: time for a load balancer to notice and
    /// to send nothing more. May be given up at any moment.
    pub async fn drain(&self) {
        self.lifecycle.stop();
        tokio::time::sleep(self.drain).await;
    }
}

/// Starts a server; it listens when this returns.
pub async fn start(app: App) -> Result<Running, StartError> {
    let App {
        stores,
        rules,
        settings,
        clock,
    } = app;
    let surroundings = surroundings(&settings);
    let shared = Arc::new(shared(&rules, &surroundings, &settings, clock));
    let tallies = Arc::new(Tallies::of(settings.accounts.keys().cloned()));
    let figures = Figures::of(settings.accounts.keys().cloned(), Arc::clone(&shared.clock));
    let figures = Arc::new(figures);
    let stores = stores.observed(&Arc::new(Observers {
        tallies: Arc::clone(&tallies),
        figures: Arc::clone(&figures),
    }));
    let store = stores.for_worker();
    let mut tasks = JoinSet::new();
    let (of_figures, its_store) = (Arc::clone(&shared), Arc::clone(&store));
    tasks.spawn(keep_figures(figures, of_figures, its_store));
    let (of_indexing, its_store) = (Arc::clone(&shared), Arc::clone(&store));
    tasks.spawn(keep_indexed(of_indexing, its_store, Pace::default()));
    first_rounds(
        &shared,
        settings.store.connect_timeout.saturating_add(A_WORD),
    )
    .await;
    let reload_settings = reload_settings(&rules, &settings, surroundings);
    let reload = keep_in_force(rules, reload_settings, &shared, &store, &mut tasks);
    let lifecycle = Arc::new(Lifecycle::default());
    let lines = lines(&settings, &stores, &shared.clock);
    if !lines.is_empty() {
        let (shared, store) = (Arc::clone(&shared), Arc::clone(&store));
        tasks.spawn(keep_reconciled(shared, store, Arc::clone(&lines)));
    }
    let router = Router::new(Arc::clone(&store), Arc::clone(&shared));
    let errands = Arc::new(Errands::new(router, lines));
    let certificate = Certificate::load(&settings.tls)?;
    let history = History::begin(settings.history, &store, &shared, &tallies, &lifecycle);
    let (history, recording) = history.unzip();
    let sources = Sources {
        store: Arc::clone(&store),
        shared: Arc::clone(&shared),
        reload: reload.clone(),
        has_log: history.is_some(),
    };
    let viewers = usize::try_from(settings.history.viewers.get()).unwrap_or(usize::MAX);
    let boards = Arc::new(Boards::new(sources, Arc::clone(&lifecycle), viewers));
    let seen = Seen::new(&reload, tallies, &shared, &store, &settings)?;
    let metrics_address = seen.look_after(&shared, &store, &settings, &mut tasks)?;
    let made_of = MadeOf {
        stores,
        shared: Arc::clone(&shared),
        access: Arc::new(Access::new(&settings)),
        lifecycle: Arc::clone(&lifecycle),
        reload: reload.clone(),
        errands: Arc::clone(&errands),
        seen: seen.clone(),
        history,
        boards,
        rules_folder: Arc::from(settings.rules.as_path()),
        probe_timeout: settings.breaker.probe_timeout,
        ready_when_degraded: settings.ready_when_degraded,
    };
    let (server, address) = listen(made_of, &settings, certificate.as_ref())?;
    if let Some(certificate) = &certificate {
        tasks.spawn(keep_renewed(Arc::clone(certificate), settings.rules_poll));
    }
    let handle = server.handle();
    let (has_ended, ended) = oneshot::channel();
    tasks.spawn(run(server, has_ended));
    tasks.spawn(keep_telling(Arc::clone(&shared), Arc::clone(&store)));
    tasks.spawn(keep_watch(shared, store, limits(&settings)));
    Ok(Running {
        address,
        metrics_address,
        handle,
        lifecycle,
        reload,
        drain: settings.drain,
        grace: settings.shutdown_grace,
        errands,
        recording,
        certificate,
        tasks,
        traces: seen.traces,
        ended,
    })
}

/// Has the rules kept in step with their files, if they have any.
fn keep_in_force(
    rules: RulesInForce,
    settings: Option<ReloadSettings>,
    shared: &Arc<RouterShared>,
    store: &Arc<dyn Store>,
    tasks: &mut JoinSet<()>,
) -> ReloadHandle {
    let Some(settings) = settings else {
        return ReloadHandle::built_in(&rules);
    };
    let (reload, keeping) = keep_current(rules, settings, Arc::clone(shared), Arc::clone(store));
    tasks.spawn(keeping);
    reload
}

fn shared(
    rules: &RulesInForce,
    surroundings: &SurroundingsOf,
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> RouterShared {
    RouterShared {
        books: compile(rules, surroundings),
        breaker: Arc::new(SharedBreaker::new(settings.breaker.failures)),
        indexer: Indexer::default(),
        late: LateReports::default(),
        clock,
        deadline: settings.answer_deadline,
    }
}

fn limits(settings: &Settings) -> ProbeLimits {
    ProbeLimits {
        interval: settings.breaker.probe_interval,
        timeout: settings.breaker.probe_timeout,
    }
}

fn compile(rules: &RulesInForce, surroundings: &SurroundingsOf) -> RoutingBooks {
    let compile = |(account, rules): (&AccountName, &Arc<RuleBook>)| {
        let book = RoutingBook::new(Arc::clone(rules), &(surroundings.0)(account));
        (account.clone(), Arc::new(book))
    };
    RoutingBooks::new(rules.books().map(compile).collect())
}

/// What an account's rules need to know of this service, for those of now and those to come.
fn surroundings(settings: &Settings) -> SurroundingsOf {
    let accounts = settings.accounts.keys();
    let event_urls: BTreeMap<_, _> = accounts
        .filter_map(|account| Some((account.clone(), exotel_url(settings, account, EVENTS)?)))
        .collect();
    let margin = settings.offer_margin;
    SurroundingsOf(Arc::new(move |account| Surroundings {
        event_url: event_urls.get(account).cloned(),
        margin,
    }))
}

/// How the rules' files are looked after, if they have any.
fn reload_settings(
    rules: &RulesInForce,
    settings: &Settings,
    surroundings: SurroundingsOf,
) -> Option<ReloadSettings> {
    Some(ReloadSettings {
        folder: rules.folder()?.to_owned(),
        poll: settings.rules_poll,
        surroundings,
        reachable: settings.accounts.keys().cloned().collect(),
    })
}

/// What the rules of an account need to know of the service around them.
pub fn surroundings_of(settings: &Settings, account: &AccountName) -> Surroundings {
    Surroundings {
        event_url: exotel_url(settings, account, EVENTS),
        margin: settings.offer_margin,
    }
}

/// Waits until the store knows the queues of all accounts, but not for long: with the store down there is still a
/// fallback to answer with.
async fn first_rounds(shared: &RouterShared, limit: Duration) {
    let books = shared.books.all();
    let rounds = books.keys().map(|account| shared.indexer.round(account));
    if timeout(limit, join_all(rounds)).await.is_err() {
        tracing::warn!(
            "the store does not know all queues yet: until then callers may get the fallback"
        );
    }
}
