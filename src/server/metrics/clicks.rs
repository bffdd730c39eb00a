//! Click to call: what became of each request.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::Count;
use crate::outbound::NotStarted;
use crate::telephony::AccountName;

const OUTCOMES: [&str; 7] = [
    "started",
    "not_ready",
    "forbidden",
    "refused",
    "uncertain",
    "failed",
    "invalid",
];

/// The clicks of all accounts.
#[derive(Debug)]
pub(in crate::server) struct ClickCounts(BTreeMap<AccountName, [Count; OUTCOMES.len()]>);

fn place_of(outcome: Result<(), &NotStarted>) -> usize {
    let Err(error) = outcome else {
        return 0;
    };
    match error {
        NotStarted::NotReady(_) => 1,
        NotStarted::Forbidden(_) => 2,
        NotStarted::Refused(_) => 3,
        NotStarted::Uncertain(_) | NotStarted::OutcomeUnknown => 4,
        NotStarted::NotConfigured | NotStarted::Unindexed | NotStarted::Store(_) => 5,
        NotStarted::UnknownAgent
        | NotStarted::UnknownQueue
        | NotStarted::NoVirtualNumber
        | NotStarted::TooLong { .. }
        | NotStarted::InProgress
        | NotStarted::KeyReused => 6,
    }
}

impl ClickCounts {
    /// Of these accounts.
    pub(super) fn of(accounts: impl Iterator<Item = AccountName>) -> Self {
        Self(accounts.map(|name| (name, Default::default())).collect())
    }

    /// One more request for a call.
    pub(in crate::server) fn count(&self, account: &AccountName, outcome: Result<(), &NotStarted>) {
        let counts = self.0.get(account);
        if let Some(counted) = counts.and_then(|counts| counts.get(place_of(outcome))) {
            counted.add_one();
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut clicks = encoder.encode_descriptor(
            "clicks",
            "Requests for calls that we start; invalid are those that could not be carried out as asked",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.0 {
            for (outcome, count) in OUTCOMES.iter().zip(counts) {
                clicks
                    .encode_family(&[("account", account.as_str()), ("outcome", outcome)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        Ok(())
    }
}
