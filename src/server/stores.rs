//! Which store, and how the workers share it.

use std::fmt;
use std::sync::Arc;

use super::start::StartError;
use crate::clock::Clock;
use crate::presence::memory::{Memory, MemoryStore};
use crate::presence::observed::StoreObserver;
use crate::presence::redis::{Reconnect, RedisSettings, RedisStore, TlsFiles};
use crate::presence::{ObservedStore, Retention, Store};
use crate::settings::{Settings, StoreKind};

/// Gives each worker its store: the same one, or one with a connection of its own.
#[derive(Clone)]
pub struct Stores(Arc<dyn Fn() -> Arc<dyn Store> + Send + Sync>);

impl Stores {
    /// All workers use one store.
    pub fn shared(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(move || Arc::clone(&store)))
    }

    /// Each worker makes its own, in its own thread.
    pub fn per_worker(make: impl Fn() -> Arc<dyn Store> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// The store that the settings name.
    ///
    /// Connections are made when first used, so a Redis that is down now is no error. Call it within a tokio runtime.
    pub fn from_settings(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let memory = Memory {
            replay_window: settings.replay_window,
            history: Retention {
                kept: settings.history.kept,
                changes: settings.history.changes_per_agent,
            },
            ..Memory::default()
        };
        match settings.store.kind {
            StoreKind::Redis => {
                let store = RedisStore::new(&redis_settings(settings), memory)
                    .map_err(StartError::Store)?;
                Ok(Self::per_worker(move || Arc::new(store.for_worker())))
            }
            StoreKind::Memory => Ok(Self::shared(Arc::new(MemoryStore::with_memory(
                clock, memory,
            )))),
        }
    }

    /// The same stores, watched.
    #[must_use]
    pub(super) fn observed(self, observer: &Arc<impl StoreObserver + 'static>) -> Self {
        let observer = Arc::clone(observer);
        Self::per_worker(move || {
            let observer = Arc::clone(&observer);
            Arc::new(ObservedStore::new(self.for_worker(), observer))
        })
    }

    /// The store of one worker.
    pub fn for_worker(&self) -> Arc<dyn Store> {
        (self.0)()
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stores")
    }
}

fn redis_settings(settings: &Settings) -> RedisSettings {
    let patience = settings.answer_deadline;
    let settings = &settings.store;
    RedisSettings {
        patience,
        urls: settings.url.clone(),
        sentinel_user: settings.sentinel_user.clone(),
        sentinel_password: settings.sentinel_password.clone(),
        sentinel_interval: settings.sentinel_interval,
        tls: TlsFiles {
            authorities: settings.ca_file.clone(),
            certificate: settings.certificate_file.clone(),
            key: settings.key_file.clone(),
        },
        connect_timeout: settings.connect_timeout,
        command_timeout: settings.command_timeout,
        pool_timeout: settings.pool_wait_timeout,
        pool_size: settings.pool_size.get(),
        reconnect: Reconnect {
            retries: settings.retries,
            min_delay: settings.reconnect_min_delay,
            max_delay: settings.reconnect_max_delay,
        },
    }
}
