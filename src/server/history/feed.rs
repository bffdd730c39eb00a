//! New decisions for those who watch them: one reader for each account, however many watch, and only while somebody does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::viewers::{Frame, Viewers, Viewing};
use crate::presence::{LogId, LogOrder, LogRange, Logged, Store};
use crate::server::context::Lifecycle;
use crate::server::decisions::{shown, sse};
use crate::server::metrics::Tallies;
use crate::server::problem::ApiError;
use crate::telephony::AccountName;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How long is waited when the store does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How often those are told something who would hear nothing: proxies close what is silent.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// So many entries at a time.
const PAGE: usize = 200;

/// The readers of all accounts.
#[derive(Debug)]
pub(in crate::server) struct Feeds {
    runtime: Handle,
    store: Arc<dyn Store>,
    lifecycle: Arc<Lifecycle>,
    tallies: Arc<Tallies>,
    most: usize,
    by_account: Mutex<BTreeMap<AccountName, Feed>>,
    readers: Mutex<JoinSet<()>>,
}

/// One account's.
#[derive(Debug, Default)]
struct Feed {
    viewers: Viewers,
    /// Everything up to here was sent.
    position: LogId,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feeds {
    /// For so many viewers of an account; readers run on the runtime of whoever calls this.
    pub(super) fn new(
        store: Arc<dyn Store>,
        lifecycle: Arc<Lifecycle>,
        tallies: Arc<Tallies>,
        most: usize,
    ) -> Self {
        Self {
            runtime: Handle::current(),
            store,
            lifecycle,
            tallies,
            most,
            by_account: Mutex::default(),
            readers: Mutex::default(),
        }
    }

    /// One more viewer, who gets what comes after `last`, which is where the log ends.
    pub(in crate::server) fn join(
        self: &Arc<Self>,
        account: &AccountName,
        last: LogId,
    ) -> Result<Viewing, ApiError> {
        if self.lifecycle.is_stopping() {
            return Err(ApiError::Stopping);
        }
        let mut feeds = lock(&self.by_account);
        let is_new = !feeds.contains_key(account);
        let feed = feeds.entry(account.clone()).or_insert_with(|| Feed {
            viewers: Viewers::default(),
            position: last,
        });
        if feed.viewers.count() >= self.most {
            return Err(ApiError::TooManyViewers { most: self.most });
        }
        let viewing = feed.viewers.add(feed.position);
        self.tallies.log.viewers(account, feed.viewers.count());
        drop(feeds);
        if is_new {
            let mut readers = lock(&self.readers);
            // What has ended is forgotten, so that the set does not grow.
            while readers.try_join_next().is_some() {}
            let (feeds, account) = (Arc::clone(self), account.clone());
            readers.spawn_on(async move { feeds.read(&account).await }, &self.runtime);
        }
        Ok(viewing)
    }

    /// Reads on until nobody watches.
    async fn read(&self, account: &AccountName) {
        let mut kept_alive = Instant::now();
        while let Some(position) = self.position(account) {
            let range = LogRange {
                after: Some(position),
                before: None,
                order: LogOrder::Forwards,
                most: PAGE,
            };
            let (entries, pause) = match self.store.log().read(account, range).await {
                Ok(entries) if entries.len() >= PAGE => (entries, Duration::ZERO),
                Ok(entries) => (entries, EVERY),
                Err(error) => {
                    tracing::debug!(%account, %error, "decisions cannot be read for those who watch");
                    (Vec::new(), PAUSE)
                }
            };
            self.send(account, position, &entries);
            if kept_alive.elapsed() >= KEEP_ALIVE {
                kept_alive = Instant::now();
                self.keep_alive(account);
            }
            sleep(pause).await;
        }
    }

    /// How far it is read; `None` when nobody watches any more, or nobody shall. Then the feed is gone.
    fn position(&self, account: &AccountName) -> Option<LogId> {
        let mut feeds = lock(&self.by_account);
        let feed = feeds.get_mut(account)?;
        let is_stopping = self.lifecycle.is_stopping();
        if is_stopping {
            let bytes = Bytes::from_static(sse::GOODBYE);
            feed.viewers.send(&Frame { id: None, bytes });
        }
        let count = feed.viewers.count();
        if count == 0 || is_stopping {
            feeds.remove(account);
            self.tallies.log.viewers(account, 0);
            return None;
        }
        self.tallies.log.viewers(account, count);
        Some(feed.position)
    }

    fn send(&self, account: &AccountName, position: LogId, entries: &[Logged]) {
        let Some(first) = entries.first() else { return };
        let frames = entries.iter().map(|entry| Frame {
            id: Some(entry.id),
            bytes: sse::decision(entry.id, &shown(entry)),
        });
        // Made before anybody waits for the lock.
        let frames: Vec<_> = frames.collect();
        let has_gap =
            position.number() > 0 && first.id.number() != position.number().saturating_add(1);
        let mut feeds = lock(&self.by_account);
        let Some(feed) = feeds.get_mut(account) else {
            return;
        };
        if has_gap {
            let bytes = sse::gap(position);
            feed.viewers.send(&Frame { id: None, bytes });
        }
        for frame in &frames {
            feed.viewers.send(frame);
        }
        feed.position = entries.last().map_or(position, |last| last.id);
    }

    fn keep_alive(&self, account: &AccountName) {
        let mut feeds = lock(&self.by_account);
        if let Some(feed) = feeds.get_mut(account) {
            feed.viewers.look();
            let bytes = Bytes::from_static(sse::KEEP_ALIVE);
            feed.viewers.send(&Frame { id: None, bytes });
        }
    }
}
