//! Asks the store, now and then, how it does: one that fails, whether it is back, and one from which nobody had a decision for
//! a while, whether it is still there. So a night without calls does not hide that the store is down, and the first caller
//! after it waits for nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::decide::RouterShared;
use crate::presence::Store;

/// How the store is probed.
#[derive(Clone, Copy, Debug)]
pub struct ProbeLimits {
    /// The time between two probes of a store that fails.
    pub interval: Duration,
    /// The time limit of one.
    pub timeout: Duration,
}

/// About the time without a decision after which the store is asked; a half more or less is left to chance, for many
/// instances must not ask at once.
const QUIET: Duration = Duration::from_secs(2);

/// Looks after the store; never returns, so its task is aborted by its owner.
pub async fn keep_watch(shared: Arc<RouterShared>, store: Arc<dyn Store>, limits: ProbeLimits) {
    let mut ticks = interval(limits.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut last_look, mut pause, mut has_failed) = (Instant::now(), quiet(), false);
    loop {
        ticks.tick().await;
        let is_open = shared.breaker.is_open();
        if !is_open && !has_failed {
            if last_look.elapsed() < pause {
                continue;
            }
            (last_look, pause) = (Instant::now(), quiet());
            if shared.breaker.take_decided() {
                continue;
            }
        }
        let is_well = asked(&*store, limits.timeout, is_open || has_failed).await;
        if !is_well {
            shared.breaker.failed(shared.clock.now());
        } else if is_open || has_failed {
            came_back(&shared);
        }
        has_failed = !is_well;
    }
}

fn quiet() -> Duration {
    QUIET.mul_f64(0.5 + rand::random::<f64>())
}

/// One that is back may be back empty, so its queues are made known again.
fn came_back(shared: &RouterShared) {
    // What the probes counted before the breaker opened is over.
    shared.breaker.succeeded();
    shared.breaker.probe_succeeded(shared.clock.now());
    shared.indexer.wake_all();
}

/// The first failure in a row is told: perhaps nobody calls, whose failure would be.
async fn asked(store: &dyn Store, limit: Duration, has_failed: bool) -> bool {
    let (code, cause) = match timeout(limit, store.ping()).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            (error.code(), cause)
        }
        Err(_elapsed) => ("timeout", None),
    };
    if has_failed {
        tracing::debug!(code, cause, "the store still fails");
    } else {
        tracing::warn!(code, cause, "the store fails a probe");
    }
    false
}
