//! The section about what is kept of what was decided.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::value::{self, out_of_range};

/// Ninety days: more is for a database, not for the memory of a Redis.
const MOST_KEPT_MS: u64 = 90 * 24 * 3_600_000;

/// What is kept, and how long.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistorySettings {
    /// For how long; zero for not at all.
    #[serde(deserialize_with = "value::length")]
    pub kept: Duration,
    /// How many decisions of an account.
    pub decisions: NonZeroU32,
    /// How much of callers' numbers.
    #[serde(deserialize_with = "callers")]
    pub callers: CallersInHistory,
    /// How many may watch the decisions of an account at the same time, at this instance.
    pub viewers: NonZeroU32,
}

/// How much of callers' numbers is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallersInHistory {
    /// As in log lines.
    Masked,
    /// Everything.
    Full,
}

impl HistorySettings {
    /// A sentence when it is to be kept too long, or for no time worth the work.
    pub(super) fn problem(&self) -> Option<String> {
        if self.kept.is_zero() {
            return None;
        }
        let problem = out_of_range("history.kept", self.kept, 60_000, MOST_KEPT_MS)?;
        Some(format!("{problem}, or 0 for nothing to be kept"))
    }
}

fn callers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallersInHistory, D::Error> {
    value::word(
        deserializer,
        &[
            ("masked", CallersInHistory::Masked),
            ("full", CallersInHistory::Full),
        ],
    )
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn kept(text: &str) -> Result<u64, String> {
        let settings = Settings::from_toml(&format!("history = {{ kept = {text} }}"));
        let settings = settings.map_err(|error| format!("{:#}", anyhow::Error::from(error)));
        settings.map(|settings| settings.history.kept.as_secs())
    }

    #[test]
    fn how_long_is_a_length_of_time_or_nothing() {
        assert_eq!(kept("'3d'"), Ok(3 * 86_400));
        assert_eq!(kept("'0'"), Ok(0));
        assert_eq!(kept("0"), Ok(0));
        let too_short = kept("'1s'").unwrap_err();
        assert!(
            too_short.contains("history.kept must be between 1m and 90d, or 0"),
            "{too_short}"
        );
        assert!(kept("'91d'").is_err());
        assert!(kept("72").unwrap_err().contains("needs a unit"));
    }
}
