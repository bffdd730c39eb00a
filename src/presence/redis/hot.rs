//! The connection of decisions, replaced when it has fallen silent.
//!
//! A connection that breaks is made anew by its manager. One that stays open and answers nothing would be kept: whoever
//! waits gives up, often before the command's own time limit, and the next one waits on the same connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::RedisError;
use redis::aio::ConnectionManager;

use super::RedisSettings;
use crate::presence::store::StoreError;

/// So many commands in a row without a reply, and the connection is replaced.
const MOST_UNANSWERED: u32 = 3;

/// A multiplexed connection; clones share it.
#[derive(Clone)]
pub(super) struct Hot {
    settings: RedisSettings,
    current: Arc<Mutex<Arc<Line>>>,
}

/// One connection, with how many commands in a row it has left without a reply.
struct Line {
    manager: ConnectionManager,
    unanswered: AtomicU32,
}

impl Line {
    fn new(settings: &RedisSettings) -> Result<Arc<Self>, StoreError> {
        Ok(Arc::new(Self {
            manager: settings.multiplexed()?,
            unanswered: AtomicU32::new(0),
        }))
    }
}

impl Hot {
    /// Connects when first used. Needs a tokio runtime.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, StoreError> {
        Ok(Self {
            settings: settings.clone(),
            current: Arc::new(Mutex::new(Line::new(settings)?)),
        })
    }

    /// Does `ask` on the connection. Giving up on it, too, counts as no reply.
    pub(super) async fn ask<T>(
        &self,
        ask: impl AsyncFnOnce(ConnectionManager) -> Result<T, RedisError>,
    ) -> Result<T, StoreError> {
        let mut waiting = Waiting {
            hot: self,
            line: Arc::clone(&self.lock()),
            is_unanswered: true,
        };
        let outcome = ask(waiting.line.manager.clone()).await;
        if !matches!(&outcome, Err(error) if error.is_timeout()) {
            waiting.is_unanswered = false;
            waiting.line.unanswered.store(0, Ordering::Relaxed);
        }
        outcome.map_err(StoreError::from)
    }

    /// Of all that wait on a silent connection, the one that completes the count replaces it.
    fn replace(&self) {
        match Line::new(&self.settings) {
            Ok(line) => {
                tracing::warn!("a connection to the store has fallen silent and is replaced");
                *self.lock() = line;
            }
            Err(error) => {
                tracing::warn!(%error, "a silent connection to the store stays in use");
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
            self.hot.replace();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

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
        let hot = Hot::new(&RedisSettings::at(&url)).unwrap();
        let ping = async |mut connection: ConnectionManager| {
            redis::cmd("PING")
                .query_async::<String>(&mut connection)
                .await
        };
        for _ in 0..MOST_UNANSWERED {
            let given_up = tokio::time::timeout(Duration::from_millis(200), hot.ask(ping)).await;
            assert!(given_up.is_err());
        }
        assert_eq!(hot.ask(ping).await.unwrap(), "OK");
    }
}
