//! The connection of decisions, replaced when it is lost or has fallen silent.
//!
//! A connection to one address that breaks is made anew by its manager, and a cluster's follows the cluster. One to a
//! master that sentinels named is lost with the master: the next caller has the sentinels asked again. And one that stays
//! open and answers nothing would be kept: whoever waits gives up, often before the command's own time limit, and the
//! next one waits on the same connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use backon::{ExponentialBuilder, Retryable};
use futures_util::future::{BoxFuture, FutureExt, Shared};
use redis::{RedisResult, Value};

use super::call::Call;
use super::connection::Connection;
use super::route::Route;
use super::settings::Reconnect;
use crate::presence::store::StoreError;

/// So many commands in a row without a reply, and the connection is replaced.
const MOST_UNANSWERED: u32 = 3;

/// A multiplexed connection; clones share it.
#[derive(Clone)]
pub(super) struct Hot {
    route: Route,
    current: Arc<Mutex<Arc<Line>>>,
}

/// One connection, with how many commands in a row it has left without a reply.
struct Line {
    state: State,
    unanswered: AtomicU32,
}

enum State {
    /// Connects by itself.
    Ready(Connection),
    /// Is being made, or is made: all who ask wait for the same.
    Made(Shared<BoxFuture<'static, RedisResult<Connection>>>),
}

impl Line {
    /// The first one connects at once. One in the place of another waits a moment left to chance: what ended that one
    /// has ended many others, of other workers and instances.
    fn new(route: &Route, is_first: bool) -> RedisResult<Arc<Self>> {
        let state = match route.managed()? {
            Some(connection) => State::Ready(connection),
            None => State::Made(make(route.clone(), is_first).boxed().shared()),
        };
        Ok(Arc::new(Self {
            state,
            unanswered: AtomicU32::new(0),
        }))
    }

    async fn connection(&self) -> RedisResult<Connection> {
        match &self.state {
            State::Ready(connection) => Ok(connection.clone()),
            State::Made(making) => making.clone().await,
        }
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
    /// Connects when first used. Needs a tokio runtime.
    pub(super) fn new(route: &Route) -> RedisResult<Self> {
        Ok(Self {
            route: route.clone(),
            current: Arc::new(Mutex::new(Line::new(route, true)?)),
        })
    }

    /// Makes the call on the connection. Giving up on it, too, counts as no reply.
    pub(super) async fn run(&self, call: &Call) -> Result<Value, StoreError> {
        let mut waiting = Waiting {
            hot: self,
            line: Arc::clone(&self.lock()),
            is_unanswered: true,
        };
        let (outcome, is_lost) = match self.connection(&mut waiting).await {
            Err(error) => {
                let is_lost = !error.is_timeout();
                (Err(error), is_lost)
            }
            Ok(mut connection) => {
                let outcome = call.on(&mut connection).await;
                let lost = outcome
                    .as_ref()
                    .err()
                    .map(|error| connection.is_lost(error));
                (outcome, lost.unwrap_or(false))
            }
        };
        if !matches!(&outcome, Err(error) if error.is_timeout()) {
            waiting.is_unanswered = false;
            waiting.line.unanswered.store(0, Ordering::Relaxed);
        }
        if is_lost {
            self.replace(&waiting.line, "a connection to the store is lost");
        }
        outcome.map_err(StoreError::from)
    }

    async fn connection<'hot>(&'hot self, waiting: &mut Waiting<'hot>) -> RedisResult<Connection> {
        let connection = waiting.line.connection().await?;
        if !connection.is_deposed() {
            return Ok(connection);
        }
        self.replace(
            &waiting.line,
            "a connection to the master of before is over",
        );
        waiting.line = Arc::clone(&self.lock());
        waiting.line.connection().await
    }

    /// Of all that were on the same connection the first one replaces it.
    fn replace(&self, lost: &Arc<Line>, why: &'static str) {
        let mut current = self.lock();
        if !Arc::ptr_eq(&current, lost) {
            return;
        }
        match Line::new(&self.route, false) {
            Ok(line) => {
                *current = line;
                drop(current);
                tracing::warn!("{why} and is replaced");
            }
            Err(error) => {
                drop(current);
                tracing::warn!(%error, "{why} and stays in use");
            }
        }
    }

    /// Held for a moment only, and replaced whole: a poisoned lock still guards a usable connection.
    fn lock(&self) -> MutexGuard<'_, Arc<Line>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command that waits for its reply.
struct Waiting<'hot> {
    hot: &'hot Hot,
    line: Arc<Line>,
    is_unanswered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_unanswered {
            return;
        }
        let before = self.line.unanswered.fetch_add(1, Ordering::Relaxed);
        if before.saturating_add(1) == MOST_UNANSWERED {
            let why = "a connection to the store has fallen silent";
            self.hot.replace(&self.line, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use super::super::settings::RedisSettings;
    use super::*;

    /// A server that greets every client, and answers only those after the first.
    async fn deaf_to_the_first(listener: TcpListener) {
        let mut clients = JoinSet::new();
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            clients.spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                    if number == 0 && text.contains("PING") {
                        continue;
                    }
                    let replies = "+OK\r\n".repeat(text.matches('*').count());
                    stream.write_all(replies.as_bytes()).await.unwrap();
                }
            });
        }
    }

    #[tokio::test]
    async fn a_connection_that_answers_nobody_is_replaced() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(deaf_to_the_first(listener));
        let hot = Hot::new(&Route::new(&RedisSettings::at(&url)).unwrap()).unwrap();
        let ping = Call::plain(redis::cmd("PING"));
        for _ in 0..MOST_UNANSWERED {
            let given_up = tokio::time::timeout(Duration::from_millis(200), hot.run(&ping)).await;
            assert!(given_up.is_err());
        }
        assert_eq!(hot.run(&ping).await.unwrap(), Value::Okay);
    }

    /// Takes every connection and drops it; counts them.
    async fn dropping(listener: TcpListener, count: Arc<AtomicU32>) {
        loop {
            drop(listener.accept().await.unwrap());
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// However many callers are waiting, and however often they come again: they share the tries, and the tries have
    /// pauses.
    #[rstest]
    #[case::one_server("redis://", "")]
    #[case::a_sentinel("redis+sentinel://", "/main")]
    #[case::a_cluster("redis+cluster://", "")]
    #[tokio::test]
    async fn a_server_that_drops_everybody_sees_few_tries(
        #[case] scheme: &str,
        #[case] path: &str,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}{}{path}", listener.local_addr().unwrap());
        let (mut others, count) = (JoinSet::new(), Arc::new(AtomicU32::new(0)));
        others.spawn(dropping(listener, Arc::clone(&count)));
        let hot = Hot::new(&Route::new(&RedisSettings::at(&url)).unwrap()).unwrap();
        for _ in 0..50 {
            let hot = hot.clone();
            others.spawn(async move {
                loop {
                    let ping = Call::plain(redis::cmd("PING"));
                    hot.run(&ping).await.unwrap_err();
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let count = count.load(Ordering::Relaxed);
        assert!((2..60).contains(&count), "{count} connections in a second");
    }
}
