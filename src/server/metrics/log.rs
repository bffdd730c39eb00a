//! The log of decisions: what is written down, what is lost, and who watches.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::Count;
use crate::telephony::AccountName;

/// The logs of all accounts.
#[derive(Debug)]
pub(in crate::server) struct LogCounts(BTreeMap<AccountName, OfAccount>);

#[derive(Debug, Default)]
struct OfAccount {
    written: Count,
    dropped: Count,
    viewers: AtomicUsize,
}

fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl LogCounts {
    /// Of these accounts.
    pub(super) fn of(accounts: impl Iterator<Item = AccountName>) -> Self {
        Self(accounts.map(|name| (name, OfAccount::default())).collect())
    }

    /// So many more entries are written down.
    pub(in crate::server) fn written(&self, account: &AccountName, entries: usize) {
        if let Some(counts) = self.0.get(account) {
            counts.written.add(many(entries));
        }
    }

    /// So many more are lost.
    pub(in crate::server) fn dropped(&self, account: &AccountName, entries: usize) {
        if let Some(counts) = self.0.get(account) {
            counts.dropped.add(many(entries));
        }
    }

    /// How many are lost, all together.
    pub(in crate::server) fn lost(&self) -> u64 {
        self.0.values().map(|counts| counts.dropped.get()).sum()
    }

    /// So many watch.
    pub(in crate::server) fn viewers(&self, account: &AccountName, viewers: usize) {
        if let Some(counts) = self.0.get(account) {
            counts.viewers.store(viewers, Ordering::Relaxed);
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut entries = encoder.encode_descriptor(
            "log_entries",
            "Entries of the decision log; dropped are those that were lost before they were written",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.0 {
            for (result, count) in [("written", &counts.written), ("dropped", &counts.dropped)] {
                entries
                    .encode_family(&[("account", account.as_str()), ("result", result)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        let mut viewers = encoder.encode_descriptor(
            "log_viewers",
            "Who watch the decisions of an account live at this instance",
            None,
            MetricType::Gauge,
        )?;
        for (account, counts) in &self.0 {
            let now = i64::try_from(counts.viewers.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
            viewers
                .encode_family(&[("account", account.as_str())])?
                .encode_gauge(&now)?;
        }
        Ok(())
    }
}
