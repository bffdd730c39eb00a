//! How things stand, for whoever asks at any moment: readiness and metrics are taken from the same value.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::account::Verdict;
use crate::clock::Timestamp;
use crate::rules::{Findings, RulesVersion};
use crate::telephony::AccountName;

/// How an account's file stands to the rules in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The file is what is in force.
    Current,
    /// The file can't be used. What was in force before it still is.
    Refused,
    /// The file is gone. What was in force before still is.
    Missing,
}

impl Standing {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Current, Self::Refused, Self::Missing];

    /// A short stable word for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Refused => "refused",
            Self::Missing => "missing",
        }
    }
}

/// How often reading an account's file again came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Other rules came into force, or the file is again what is in force.
    pub loaded: u64,
    /// Somebody asked, and nothing had changed.
    pub unchanged: u64,
    /// The file could not be used.
    pub refused: u64,
    /// The file was gone.
    pub missing: u64,
}

impl Counts {
    pub(super) fn count(&mut self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::Loaded | Verdict::Restored => &mut self.loaded,
            Verdict::Unchanged => &mut self.unchanged,
            Verdict::Refused => &mut self.refused,
            Verdict::Missing => &mut self.missing,
        };
        *counter = counter.saturating_add(1);
    }

    /// Each with its short stable word.
    pub fn by_result(&self) -> [(&'static str, u64); 4] {
        [
            ("loaded", self.loaded),
            ("unchanged", self.unchanged),
            ("refused", self.refused),
            ("missing", self.missing),
        ]
    }
}

/// The rules of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// The version in force and since when. `None`: no good file was ever seen.
    pub in_force: Option<(RulesVersion, Timestamp)>,
    /// How the file stands to it.
    pub standing: Standing,
    /// What was found in the file when it was last read, or in rules that are no file's.
    pub findings: Arc<Findings>,
    /// What came of the reloads since the start.
    pub reloads: Counts,
}

/// The rules of all accounts that have, or had, a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesStatus {
    /// By account.
    pub accounts: BTreeMap<AccountName, AccountStatus>,
    /// Files that look like rules but belong to no account.
    pub strays: usize,
}

impl RulesStatus {
    /// How many accounts' files stand like this.
    pub fn count(&self, standing: Standing) -> usize {
        let accounts = self.accounts.values();
        accounts
            .filter(|account| account.standing == standing)
            .count()
    }
}

/// Where the present status hangs.
#[derive(Debug, Default)]
pub struct StatusBoard(ArcSwap<RulesStatus>);

impl StatusBoard {
    /// A board that shows this.
    pub(super) fn new(status: RulesStatus) -> Self {
        Self(ArcSwap::from_pointee(status))
    }

    pub(super) fn show(&self, status: RulesStatus) {
        self.0.store(Arc::new(status));
    }

    /// How things stand now.
    pub fn status(&self) -> Arc<RulesStatus> {
        self.0.load_full()
    }
}
