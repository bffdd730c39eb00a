//! The account's requests to Exotel, counted in the store: all instances together keep within what Exotel allows.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::presence::{Quota, Store};
use crate::telephony::AccountName;
use crate::voice::{NotTaken, RateLimit};

/// A limit a minute, exact over every minute, whichever store keeps the count.
#[derive(Debug)]
pub struct RequestRate {
    store: Arc<dyn Store>,
    quota: Quota,
}

impl RequestRate {
    /// At most so many requests within any minute.
    pub fn a_minute(store: Arc<dyn Store>, most: NonZeroU32) -> Self {
        let quota = Quota {
            name: "exotel-requests",
            most,
            window: Duration::from_mins(1),
        };
        Self { store, quota }
    }
}

#[async_trait]
impl RateLimit for RequestRate {
    async fn take(&self, account: &AccountName) -> Result<(), NotTaken> {
        match self.store.take(account, self.quota).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(NotTaken::Full(wait)),
            Err(error) => Err(NotTaken::Uncounted(Box::new(error))),
        }
    }
}
