//! The sections of the settings file.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::value::{self, PublicUrl};

/// When to stop asking a failing store, and how to find out that it is back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerSettings {
    /// Failures in a row that open the breaker.
    pub failures: NonZeroU32,
    /// The time between probes while it is open.
    #[serde(rename = "probe_interval_ms", deserialize_with = "value::milliseconds")]
    pub probe_interval: Duration,
    /// The time limit of one probe.
    #[serde(rename = "probe_timeout_ms", deserialize_with = "value::milliseconds")]
    pub probe_timeout: Duration,
}

/// Where presence and reservations are kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// Which of the two stores.
    #[serde(deserialize_with = "store_kind")]
    pub kind: StoreKind,
    /// Where Redis is. A secret, because it may carry a password; a list, because a cluster has several.
    #[serde(default, deserialize_with = "value::addresses")]
    pub url: Vec<SecretString>,
    /// A file that holds the addresses, one a line, instead of `url`.
    pub url_file: Option<PathBuf>,
    /// Who we are at the sentinels.
    pub sentinel_user: Option<String>,
    /// Our password at the sentinels.
    pub sentinel_password: Option<SecretString>,
    /// A file that holds it, instead of `sentinel_password`.
    pub sentinel_password_file: Option<PathBuf>,
    /// The time between two questions to the sentinels whether the master is another one by now.
    #[serde(
        rename = "sentinel_interval_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub sentinel_interval: Duration,
    /// The authorities that are trusted on connections with TLS.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate, for a Redis that asks for one.
    pub certificate_file: Option<PathBuf>,
    /// Its key.
    pub key_file: Option<PathBuf>,
    /// The time limit of connecting.
    #[serde(
        rename = "connect_timeout_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub connect_timeout: Duration,
    /// The time limit of one command.
    #[serde(
        rename = "command_timeout_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub command_timeout: Duration,
    /// Connections for administration.
    pub pool_size: NonZeroUsize,
    /// The time limit of waiting for one of them.
    #[serde(
        rename = "pool_wait_timeout_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub pool_wait_timeout: Duration,
    /// How often somebody who waits tries again to connect; in a cluster also how often a command is sent again.
    pub retries: u32,
    /// About the first pause before that.
    #[serde(
        rename = "reconnect_min_delay_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub reconnect_min_delay: Duration,
    /// The longest pause.
    #[serde(
        rename = "reconnect_max_delay_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub reconnect_max_delay: Duration,
}

/// More tries than these only keep somebody waiting.
const MOST_RETRIES: u32 = 10;

impl StoreSettings {
    /// A sentence for each value that contradicts another, or makes no sense.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.retries > MOST_RETRIES {
            problems.push(format!("store.retries must be at most {MOST_RETRIES}"));
        }
        if self.reconnect_min_delay > self.reconnect_max_delay {
            problems.push(
                "store.reconnect_min_delay_ms must not be above store.reconnect_max_delay_ms"
                    .to_owned(),
            );
        }
        problems
    }
}

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// In this process: nothing survives a restart, and there can be one process only.
    Memory,
    /// Redis or Valkey, shared by all instances.
    Redis,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The form of the lines.
    #[serde(deserialize_with = "log_format")]
    pub format: LogFormat,
    /// What is logged, in the language of `tracing`'s environment filter.
    pub filter: String,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// What is told to Prometheus, and where.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// The address of a listener for the metrics alone; without it they are on the main one.
    pub listen: Option<SocketAddr>,
    /// The time between two counts of the agents; zero for never.
    #[serde(rename = "agents_seconds", deserialize_with = "value::seconds")]
    pub agents_every: Duration,
}

/// Where traces go, and how many.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector that takes OTLP over HTTP; without it there are no traces.
    #[serde(default, deserialize_with = "value::collector")]
    pub otlp_endpoint: Option<PublicUrl>,
    /// What this service is called there.
    pub service_name: String,
    /// The part of the traces that are begun here and are sent, from 0 to 1.
    pub sample_ratio: f64,
}

fn store_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StoreKind, D::Error> {
    value::word(
        deserializer,
        &[("memory", StoreKind::Memory), ("redis", StoreKind::Redis)],
    )
}

fn log_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogFormat, D::Error> {
    value::word(
        deserializer,
        &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)],
    )
}
