//! The section about what is kept of the past: what was decided, and what agents were.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::value::{self, out_of_range};

/// Ninety days: more is for a database, not for the memory of a Redis.
const MOST_KEPT_MS: u64 = 90 * 24 * 3_600_000;
/// Less is nothing that anybody could still ask about.
const LEAST_KEPT_MS: u64 = 60_000;
/// Redis drops them by the hundred; a million of one agent are some 100 MB.
const CHANGES_PER_AGENT: RangeInclusive<u32> = 100..=1_000_000;

/// What is kept, and how long.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistorySettings {
    /// For how long; zero for not at all.
    #[serde(deserialize_with = "value::duration")]
    pub kept: Duration,
    /// About so many changes of each agent at most.
    pub changes_per_agent: NonZeroU32,
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
    /// A sentence for each value out of range.
    pub(super) fn problems(&self) -> Vec<String> {
        let kept = Some(self.kept).filter(|kept| !kept.is_zero());
        let kept =
            kept.and_then(|kept| out_of_range("history.kept", kept, LEAST_KEPT_MS, MOST_KEPT_MS));
        let kept = kept.map(|problem| format!("{problem}, or 0 to keep nothing"));
        let is_in_range = CHANGES_PER_AGENT.contains(&self.changes_per_agent.get());
        let changes = (!is_in_range).then(|| {
            let (least, most) = (CHANGES_PER_AGENT.start(), CHANGES_PER_AGENT.end());
            format!("history.changes_per_agent must be between {least} and {most}")
        });
        kept.into_iter().chain(changes).collect()
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
