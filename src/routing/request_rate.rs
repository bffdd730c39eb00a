//! The account's requests to Exotel, counted in the store: all instances together keep within what Exotel allows.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::presence::{Quota, Store};
use crate::telephony::AccountName;
use crate::voice::{Effect, NotTaken, RateLimit};

/// A limit a minute, exact over every minute, whichever store keeps the count. Looks stop at three quarters of it (150 of
/// Exotel's 200): whoever clicks is not kept from calling by those who look at pages. Checks stop at half: whoever looks at
/// a page is not kept from it by the search for quiet calls, however many instances search.
#[derive(Debug)]
pub struct RequestRate {
    store: Arc<dyn Store>,
    calls: Quota,
    looks: Quota,
    checks: Quota,
}

impl RequestRate {
    /// At most so many requests within any minute.
    pub fn a_minute(store: Arc<dyn Store>, most: NonZeroU32) -> Self {
        // One count of all requests, with a bar for looks below that for calls, and one for checks below both.
        let quota = |most| Quota {
            name: "exotel-requests",
            most,
            window: Duration::from_mins(1),
        };
        Self {
            store,
            calls: quota(most),
            looks: quota(three_quarters(most)),
            checks: quota(half(most)),
        }
    }
}

/// At least one.
fn three_quarters(most: NonZeroU32) -> NonZeroU32 {
    let quarter = most.get().div_ceil(4);
    NonZeroU32::new(most.get().saturating_sub(quarter)).unwrap_or(NonZeroU32::MIN)
}

/// At least one.
fn half(most: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(most.get() / 2).unwrap_or(NonZeroU32::MIN)
}

#[async_trait]
impl RateLimit for RequestRate {
    async fn take(&self, account: &AccountName, effect: Effect) -> Result<(), NotTaken> {
        let quota = match effect {
            Effect::Places => self.calls,
            Effect::Looks => self.looks,
            Effect::Checks => self.checks,
        };
        match self.store.take(account, quota).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => Err(NotTaken::Full(wait)),
            Err(error) => Err(NotTaken::Uncounted(Box::new(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_never_none_and_never_more_than_the_whole() {
        let of = |most| three_quarters(NonZeroU32::new(most).unwrap()).get();
        assert_eq!(
            [1, 2, 3, 4, 5, 60, 200, u32::MAX].map(of),
            [1, 1, 2, 3, 3, 45, 150, 3_221_225_471]
        );
        let of = |most| half(NonZeroU32::new(most).unwrap()).get();
        assert_eq!([1, 2, 3, 5, 200].map(of), [1, 1, 1, 2, 100]);
    }
}
