//! The sections of the settings file.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

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
    #[serde(default, deserialize_with = "value::secrets")]
    pub url: Vec<secrecy::SecretString>,
    /// A file that holds the addresses, one a line, instead of `url`.
    pub url_file: Option<PathBuf>,
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
