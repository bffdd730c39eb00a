//! The account's requests a minute ([`crate::exotel::voice::REQUESTS_PER_MINUTE`]), which all instances share.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::Effect;
use crate::telephony::AccountName;

/// Whoever counts the requests. Asked before each of them, also before one that is sent again.
#[async_trait]
pub trait RateLimit: Send + Sync + fmt::Debug {
    /// Counts one request of the account, or says why it must not be sent. Looks must leave room for making calls, and
    /// checks for both.
    async fn take(&self, account: &AccountName, effect: Effect) -> Result<(), NotTaken>;
}

/// Why a request must not be sent.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// There are too many; after this time there is room for one.
    #[error("the account's requests a minute are used up; there is room in {0:?}")]
    Full(Duration),
    /// Nobody could count. A request that nobody counted could cost others theirs.
    #[error("the requests of the account cannot be counted")]
    Uncounted(#[source] Box<dyn std::error::Error + Send + Sync>),
}
