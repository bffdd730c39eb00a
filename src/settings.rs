//! Settings: what an operator decides outside the rules. Built-in defaults, then a TOML file, then the environment.
//!
//! The defaults live in one table, [`reference::ALL`], which is also the documentation: a setting that is missing
//! there does not load, and one that is only there is refused as unknown. Secrets can come from files, so that they
//! need to stand neither in the settings file nor in the environment. `Debug` never shows one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::telephony::AccountName;

mod account;
mod caution;
mod door;
mod exotel;
mod history;
mod network;
pub mod reference;
mod secret;
mod section;
mod unread;
mod value;

pub use account::{AccountSettings, Role, TokenSettings};
pub use door::{LimitSettings, ProxyHeader, TlsSettings};
pub use exotel::{ExotelAccess, ExotelSettings};
pub use history::{CallersInHistory, HistorySettings};
pub use network::{InvalidNetwork, Networks};
pub use secret::{InvalidSecret, SecretDigest, hashed, weakness};
pub use section::{
    BreakerSettings, LogFormat, LogSettings, MetricsSettings, StoreKind, StoreSettings,
    TelemetrySettings,
};
pub use unread::Unread;
pub use value::PublicUrl;
use value::out_of_range;

/// The file that is read when none is named, if it is there.
const DEFAULT_FILE: &str = "ringmaster.toml";
const ENVIRONMENT_PREFIX: &str = "RINGMASTER";

/// Everything an operator can set. Each field is described in [`reference::ALL`] under the same name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that is listened on.
    pub listen: SocketAddr,
    /// The folder of the rules files, one per account.
    pub rules: PathBuf,
    /// The time between two comparisons of the rules with their files that nobody asked for.
    #[serde(rename = "rules_poll_seconds", deserialize_with = "value::seconds")]
    pub rules_poll: Duration,
    /// How Exotel reaches this service; event URLs are built from it.
    pub public_url: Option<PublicUrl>,
    /// Threads that answer requests; one per core when absent.
    pub workers: Option<NonZeroUsize>,
    /// The time limit of a whole answer to Exotel.
    #[serde(
        rename = "answer_deadline_ms",
        deserialize_with = "value::milliseconds"
    )]
    pub answer_deadline: Duration,
    /// How long an unchanged fetch of a call counts as a duplicate, while its agents are held for it.
    #[serde(rename = "replay_window_ms", deserialize_with = "value::milliseconds")]
    pub replay_window: Duration,
    /// Time for the network around each round of ringing.
    #[serde(rename = "offer_margin_ms", deserialize_with = "value::milliseconds")]
    pub offer_margin: Duration,
    /// How long requests are still taken after SIGTERM, for load balancers to notice.
    #[serde(rename = "drain_seconds", deserialize_with = "value::seconds")]
    pub drain: Duration,
    /// How long requests in flight may take after that.
    #[serde(rename = "shutdown_grace_seconds", deserialize_with = "value::seconds")]
    pub shutdown_grace: Duration,
    /// Is an instance ready whose store is down? It still answers the fallback.
    pub ready_when_degraded: bool,
    /// Are `/openapi.json` and `/docs` served?
    pub docs: bool,
    /// Proxies that are believed when they say whom they speak for.
    #[serde(default, deserialize_with = "network::networks")]
    pub trusted_proxies: Networks,
    /// Where they say so.
    #[serde(deserialize_with = "door::proxy_header")]
    pub proxy_header: ProxyHeader,
    /// How much is taken on.
    pub limits: LimitSettings,
    /// What HTTPS is spoken with; HTTP without it.
    #[serde(default)]
    pub tls: TlsSettings,
    /// When to stop asking a failing store.
    pub breaker: BreakerSettings,
    /// Where presence and reservations are kept.
    pub store: StoreSettings,
    /// What is kept of the past: what was decided, and what agents were.
    pub history: HistorySettings,
    /// What is logged, and how.
    pub log: LogSettings,
    /// What is told to Prometheus, and where.
    pub metrics: MetricsSettings,
    /// Where traces go.
    pub telemetry: TelemetrySettings,
    /// The tenants, with their secrets.
    #[serde(default)]
    pub accounts: BTreeMap<AccountName, AccountSettings>,
}

