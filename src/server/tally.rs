//! What was not let in, counted for whoever measures.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No key, a wrong one, or of an account that does not exist.
    Key,
    /// From a network that the account does not list.
    Source,
    /// No token, or an unknown one.
    Token,
    /// A token of another account.
    Account,
    /// A role that does not reach so far.
    Role,
    /// One wrong attempt too many from one source.
    Attempts,
    /// One request too many of a token or an account.
    Rate,
}

impl Refused {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Key,
        Self::Source,
        Self::Token,
        Self::Account,
        Self::Role,
        Self::Attempts,
        Self::Rate,
    ];

    /// A short stable word for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Source => "source",
            Self::Token => "token",
            Self::Account => "account",
            Self::Role => "role",
            Self::Attempts => "attempts",
            Self::Rate => "rate",
        }
    }
}

/// How often.
#[derive(Debug, Default)]
pub struct Tally {
    key: AtomicU64,
    source: AtomicU64,
    token: AtomicU64,
    account: AtomicU64,
    role: AtomicU64,
    attempts: AtomicU64,
    rate: AtomicU64,
    reports_dropped: AtomicU64,
}

impl Tally {
    /// Requests that were refused for this reason.
    pub fn refused(&self, why: Refused) -> u64 {
        self.counter(why).load(Ordering::Relaxed)
    }

    /// Reports of Exotel that were dropped, because the account sent too many.
    pub fn reports_dropped(&self) -> u64 {
        self.reports_dropped.load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self, why: Refused) {
        self.counter(why).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_report(&self) {
        self.reports_dropped.fetch_add(1, Ordering::Relaxed);
    }

    fn counter(&self, why: Refused) -> &AtomicU64 {
        match why {
            Refused::Key => &self.key,
            Refused::Source => &self.source,
            Refused::Token => &self.token,
            Refused::Account => &self.account,
            Refused::Role => &self.role,
            Refused::Attempts => &self.attempts,
            Refused::Rate => &self.rate,
        }
    }
}
