//! Asks a failing store, now and then, whether it is back.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::presence::Store;

use super::breaker::SharedBreaker;

/// How a failing store is probed.
#[derive(Clone, Copy, Debug)]
pub struct ProbeLimits {
    /// The time between two probes.
    pub interval: Duration,
    /// The time limit of one.
    pub timeout: Duration,
}

/// Probes while the breaker is open; never returns, so its task is aborted by its owner.
pub async fn probe_while_open(
    breaker: Arc<SharedBreaker>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: ProbeLimits,
) {
    let mut ticks = tokio::time::interval(limits.interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if !breaker.is_open() {
            continue;
        }
        match tokio::time::timeout(limits.timeout, store.ping()).await {
            Ok(Ok(())) => breaker.probe_succeeded(clock.now()),
            Ok(Err(error)) => tracing::debug!(code = error.code(), "the store still fails"),
            Err(_elapsed) => tracing::debug!(code = "timeout", "the store still does not answer"),
        }
    }
}