/// Why the settings cannot be used. Written for the operator.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is no TOML. The parser's own error would show the line, which may hold a secret.
    #[error("the settings cannot be read: {file} is not TOML: {fault}")]
    NotToml {
        /// The file.
        file: String,
        /// Line, column and what the parser says.
        fault: String,
    },
    /// A file or a value that cannot be read, or an unknown setting.
    #[error("the settings cannot be read")]
    Unreadable(#[source] Unread),
    /// A file that a setting names.
    #[error("{setting} names {}, which cannot be read", path.display())]
    SecretFile {
        /// The setting.
        setting: String,
        /// The file it names.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Values that make no sense, all of them.
    #[error("the settings make no sense:\n  {}", .0.join("\n  "))]
    Invalid(Vec<String>),
}

impl From<config::ConfigError> for SettingsError {
    fn from(error: config::ConfigError) -> Self {
        if let config::ConfigError::FileParse { uri, cause } = error {
            Self::NotToml {
                file: uri.unwrap_or_else(|| "the text".to_owned()),
                fault: without_snippet(&cause.to_string()),
            }
        } else {
            Self::Unreadable(error.into())
        }
    }
}

/// Of the parser's report the first line, which says where, and what follows the mark under the source line. Of a
/// report in any other form nothing is shown, for nobody knows where the source line stands in it.
fn without_snippet(report: &str) -> String {
    let is_mark = |line: &&str| line.trim_start().starts_with('|') && line.contains('^');
    let mut lines = report.lines();
    let place = lines
        .next()
        .and_then(|line| line.strip_prefix("TOML parse error at "));
    match (place, lines.find(is_mark)) {
        (Some(place), Some(_)) => format!("{place}: {}", lines.collect::<Vec<_>>().join(" ")),
        _ => "its parser does not say where".to_owned(),
    }
}

impl Settings {
    /// Reads defaults, file and environment, and then the files that hold secrets.
    ///
    /// Without `file`, `ringmaster.toml` is read if it is there; a file that is named must be there.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let source = match file {
            Some(path) => config::File::from(path).format(config::FileFormat::Toml),
            None => config::File::new(DEFAULT_FILE, config::FileFormat::Toml).required(false),
        };
        Self::from_sources(source, None)
    }

    /// The built-in defaults alone, for the demo and for tests: neither a file nor the environment is read.
    pub fn built_in() -> Result<Self, SettingsError> {
        Self::from_toml("")
    }

    /// Reads `text` over the defaults, without the environment.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        Self::from_sources(
            config::File::from_str(text, config::FileFormat::Toml),
            Some(HashMap::new()),
        )
    }

    /// The layers, bottom up. `environment` replaces the process's own.
    fn from_sources<Origin>(
        file: config::File<Origin, config::FileFormat>,
        environment: Option<HashMap<String, String>>,
    ) -> Result<Self, SettingsError>
    where
        Origin: config::FileSource<config::FileFormat> + Clone + Send + Sync + 'static,
    {
        let mut builder = config::Config::builder();
        for setting in reference::ALL {
            if let Some(default) = setting.default {
                builder = builder.set_default(setting.name, default)?;
            }
        }
        let variables = config::Environment::with_prefix(ENVIRONMENT_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .source(environment);
        let mut settings: Self = builder
            .add_source(file)
            .add_source(variables)
            .build()?
            .try_deserialize()?;
        settings.read_secret_files()?;
        settings.check()?;
        Ok(settings)
    }

    fn read_secret_files(&mut self) -> Result<(), SettingsError> {
        if let Some(path) = &self.store.url_file {
            secret::only_one("store.url", !self.store.url.is_empty())?;
            self.store.url = secret::lines("store.url_file", path)?;
        }
        if let Some(path) = &self.store.sentinel_password_file {
            let is_set = self.store.sentinel_password.is_some();
            secret::only_one("store.sentinel_password", is_set)?;
            let lines = secret::lines("store.sentinel_password_file", path)?;
            self.store.sentinel_password = lines.into_iter().next();
        }
        for (name, account) in &mut self.accounts {
            account.read_secret_files(name)?;
        }
        Ok(())
    }

    /// Everything that is wrong with the values, together.
    fn check(&self) -> Result<(), SettingsError> {
        let mut problems = self.waits_out_of_range();
        if self.store.kind == StoreKind::Redis && self.store.url.is_empty() {
            problems
                .push("store.kind is redis, which needs store.url or store.url_file".to_owned());
        }
        problems.extend(self.store.problems());
        problems.extend(self.history.problems());
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            problems.push("telemetry.sample_ratio must be between 0 and 1".to_owned());
        }
        problems.extend(self.tls.problem());
        for (name, account) in &self.accounts {
            problems.extend(account.problems(name));
        }
        problems.extend(self.shared_sids());
        if problems.is_empty() {
            Ok(())
        } else {
            Err(SettingsError::Invalid(problems))
        }
    }

    /// A sentence for each account at Exotel that several of ours have: each would count its requests alone, and all together
    /// would send more than Exotel takes.
    fn shared_sids(&self) -> Vec<String> {
        let mut owners: BTreeMap<&str, &AccountName> = BTreeMap::new();
        let mut problems = Vec::new();
        for (name, account) in &self.accounts {
            let Some(sid) = account.exotel.as_ref().and_then(ExotelSettings::sid) else {
                continue;
            };
            match owners.entry(sid) {
                Entry::Vacant(free) => {
                    free.insert(name);
                }
                Entry::Occupied(owner) => problems.push(format!(
                    "accounts.{name}.exotel.sid is that of accounts.{} too: keep the section in one of them, for the requests a minute are counted for each account alone",
                    owner.get()
                )),
            }
        }
        problems
    }

    /// A sentence for each wait outside its limits, which are in milliseconds.
    fn waits_out_of_range(&self) -> Vec<String> {
        let (breaker, store) = (&self.breaker, &self.store);
        let up_to_a_minute = |name, wait, least| out_of_range(name, wait, least, 60_000);
        let up_to_an_hour = |name, wait, least| out_of_range(name, wait, least, 3_600_000);
        let checks = [
            up_to_an_hour("rules_poll_seconds", self.rules_poll, 1_000),
            out_of_range("answer_deadline_ms", self.answer_deadline, 10, 4_500),
            up_to_a_minute("replay_window_ms", self.replay_window, 0),
            up_to_a_minute("offer_margin_ms", self.offer_margin, 0),
            up_to_an_hour("metrics.agents_seconds", self.metrics.agents_every, 0),
            up_to_an_hour("drain_seconds", self.drain, 0),
            up_to_an_hour("shutdown_grace_seconds", self.shutdown_grace, 0),
            up_to_a_minute("breaker.probe_interval_ms", breaker.probe_interval, 10),
            up_to_a_minute("breaker.probe_timeout_ms", breaker.probe_timeout, 10),
            up_to_a_minute("store.connect_timeout_ms", store.connect_timeout, 10),
            up_to_a_minute("store.command_timeout_ms", store.command_timeout, 10),
            up_to_a_minute("store.pool_wait_timeout_ms", store.pool_wait_timeout, 10),
            up_to_a_minute("store.sentinel_interval_ms", store.sentinel_interval, 10),
            up_to_a_minute("store.reconnect_min_delay_ms", store.reconnect_min_delay, 1),
            up_to_a_minute("store.reconnect_max_delay_ms", store.reconnect_max_delay, 1),
        ];
        checks.into_iter().flatten().collect()
    }

    /// The accounts whose calls' reports Exotel cannot bring back: that needs a key that can be sent to it.
    pub fn without_key_to_send(&self) -> impl Iterator<Item = &AccountName> {
        let accounts = self.accounts.iter().filter(|_| self.public_url.is_some());
        let hashed = accounts
            .filter(|(_, account)| !account.keys.is_empty() && account.key_to_send().is_none());
        hashed.map(|(name, _)| name)
    }

    /// The settings that still hold a secret from an example, by name: anybody could know them.
    pub fn placeholders(&self) -> Vec<String> {
        self.accounts
            .iter()
            .flat_map(|(name, account)| account.placeholders(name))
            .collect()
    }
}

#[cfg(test)]
mod tests;
