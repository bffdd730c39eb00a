//! Looks after connections for decisions while nobody else asks on them, so that the first caller after a quiet time finds one
//! that works, and a worker whose connection fails is known without a caller paying for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use redis::Value;

use super::call::Call;
use super::hot::{Hot, Standing};
use super::keys;
use super::scripts::Script;
use crate::presence::store::StoreError;

/// How long what a probe writes is kept; nobody reads it.
const KEPT_MS: u32 = 1_000;

/// About the time without an answer to anybody after which a line is asked. A half more or less is left to chance: many
/// instances must not ask at once.
const SELDOM: Duration = Duration::from_secs(2);

/// The same of a line that fails.
const OFTEN: Duration = Duration::from_secs(1);

/// The question whether decisions can be made.
///
/// In a cluster it goes to several servers. A cluster is able to work when one of them is: its accounts need not wait for
/// those of another.
pub(super) struct Probe {
    first: Call,
    others: Vec<Call>,
}

impl Probe {
    pub(super) fn new(script: &Script, is_cluster: bool) -> Self {
        let ask = |key: &str| {
            let mut call = Call::with_keys(script, &[key]);
            call.arg(KEPT_MS);
            call
        };
        Self {
            first: ask(keys::PROBE),
            others: if is_cluster {
                keys::PROBES.iter().map(|key| ask(key)).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// Asks on this line.
    pub(super) async fn on(&self, hot: &Hot) -> Result<Value, StoreError> {
        hot.run_any(&self.first, &self.others).await
    }
}

/// How the lines of all workers of a process do.
#[derive(Debug, Default)]
pub(super) struct Standings(Mutex<Vec<Weak<Standing>>>);

impl Standings {
    /// From now on this line is one of them, until its worker is gone.
    pub(super) fn add(&self, hot: &Hot) {
        let mut all = self.lock();
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(hot.standing()));
    }

    /// How many of them fail.
    pub(super) fn failing(&self) -> usize {
        let is_failing = |one: &&Weak<Standing>| one.upgrade().is_some_and(|one| one.is_failing());
        self.lock().iter().filter(is_failing).count()
    }

    /// No step can panic half way, so a poisoned lock still guards a whole list.
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Standing>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a line in use; never returns, so its task is aborted by its owner. One that nobody has used is left alone: it is
/// not there for decisions.
pub(super) async fn keep(hot: Hot, probe: Arc<Probe>, limit: Duration) {
    let mut is_in_use = false;
    loop {
        let pause = if hot.standing().is_doubtful() {
            OFTEN
        } else {
            SELDOM
        };
        tokio::time::sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
        let was_answered = hot.standing().take_answered();
        is_in_use = is_in_use || was_answered || hot.standing().is_doubtful();
        if !is_in_use || was_answered {
            continue;
        }
        // Giving up counts as no reply.
        match tokio::time::timeout(limit, probe.on(&hot)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(code = error.code(), "a line to the store fails"),
            Err(_elapsed) => tracing::debug!(code = "timeout", "a line to the store is silent"),
        }
    }
}
