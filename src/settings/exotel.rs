//! How an account's calls are started: its credentials at Exotel, and where and how patiently Exotel is asked.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::value::{self, out_of_range};
use super::{SettingsError, secret};
use crate::exotel::voice::{AccountSid, BaseUrl, Hosts, REQUESTS_PER_MINUTE, Region};

/// The section `exotel` of an account. It may be absent; when it is there, [`Self::access`] has everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExotelSettings {
    #[serde(default, deserialize_with = "sid")]
    sid: Option<AccountSid>,
    api_key: Option<SecretString>,
    api_key_file: Option<PathBuf>,
    api_token: Option<SecretString>,
    api_token_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "region")]
    region: Option<Region>,
    #[serde(default, deserialize_with = "base_url")]
    base_url: Option<BaseUrl>,
    #[serde(
        rename = "timeout_ms",
        default = "usual_timeout",
        deserialize_with = "value::milliseconds"
    )]
    timeout: Duration,
    #[serde(
        rename = "connect_timeout_ms",
        default = "usual_connect_timeout",
        deserialize_with = "value::milliseconds"
    )]
    connect_timeout: Duration,
    #[serde(default = "usual_requests")]
    requests_per_minute: NonZeroU32,
    #[serde(
        rename = "quiet_after_seconds",
        default = "usual_quiet",
        deserialize_with = "value::seconds"
    )]
    quiet_after: Duration,
}

/// All that is needed to start calls.
#[derive(Clone, Debug)]
pub struct ExotelAccess {
    /// Exotel's name of the account.
    pub sid: AccountSid,
    /// Half of the credentials.
    pub api_key: SecretString,
    /// The other half.
    pub api_token: SecretString,
    /// Where the APIs are.
    pub hosts: Hosts,
    /// The time limit of a question to Exotel, tries again included.
    pub timeout: Duration,
    /// The time limit of each connection.
    pub connect_timeout: Duration,
    /// How many requests all instances together may send.
    pub requests_per_minute: NonZeroU32,
    /// After so long without a word of a call that holds an agent, Exotel is asked about it.
    pub quiet_after: Duration,
}

impl ExotelSettings {
    /// Everything, or `None` when a part is missing; then the settings do not load.
    pub fn access(&self) -> Option<ExotelAccess> {
        let region = self.region.map(Region::hosts);
        Some(ExotelAccess {
            sid: self.sid.clone()?,
            api_key: self.api_key.clone()?,
            api_token: self.api_token.clone()?,
            hosts: self.base_url.as_ref().map(Hosts::at).or(region)?,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            requests_per_minute: self.requests_per_minute,
            quiet_after: self.quiet_after,
        })
    }

    /// Exotel's name of the account.
    pub(super) fn sid(&self) -> Option<&str> {
        self.sid.as_ref().map(AccountSid::as_str)
    }

    /// Takes the secrets from their files. `section` is the section's name, for errors.
    pub(super) fn read_secret_files(&mut self, section: &str) -> Result<(), SettingsError> {
        let secrets = [
            ("api_key", &mut self.api_key, &self.api_key_file),
            ("api_token", &mut self.api_token, &self.api_token_file),
        ];
        for (name, secret, file) in secrets {
            let Some(path) = file else { continue };
            let setting = format!("{section}.{name}");
            secret::only_one(&setting, secret.is_some())?;
            let setting = format!("{setting}_file");
            let lines = secret::lines(&setting, path)?;
            let [line] = lines.as_slice() else {
                let problem = format!("{setting} must name a file with one line");
                return Err(SettingsError::Invalid(vec![problem]));
            };
            *secret = Some(line.clone());
        }
        Ok(())
    }

    /// A sentence for each part that is missing or makes no sense.
    pub(super) fn problems(&self, section: &str) -> Vec<String> {
        let needed = [
            ("sid", self.sid.is_none()),
            ("api_key or api_key_file", self.api_key.is_none()),
            ("api_token or api_token_file", self.api_token.is_none()),
            (
                "region or base_url",
                self.region.is_none() && self.base_url.is_none(),
            ),
        ];
        let missing: Vec<_> = needed
            .iter()
            .filter_map(|(name, is_missing)| is_missing.then_some(*name))
            .collect();
        let mut problems = Vec::new();
        if !missing.is_empty() {
            problems.push(format!("{section} lacks {}", missing.join(", ")));
        }
        if self.region.is_some() && self.base_url.is_some() {
            problems.push(format!("{section} has region and base_url: keep one"));
        }
        let name = |name: &str| format!("{section}.{name}");
        let (timeout, connecting) = (self.timeout, self.connect_timeout);
        problems.extend(out_of_range(&name("timeout_ms"), timeout, 100, 120_000));
        problems.extend(out_of_range(
            &name("connect_timeout_ms"),
            connecting,
            10,
            60_000,
        ));
        let quiet = self.quiet_after.as_secs();
        if !(10..=14_400).contains(&quiet) {
            problems.push(format!(
                "{section}.quiet_after_seconds is {quiet}; it must be from 10 to 14400"
            ));
        }
        if connecting >= timeout {
            problems.push(format!(
                "{section}.connect_timeout_ms must be less than timeout_ms"
            ));
        }
        problems
    }

    /// The secrets with their names.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretString)> {
        let secrets = [("api_key", &self.api_key), ("api_token", &self.api_token)];
        secrets
            .into_iter()
            .filter_map(|(name, secret)| Some((name, secret.as_ref()?)))
    }
}

/// A silence of so long says that nothing will come.
const fn usual_timeout() -> Duration {
    Duration::from_secs(30)
}

const fn usual_connect_timeout() -> Duration {
    Duration::from_secs(5)
}

/// Longer than phones ring, so that something is wrong or somebody talks.
const fn usual_quiet() -> Duration {
    Duration::from_mins(2)
}

fn usual_requests() -> NonZeroU32 {
    REQUESTS_PER_MINUTE
}

fn sid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccountSid>, D::Error> {
    let text = String::deserialize(deserializer)?;
    AccountSid::parse(&text).map(Some).map_err(D::Error::custom)
}

fn base_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BaseUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BaseUrl::parse(&text).map(Some).map_err(D::Error::custom)
}

fn region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Region>, D::Error> {
    value::word(deserializer, &Region::WORDS).map(Some)
}

#[cfg(test)]
mod tests;
