//! The connection of decisions, replaced when it is lost, refused or has fallen silent.
//!
//! Whatever is there, the way is one: a connection is made when somebody needs it, by all who wait for it together, and the
//! first one whom it fails has another made. So no failure stays, whatever was the reason: a login that was refused is
//! tried again like a server that was down. And one that stays open and answers nothing would be kept: whoever waits gives
//! up, often before the command's own time limit, and the next one waits on the same connection.

use std::iter::once;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use backon::{ExponentialBuilder, Retryable};
use futures_util::future::{BoxFuture, FutureExt, Shared, select_ok};
use redis::{RedisError, RedisResult, Value};

use super::call::Call;
use super::connection::Connection;
use super::route::Route;
use super::settings::Reconnect;
use crate::presence::store::StoreError;

/// So many commands in a row without a reply, and the connection is replaced. So many failures in a row of any kind, and the
/// line is said to fail.
const MOST_UNANSWERED: u32 = 3;

/// A multiplexed connection; clones share it.
#[derive(Clone)]
pub(super) struct Hot {
    route: Route,
    current: Arc<Mutex<Arc<Line>>>,
    standing: Arc<Standing>,
}

/// One connection, with how many commands in a row it has left without a reply.
struct Line {
    /// Is being made, or is made: all who ask wait for the same.
    making: Shared<BoxFuture<'static, RedisResult<Connection>>>,
    unanswered: AtomicU32,
}

/// How the connections of one worker do, the present one and those before it.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Since the last command that was carried out.
    failures: AtomicU32,
    has_answered: AtomicBool,
}

impl Standing {
    /// Has every command failed for a while?
    pub(super) fn is_failing(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= MOST_UNANSWERED
    }

    /// Has the last command failed?
    pub(super) fn is_doubtful(&self) -> bool {
        self.failures.load(Ordering::Relaxed) > 0
    }

    /// Has any command been carried out since this was asked last?
    pub(super) fn take_answered(&self) -> bool {
        self.has_answered.swap(false, Ordering::Relaxed)
    }

    fn note(&self, failed: bool) {
        if failed {
            self.failures.fetch_add(1, Ordering::Relaxed);
        } else {
            self.failures.store(0, Ordering::Relaxed);
            self.has_answered.store(true, Ordering::Relaxed);
        }
    }
}

impl Line {
    /// The first one connects at once. One in the place of another waits a moment left to chance: what ended that one
    /// has ended many others, of other workers and instances.
    fn new(route: &Route, is_first: bool) -> Arc<Self> {
        Arc::new(Self {
            making: make(route.clone(), is_first).boxed().shared(),
            unanswered: AtomicU32::new(0),
        })
    }
}

async fn make(route: Route, is_first: bool) -> RedisResult<Connection> {
    let reconnect = route.settings().reconnect;
    if !is_first {
        tokio::time::sleep(reconnect.min_delay.mul_f64(rand::random())).await;
    }
    let connect = || route.connect();
    connect.retry(pauses(reconnect)).await
}

fn pauses(reconnect: Reconnect) -> ExponentialBuilder {
    let retries = usize::try_from(reconnect.retries).unwrap_or(usize::MAX);
    ExponentialBuilder::default()
        .with_min_delay(reconnect.min_delay)
        .with_max_delay(reconnect.max_delay)
        .with_max_times(retries)
        .with_jitter()
}

impl Hot {
    /// Connects when first used. Needs a tokio runtime then.
    pub(super) fn new(route: &Route) -> Self {
        Self {
            route: route.clone(),
            current: Arc::new(Mutex::new(Line::new(route, true))),
            standing: Arc::default(),
        }
    }

    /// How its connections do.
    pub(super) fn standing(&self) -> &Arc<Standing> {
        &self.standing
    }

    /// Makes the call on the connection. Giving up on it, too, counts as no reply.
    pub(super) async fn run(&self, call: &Call) -> Result<Value, StoreError> {
        self.run_any(call, &[]).await
    }

    /// Makes several calls at once, and is content with the first that succeeds.
    pub(super) async fn run_any(&self, call: &Call, others: &[Call]) -> Result<Value, StoreError> {
        let mut waiting = Waiting {
            hot: self,
            line: Arc::clone(&self.lock()),
            is_unanswered: true,
        };
        match self.connection(&mut waiting).await {
            Ok(mut connection) => {
                let outcome = first_of(call, others, &mut connection).await;
                waiting.hears(&connection, outcome.as_ref().err());
                let outcome = outcome.map_err(StoreError::from);
                if !waiting.is_unanswered {
                    let failed = outcome.as_ref().is_err_and(StoreError::is_transient);
                    self.standing.note(failed);
                }
                outcome
            }
            Err(error) => {
                waiting.is_unanswered = false;
                self.standing.note(true);
                self.replace(&waiting.line);
                Err(StoreError::Redis(error))
            }
        }
    }

    async fn connection<'hot>(&'hot self, waiting: &mut Waiting<'hot>) -> RedisResult<Connection> {
        let connection = waiting.line.making.clone().await?;
        if !connection.is_deposed() {
            return Ok(connection);
        }
        if self.replace(&waiting.line) {
            tracing::warn!("a connection to the master of before is over and is replaced");
        }
        waiting.line = Arc::clone(&self.lock());
        waiting.line.making.clone().await
    }

    /// Of all that were on the same connection the first one replaces it: is this it?
    fn replace(&self, lost: &Arc<Line>) -> bool {
        let mut current = self.lock();
        let is_first = Arc::ptr_eq(&current, lost);
        if is_first {
            *current = Line::new(&self.route, false);
        }
        is_first
    }

    /// Held for a moment only, and replaced whole: a poisoned lock still guards a usable connection.
    fn lock(&self) -> MutexGuard<'_, Arc<Line>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn first_of(call: &Call, others: &[Call], connection: &mut Connection) -> RedisResult<Value> {
    if others.is_empty() {
        return call.on(connection).await;
    }
    let ask = |call| {
        let mut connection = connection.clone();
        async move { Call::on(call, &mut connection).await }.boxed()
    };
    let asked = select_ok(once(call).chain(others).map(ask)).await;
    asked.map(|(value, _others)| value)
}

/// A command that waits for its reply.
struct Waiting<'hot> {
    hot: &'hot Hot,
    line: Arc<Line>,
    is_unanswered: bool,
}

impl Waiting<'_> {
    /// It has come to an end, with this failure if with any.
    fn hears(&mut self, connection: &Connection, error: Option<&RedisError>) {
        self.is_unanswered = error.is_some_and(|error| connection.is_unanswered(error));
        if !self.is_unanswered {
            self.line.unanswered.store(0, Ordering::Relaxed);
        }
        if error.is_some_and(|error| connection.is_lost(error)) && self.hot.replace(&self.line) {
            tracing::warn!("a connection to the store is lost and is replaced");
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_unanswered {
            return;
        }
        self.hot.standing.note(true);
        let before = self.line.unanswered.fetch_add(1, Ordering::Relaxed);
        if before.saturating_add(1) == MOST_UNANSWERED && self.hot.replace(&self.line) {
            tracing::warn!("a connection to the store has fallen silent and is replaced");
        }
    }
}

#[cfg(test)]
mod tests;
