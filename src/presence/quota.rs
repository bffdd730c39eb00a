//! How often something may be done, counted for all instances together.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::clock::Timestamp;

/// At most so many times within any stretch of time as long as the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What is counted; each name has a count of its own in each account. A part of the key: small letters.
    pub name: &'static str,
    /// How many times.
    pub most: NonZeroU32,
    /// The length of the window, in whole milliseconds, at least one.
    pub window: Duration,
}

/// When something was done, oldest first, as far as it still counts.
#[derive(Debug, Default)]
pub(super) struct Taken(VecDeque<Timestamp>);

impl Taken {
    /// Counts one more, or says how long it is until there is room. What is refused is not counted.
    pub(super) fn take(&mut self, quota: Quota, now: Timestamp) -> Option<Duration> {
        while self
            .0
            .front()
            .is_some_and(|at| at.plus(quota.window) <= now)
        {
            self.0.pop_front();
        }
        let most = usize::try_from(quota.most.get()).unwrap_or(usize::MAX);
        let bar = self.0.len().checked_sub(most);
        if let Some(bar) = bar.and_then(|index| self.0.get(index)) {
            let wait = bar.plus(quota.window).since(now);
            return Some(wait.min(quota.window).max(Duration::from_millis(1)));
        }
        self.0.push_back(now);
        None
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test whose numbers are too large fails"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_stretch_of_time_as_long_as_the_window_has_more_than_the_most(
            most in 1_u32..6,
            pauses in proptest::collection::vec(0_i64..40, 1..80),
        ) {
            let most = NonZeroU32::new(most).unwrap();
            let quota = Quota { name: "test", most, window: Duration::from_millis(100) };
            let (mut taken, mut now, mut granted) = (Taken::default(), 1_000, Vec::new());
            for pause in pauses {
                now += pause;
                match taken.take(quota, Timestamp::from_millis(now)) {
                    None => granted.push(now),
                    Some(wait) => {
                        let full = granted.iter().filter(|at| **at + 100 > now).count();
                        prop_assert_eq!(full, usize::try_from(most.get()).unwrap(), "refused with room");
                        now += i64::try_from(wait.as_millis()).unwrap();
                        prop_assert_eq!(taken.take(quota, Timestamp::from_millis(now)), None);
                        granted.push(now);
                    }
                }
            }
            for start in &granted {
                let within = granted.iter().filter(|at| (*start..start + 100).contains(at)).count();
                prop_assert!(within <= usize::try_from(most.get()).unwrap());
            }
        }
    }
}
