//! Asks a failing store, now and then, whether it is back.

use std::sync::Arc;
use std::time::Duration;

use super::decide::RouterShared;
use crate::presence::Store;

/// How a failing store is probed.
#[derive(Clone, Copy, Debug)]
pub struct ProbeLimits {
    /// The time between two probes.
    pub interval: Duration,
    /// The time limit of one.
    pub timeout: Duration,
}

/// Probes while the breaker is open; never returns, so its task is aborted by its owner. A store that is back may be
/// back empty, so its queues are made known again.
pub async fn probe_while_open(
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
    limits: ProbeLimits,
) {
    let mut ticks = tokio::time::interval(limits.interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if !shared.breaker.is_open() {
            continue;
        }
        match tokio::time::timeout(limits.timeout, store.ping()).await {
            Ok(Ok(())) => {
                shared.breaker.probe_succeeded(shared.clock.now());
                shared.indexer.wake_all();
            }
            Ok(Err(error)) => tracing::debug!(code = error.code(), "the store still fails"),
            Err(_elapsed) => tracing::debug!(code = "timeout", "the store still does not answer"),
        }
    }
}
