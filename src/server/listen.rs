//! The port, and the workers behind it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App as ActixApp, HttpServer, web};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::oneshot;

use super::access::Access;
use super::console::Boards;
use super::context::{Context, Lifecycle};
use super::errands::Errands;
use super::history::History;
use super::problem::Causes;
use super::seen::Seen;
use super::start::StartError;
use super::stores::Stores;
use super::tls::Certificate;
use super::{docs_routes, metrics_routes, routes};
use crate::reload::ReloadHandle;
use crate::routing::{Router, RouterShared};
use crate::settings::Settings;

/// How long a connection may be open before the first request on it is there; a late one gets the status 408. An instance
/// that is frozen for a while, as when its machine is moved, finds this time over when it goes on, though the requests are
/// there: callers would get an error who get an answer otherwise. So it is longer than any such while should be. Whoever
/// opens connections and says nothing has each of them for so long; a proxy in front is stricter with the internet.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(30);

/// Whoever takes nothing of what is sent for so long is let go, connection and all: it holds up an order to stop no longer, and
/// keeps no descriptor. One who watches comes back by itself. It is long enough for whoever reads slowly: a window may open
/// in steps of 64 KB, between which nothing is taken. The kernel sees to
/// it (`TCP_USER_TIMEOUT`, on Linux), for each connection as the listening socket has it, so no request pays for it.
#[cfg(target_os = "linux")]
const TAKEN_WITHIN: Duration = Duration::from_secs(20);
/// So many connections may wait to be taken in.
const BACKLOG: i32 = 1024;

/// What all workers share, and each makes its own part of.
#[derive(Clone)]
pub(super) struct MadeOf {
    pub(super) stores: Stores,
    pub(super) shared: Arc<RouterShared>,
    pub(super) access: Arc<Access>,
    pub(super) lifecycle: Arc<Lifecycle>,
    pub(super) reload: ReloadHandle,
    pub(super) errands: Arc<Errands>,
    pub(super) seen: Seen,
    pub(super) history: Option<History>,
    pub(super) boards: Arc<Boards>,
    pub(super) rules_folder: Arc<Path>,
    pub(super) probe_timeout: Duration,
    pub(super) ready_when_degraded: bool,
}

impl MadeOf {
    /// The context of one worker.
    fn context(&self) -> Context {
        let router = Router::new(self.stores.for_worker(), Arc::clone(&self.shared));
        Context::new(
            router,
            Arc::clone(&self.access),
            Arc::clone(&self.lifecycle),
            self.reload.clone(),
            self.probe_timeout,
            Arc::clone(&self.errands),
        )
        .ready_when_degraded(self.ready_when_degraded)
        .with_tallies(Arc::clone(self.seen.metrics.tallies()))
        .with_traces(self.seen.traces.clone())
        .with_history(self.history.clone())
        .with_boards(Arc::clone(&self.boards))
        .with_rules_folder(Arc::clone(&self.rules_folder))
    }
}

/// Opens the port and starts the workers, each with a router of its own.
pub(super) fn listen(
    made_of: MadeOf,
    settings: &Settings,
    certificate: Option<&Arc<Certificate>>,
) -> Result<(Server, SocketAddr), StartError> {
    let has_metrics = settings.metrics.listen.is_none();
    let has_docs = settings.docs;
    let mut server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(web::Data::new(made_of.context()))
            .app_data(web::Data::from(Arc::clone(&made_of.seen.metrics)))
            .configure(routes)
            .configure(|cfg| {
                if has_metrics {
                    metrics_routes(cfg);
                }
                if has_docs {
                    docs_routes(cfg);
                }
            })
    })
    .disable_signals()
    .client_request_timeout(FIRST_REQUEST_WITHIN)
    .shutdown_timeout(settings.shutdown_grace.as_secs());
    if let Some(workers) = settings.workers {
        server = server.workers(workers.get());
    }
    let cannot = |source| StartError::Listen {
        address: settings.listen,
        source,
    };
    let socket = listening(settings.listen).map_err(cannot)?;
    let server = match certificate {
        Some(certificate) => server.listen_rustls_0_23(socket, certificate.config()?),
        None => server.listen(socket),
    };
    let server = server.map_err(cannot)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((server.run(), address))
}

/// The socket.
fn listening(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A port that was in use until just now can be used again.
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(TAKEN_WITHIN))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves until the server ends, and says so.
pub(super) async fn run(server: Server, has_ended: oneshot::Sender<()>) {
    if let Err(error) = server.await {
        tracing::error!(error = %Causes(&error), "the server ended");
    }
    // Nobody may be waiting for it.
    let _unheard: Result<(), ()> = has_ended.send(());
}
