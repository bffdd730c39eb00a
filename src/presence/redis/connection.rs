//! Two ways to the server. The hot path has one multiplexed connection per worker, which costs one round trip and no
//! waiting for a place; administration, health checks and indexing take connections from a small pool, so that a long
//! listing never stands in front of a caller's decision.

use std::time::Duration;

use deadpool_redis::{Manager, Pool, Runtime};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo};
use secrecy::{ExposeSecret, SecretString};

use super::super::store::StoreError;

/// After so long without traffic the peer is asked whether it is there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
/// The time between two such questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// How to reach the server. Every wait has a limit.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// `redis://`, `rediss://` or `unix://`; may hold a password.
    pub url: SecretString,
    /// The longest wait for a connection to be made.
    pub connect_timeout: Duration,
    /// The longest wait for a command's reply.
    pub command_timeout: Duration,
    /// The longest wait for a free connection of the pool.
    pub pool_timeout: Duration,
    /// How long a decision is waited for; one that the server gets to later reserves nobody.
    pub patience: Duration,
    /// The most connections of the pool, used for administration and health.
    pub pool_size: usize,
}

impl RedisSettings {
    /// The defaults for a server at this address.
    pub fn at(url: &str) -> Self {
        Self {
            url: SecretString::from(url.to_owned()),
            connect_timeout: Duration::from_millis(500),
            command_timeout: Duration::from_secs(2),
            pool_timeout: Duration::from_secs(1),
            patience: Duration::from_secs(1),
            pool_size: 4,
        }
    }

    fn address(&self) -> Result<ConnectionInfo, StoreError> {
        let info = self
            .url
            .expose_secret()
            .into_connection_info()
            .map_err(StoreError::from)?;
        Ok(info.set_tcp_settings(self.tcp()))
    }

    /// A peer that is gone without a word (a host that lost power, a firewall that forgot the connection) is found out
    /// within seconds, idle or not; the system's own limits are many minutes.
    fn tcp(&self) -> TcpSettings {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL);
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_keepalive(keepalive);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(self.command_timeout.saturating_mul(2));
        tcp
    }

    /// A pool; connects when first used.
    pub(super) fn pool(&self) -> Result<Pool, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.command_timeout));
        let manager =
            Manager::new_with_config(self.address()?, config).map_err(StoreError::from)?;
        Pool::builder(manager)
            .max_size(self.pool_size)
            .wait_timeout(Some(self.pool_timeout))
            .create_timeout(Some(self.connect_timeout))
            .recycle_timeout(Some(self.pool_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Corrupt(format!("the pool's settings: {error}")))
    }

    /// A multiplexed connection that reconnects by itself; connects when first used. Needs a tokio runtime.
    pub(super) fn multiplexed(&self) -> Result<ConnectionManager, StoreError> {
        let client = Client::open(self.address()?).map_err(StoreError::from)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.command_timeout))
            .set_number_of_retries(2)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200));
        ConnectionManager::new_lazy_with_config(client, config).map_err(StoreError::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_gone_is_found_out_within_seconds() {
        let settings = RedisSettings::at("redis://127.0.0.1:1");
        let address = settings.address().unwrap();
        let tcp = address.tcp_settings();
        let keepalive = format!("{:?}", tcp.keepalive());
        assert!(keepalive.contains("time: Some(5s)"), "{keepalive}");
        assert!(keepalive.contains("interval: Some(1s)"), "{keepalive}");
        #[cfg(target_os = "linux")]
        assert_eq!(tcp.user_timeout(), Some(Duration::from_secs(4)));
    }
}
