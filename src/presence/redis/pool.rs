//! Connections for administration, health checks and indexing, so that a long listing never stands in front of a
//! caller's decision.

use deadpool::Runtime;
use deadpool::managed::{self, Manager, Metrics, RecycleError, RecycleResult};
use redis::{RedisError, Value};

use super::call::Call;
use super::connection::Connection;
use super::route::Route;
use super::sentinel::is_master;
use super::settings::RedisSettingsError;
use crate::presence::store::StoreError;

type Recycled = RecycleResult<RedisError>;

/// A pool; connects when first used.
pub(super) struct Pool(managed::Pool<Maker>);

/// Makes connections, and looks at those that come back before they are used again.
struct Maker {
    route: Route,
    /// Of one server, the library's own.
    alone: Option<deadpool_redis::Manager>,
}

impl Manager for Maker {
    type Type = Connection;
    type Error = RedisError;

    async fn create(&self) -> Result<Connection, RedisError> {
        match &self.alone {
            Some(manager) => {
                let making = self.route.making(manager.create());
                making.await.map(Connection::Single)
            }
            None => self.route.connect().await,
        }
    }

    /// A master may have become a replica that only reads, and a server may be gone: that is asked. A cluster's
    /// connection finds out by itself.
    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> Recycled {
        match (&self.alone, connection) {
            (Some(manager), Connection::Single(connection)) => {
                manager.recycle(connection, metrics).await
            }
            (_, Connection::Cluster(_)) => Ok(()),
            (_, connection) if connection.is_deposed() => {
                Err(RecycleError::message("another master"))
            }
            (_, connection) => Ok(is_master(connection).await?),
        }
    }
}

impl Pool {
    pub(super) fn new(route: Route) -> Result<Self, RedisSettingsError> {
        let (settings, most) = (route.settings().clone(), route.most());
        let alone = route.alone().map_err(RedisSettingsError::Client)?;
        managed::Pool::builder(Maker { route, alone })
            .max_size(settings.pool_size)
            .wait_timeout(Some(settings.pool_timeout))
            // The route has the limit, and says what went wrong; this one is for whatever it doesn't cover.
            .create_timeout(Some(most.saturating_mul(2)))
            .recycle_timeout(Some(settings.pool_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map(Self)
            .map_err(|error| RedisSettingsError::Pool(error.to_string()))
    }

    /// Makes the call. A connection on which it failed for a reason that may stay is not used again.
    pub(super) async fn run(&self, call: &Call) -> Result<Value, StoreError> {
        let mut connection = self.0.get().await.map_err(StoreError::Pool)?;
        let outcome = call.on(&mut *connection).await;
        if let Err(error) = &outcome
            && (error.is_timeout() || connection.is_lost(error))
        {
            drop(managed::Object::take(connection));
        }
        outcome.map_err(StoreError::from)
    }
}
