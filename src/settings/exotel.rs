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
        })
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
mod tests {
    use std::collections::HashMap;

    use secrecy::ExposeSecret;

    use crate::settings::{Settings, reference};

    fn load(section: &str) -> Result<Settings, String> {
        let toml = format!("[accounts.default.exotel]\n{section}");
        Settings::from_toml(&toml).map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    }

    const WHOLE: &str = "sid = 'acme'\napi_key = 'k1'\napi_token = 't1'\n";

    #[test]
    fn a_whole_section_gives_access_with_the_usual_limits() {
        let settings = load(&format!("{WHOLE}region = 'mumbai'")).unwrap();
        let account = settings.accounts.values().next().unwrap();
        let access = account.exotel.as_ref().unwrap().access().unwrap();
        assert_eq!(access.api_token.expose_secret(), "t1");
        assert_eq!(access.hosts.v3.as_str(), "https://ccm-api.in.exotel.com");
        let meaning = |name: &str| {
            let name = format!("accounts.default.exotel.{name}");
            reference::ALL
                .iter()
                .find(|setting| setting.name == name)
                .unwrap()
                .meaning
        };
        for (name, usual) in [
            ("timeout_ms", access.timeout.as_millis()),
            ("connect_timeout_ms", access.connect_timeout.as_millis()),
            (
                "requests_per_minute",
                access.requests_per_minute.get().into(),
            ),
        ] {
            assert!(
                meaning(name).ends_with(&format!("; {usual} without it")),
                "{name}"
            );
        }
        assert!(!format!("{settings:?}{access:?}").contains("t1"));
    }

    #[test]
    fn an_account_without_the_section_starts_no_calls() {
        let settings = Settings::from_toml("[accounts.default]\nkeys = ['k']").unwrap();
        assert!(
            settings
                .accounts
                .values()
                .all(|account| account.exotel.is_none())
        );
    }

    #[test]
    fn secrets_come_from_files_with_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let section = format!(
            "sid = 'acme'\napi_key = 'k'\nregion = 'singapore'\napi_token_file = '{}'",
            path.display()
        );
        std::fs::write(&path, "# of May\nfrom-a-file\n").unwrap();
        let settings = load(&section).unwrap();
        let account = settings.accounts.values().next().unwrap();
        let access = account.exotel.as_ref().unwrap().access().unwrap();
        assert_eq!(access.api_token.expose_secret(), "from-a-file");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        insta::assert_snapshot!(load(&section).unwrap_err(), @r"
        the settings make no sense:
          accounts.default.exotel.api_token_file must name a file with one line
        ");
    }

    #[test]
    fn what_is_missing_or_wrong_is_said_by_name() {
        let complaint = |section: &str| load(section).unwrap_err();
        insta::assert_snapshot!(complaint("sid = 'acme'\ntimeout_ms = 1\nconnect_timeout_ms = 50"), @"");
        insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'mumbai'\nbase_url = 'http://127.0.0.1:1'")), @"");
        insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'delhi'")), @"");
        insta::assert_snapshot!(complaint(&format!("{WHOLE}base_url = 'https://k1:hush@x.example.com'")), @"");
        insta::assert_snapshot!(complaint(&format!("{WHOLE}api_key_file = 'key'\nregion = 'mumbai'")), @"");
        insta::assert_snapshot!(complaint("sid = 'a/b'"), @"");
        insta::assert_snapshot!(complaint("subdomain = 'x'"), @"");
        insta::assert_snapshot!(complaint(&format!("{WHOLE}region = 'mumbai'\nrequests_per_minute = 0")), @"");
    }

    #[test]
    fn credentials_from_an_example_are_named() {
        let section = "sid = 'a'\nregion = 'mumbai'\napi_key = 'change-me'\napi_token = 'fine'";
        let placeholders = load(section).unwrap().placeholders();
        assert_eq!(placeholders, ["accounts.default.exotel.api_key"]);
    }

    #[test]
    fn the_environment_sets_them_too() {
        let variables = [
            ("SID", "acme"),
            ("API_KEY", "1"),
            ("API_TOKEN", "2"),
            ("REGION", "mumbai"),
            ("REQUESTS_PER_MINUTE", "60"),
        ];
        let environment: HashMap<_, _> = variables
            .iter()
            .map(|(name, value)| {
                (
                    format!("RINGMASTER__ACCOUNTS__DEFAULT__EXOTEL__{name}"),
                    (*value).to_owned(),
                )
            })
            .collect();
        let file = config::File::from_str("", config::FileFormat::Toml);
        let settings = Settings::from_sources(file, Some(environment)).unwrap();
        let account = settings.accounts.values().next().unwrap();
        let access = account.exotel.as_ref().unwrap().access().unwrap();
        assert_eq!(access.requests_per_minute.get(), 60);
    }
}
