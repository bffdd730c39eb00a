//! The way to Redis, as it is run: alone, behind sentinels or as a cluster. It makes connections and keeps none.

use std::sync::Arc;
use std::time::Duration;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::{Client, RedisError, RedisResult};

use super::address::{self, Topology};
use super::advice::Trouble;
use super::connection::Connection;
use super::sentinel::Sentinels;
use super::settings::{RedisSettings, RedisSettingsError};
use super::tls::Certificates;

/// The base of the pauses of a cluster's retries: each is about twice the one before.
const DOUBLE: u64 = 2;

/// How connections are made. Cheap to clone.
#[derive(Clone)]
pub(super) struct Route {
    way: Way,
    settings: Arc<RedisSettings>,
    trouble: Arc<Trouble>,
}

#[derive(Clone)]
enum Way {
    Alone(Box<Client>),
    Sentinels(Arc<Sentinels>),
    Cluster(Box<ClusterClient>),
}

impl Route {
    /// Reads the settings and the files that they name, and connects to nobody.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, RedisSettingsError> {
        let topology = address::topology(settings)?;
        let has_tls = topology.has_tls();
        let certificates = Certificates::read(&settings.tls, has_tls)?;
        let tcp = settings.tcp();
        let topology =
            topology.map(|info| Ok(certificates.on(info)?.set_tcp_settings(tcp.clone())))?;
        let way = match topology {
            Topology::Alone(server) => {
                Client::open(server).map(|client| Way::Alone(Box::new(client)))
            }
            Topology::Sentinels(master) => {
                Sentinels::new(master).map(|found| Way::Sentinels(Arc::new(found)))
            }
            Topology::Cluster(nodes) => {
                let builder = ClusterClientBuilder::new(nodes).tcp_settings(tcp);
                let builder = limited(certificates.on_all(builder), settings);
                builder.build().map(|client| Way::Cluster(Box::new(client)))
            }
        };
        Ok(Self {
            way: way.map_err(RedisSettingsError::Client)?,
            settings: Arc::new(settings.clone()),
            trouble: Arc::new(Trouble::new(has_tls)),
        })
    }

    pub(super) fn settings(&self) -> &RedisSettings {
        &self.settings
    }

    /// Do accounts live on different servers?
    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.way, Way::Cluster(_))
    }

    /// What makes a pool's connections to one server; `None` where a master or a cluster has to be found first.
    pub(super) fn alone(&self) -> RedisResult<Option<deadpool_redis::Manager>> {
        let Way::Alone(client) = &self.way else {
            return Ok(None);
        };
        let (server, limits) = (client.get_connection_info().clone(), self.settings.of_one());
        deadpool_redis::Manager::new_with_config(server, limits).map(Some)
    }

    /// Keeps an eye on who is the master, for as long as it is polled; `None` where that is no question.
    pub(super) fn watch(&self) -> Option<impl Future<Output = ()> + Send + 'static> {
        let Way::Sentinels(sentinels) = &self.way else {
            return None;
        };
        let (sentinels, limits) = (Arc::clone(sentinels), self.settings.of_one());
        let interval = self.settings.sentinel_interval;
        Some(async move { sentinels.watch(limits, interval).await })
    }

    /// A new connection, in one try.
    pub(super) async fn connect(&self) -> RedisResult<Connection> {
        self.making(self.find()).await
    }

    /// The same for whoever makes it otherwise: within the time limit, and the first failure of many is told.
    pub(super) async fn making<T>(
        &self,
        making: impl Future<Output = RedisResult<T>>,
    ) -> RedisResult<T> {
        let made = tokio::time::timeout(self.most(), making)
            .await
            .unwrap_or_else(|elapsed| Err(RedisError::from(std::io::Error::from(elapsed))));
        self.trouble.note(made.as_ref().err());
        made
    }

    /// How long making a connection may take, with all that has to be found out before.
    pub(super) fn most(&self) -> Duration {
        let connect = self.settings.connect_timeout;
        match &self.way {
            Way::Alone(_) => connect,
            // To the sentinels, and then to the master; or to the nodes that are named, and then to the others.
            Way::Sentinels(_) | Way::Cluster(_) => connect
                .saturating_mul(2)
                .saturating_add(self.settings.command_timeout),
        }
    }

    async fn find(&self) -> RedisResult<Connection> {
        let limits = self.settings.of_one();
        match &self.way {
            Way::Alone(client) => {
                let making = client.get_multiplexed_async_connection_with_config(&limits);
                making.await.map(Connection::Single)
            }
            Way::Sentinels(sentinels) => {
                let (connection, is_over) = sentinels.connect(&limits).await?;
                Ok(Connection::Master(connection, is_over))
            }
            Way::Cluster(client) => client.get_async_connection().await.map(Connection::Cluster),
        }
    }
}

/// A cluster's client waits for ever and tries sixteen times unless told otherwise.
fn limited(builder: ClusterClientBuilder, settings: &RedisSettings) -> ClusterClientBuilder {
    let millis = |pause: Duration| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    let reconnect = settings.reconnect;
    let (least, most) = (millis(reconnect.min_delay), millis(reconnect.max_delay));
    builder
        .connection_timeout(settings.connect_timeout)
        .response_timeout(settings.command_timeout)
        .overall_response_timeout(Some(settings.command_timeout))
        .retries(reconnect.retries)
        .min_retry_wait(least)
        .max_retry_wait(most)
        .retry_wait_formula(least, DOUBLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_gone_is_found_out_within_seconds() {
        let tcp = RedisSettings::at("redis://127.0.0.1:1").tcp();
        assert!(tcp.nodelay());
        let keepalive = format!("{:?}", tcp.keepalive());
        assert!(keepalive.contains("time: Some(5s)"), "{keepalive}");
        assert!(keepalive.contains("interval: Some(1s)"), "{keepalive}");
        #[cfg(target_os = "linux")]
        assert_eq!(tcp.user_timeout(), Some(Duration::from_secs(4)));
    }
}
