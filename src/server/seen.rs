//! Where what happens can be seen: the metrics, and the traces if somebody collects them.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::metrics::{self, Metrics, Tallies, keep_counted};
use super::problem::Causes;
use super::start::StartError;
use super::traces::Traces;
use crate::presence::Store;
use crate::reload::ReloadHandle;
use crate::routing::RouterShared;
use crate::settings::Settings;

/// What all workers share of it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) metrics: Arc<Metrics>,
    pub(super) traces: Option<Traces>,
}

impl Seen {
    /// Nothing has happened yet.
    pub(super) fn new(
        reload: &ReloadHandle,
        tallies: Arc<Tallies>,
        shared: &Arc<RouterShared>,
        store: &Arc<dyn Store>,
        settings: &Settings,
    ) -> Result<Self, StartError> {
        let (of_metrics, store) = (Arc::clone(shared), Arc::clone(store));
        Ok(Self {
            metrics: Arc::new(Metrics::new(reload, tallies, of_metrics, store)),
            traces: Traces::start(&settings.telemetry, &shared.clock)?,
        })
    }

    /// Has the agents counted, and opens the port of the metrics if they have one of their own.
    pub(super) fn look_after(
        &self,
        shared: &Arc<RouterShared>,
        store: &Arc<dyn Store>,
        settings: &Settings,
        tasks: &mut JoinSet<()>,
    ) -> Result<Option<SocketAddr>, StartError> {
        let settings = &settings.metrics;
        if !settings.agents_every.is_zero() {
            let tallies = Arc::clone(self.metrics.tallies());
            let (shared, store) = (Arc::clone(shared), Arc::clone(store));
            tasks.spawn(keep_counted(shared, store, tallies, settings.agents_every));
        }
        let Some(address) = settings.listen else {
            return Ok(None);
        };
        let cannot = |source| StartError::Listen { address, source };
        let (server, address) = metrics::listen(address, &self.metrics).map_err(cannot)?;
        tasks.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(error = %Causes(&error), "the metrics are not served any more");
            }
        });
        Ok(Some(address))
    }
}
