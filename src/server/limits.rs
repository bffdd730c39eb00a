//! How much is taken on: rates that are counted in this process, each with a burst of a second's or a minute's worth.
//!
//! Whoever has a right key or token is measured by that alone, never by their address: what strangers send from the same
//! one takes nothing from them. The memory of it all is fixed, whoever comes.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};

use super::source::owner;
use crate::settings::LimitSettings;

/// So many counters the strangers of all addresses share, each address always the same one. Two addresses may have one together:
/// they are told less often that they are wrong, and lose nothing else.
const STRANGERS: usize = 4_096;

/// So much may be done in a time.
pub(super) struct Rate(DefaultDirectRateLimiter);

impl Rate {
    pub(super) fn a_second(most: NonZeroU32) -> Self {
        Self(DefaultDirectRateLimiter::direct(Quota::per_second(most)))
    }

    fn a_minute(most: NonZeroU32) -> Self {
        Self(DefaultDirectRateLimiter::direct(Quota::per_minute(most)))
    }

    /// Counts one more, if it may be.
    pub(super) fn allows(&self) -> bool {
        self.0.check().is_ok()
    }

    /// The same; else after how long there is room.
    pub(super) fn take(&self) -> Result<(), Duration> {
        let refused =
            |until: governor::NotUntil<_>| until.wait_time_from(DefaultClock::default().now());
        self.0.check().map_err(refused)
    }
}

/// How much of one account is taken on.
pub(super) struct AccountRates {
    /// Fetches that are decided.
    pub(super) connect: Rate,
    /// Reports that are taken in.
    pub(super) events: Rate,
    /// Requests to the API.
    pub(super) api: Rate,
    /// How often the log says that reports are dropped.
    pub(super) warnings: Rate,
}

impl AccountRates {
    pub(super) fn new(limits: &LimitSettings) -> Self {
        Self {
            connect: Rate::a_second(limits.connect_per_second),
            events: Rate::a_second(limits.events_per_second),
            api: Rate::a_second(limits.api_account_per_second),
            warnings: Rate::a_minute(NonZeroU32::MIN),
        }
    }
}

/// How often strangers are told that they are wrong.
pub(super) struct Strangers {
    /// Nobody outside knows whose counter is whose.
    hasher: RandomState,
    rates: Vec<Rate>,
}

impl Strangers {
    pub(super) fn new(limits: &LimitSettings) -> Self {
        let rate = |_| Rate::a_minute(limits.refused_per_minute);
        Self {
            hasher: RandomState::new(),
            rates: (0..STRANGERS).map(rate).collect(),
        }
    }

    /// Counts a wrong attempt; else after how long the next one is answered. All whose address is unknown share one.
    pub(super) fn take(&self, source: Option<IpAddr>) -> Result<(), Duration> {
        let hash = self.hasher.hash_one(source.map(owner));
        let counters = u64::try_from(self.rates.len()).unwrap_or(u64::MAX);
        let index = hash
            .checked_rem(counters)
            .and_then(|index| usize::try_from(index).ok());
        let rate = index.and_then(|index| self.rates.get(index));
        rate.map_or(Ok(()), Rate::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn limits() -> LimitSettings {
        let limits = "limits = { refused_per_minute = 2, connect_per_second = 3 }";
        Settings::from_toml(limits).unwrap().limits
    }

    #[test]
    fn a_rate_lets_its_burst_through_and_says_how_long_to_wait() {
        let rate = AccountRates::new(&limits()).connect;
        let allowed = (0..50).filter(|_| rate.allows()).count();
        // A slow machine may see one or two more come free in the meantime.
        assert!((3..10).contains(&allowed), "{allowed}");
        assert!(
            rate.take()
                .is_err_and(|wait| wait <= Duration::from_millis(334))
        );
    }

    #[test]
    fn each_stranger_is_counted_alone_and_a_network_of_one_owner_together() {
        let strangers = Strangers::new(&limits());
        let take = |text: &str| strangers.take(text.parse().ok()).is_ok();
        assert!(take("2001:db8::1") && take("2001:db8::2") && !take("2001:db8::3"));
        assert!(take("") && take("") && !take(""), "of an unknown address");
        let others = (0..64_u8).filter(|last| take(&format!("192.0.2.{last}")));
        assert!(
            others.count() > 60,
            "only few share a counter with somebody else"
        );
    }

    #[test]
    fn however_many_come_the_memory_is_the_same() {
        let strangers = Strangers::new(&limits());
        for address in 0..100_000_u32 {
            let _counted = strangers.take(Some(IpAddr::V4(address.into())));
        }
        assert_eq!(strangers.rates.len(), STRANGERS);
    }
}
