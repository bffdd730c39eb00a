//! Until when, by the server's clock, somebody waits for an answer.
//!
//! A command that was sent to a frozen server is carried out when the server thaws, long after its caller was answered
//! otherwise; it would then hold agents for nobody. So each decision says until when it is wanted. The two clocks need
//! not agree: the difference is learnt from the replies.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use super::command::millis;
use crate::clock::Timestamp;

/// Not learnt yet.
const UNKNOWN: i64 = i64::MIN;

/// What is known of the server's clock.
#[derive(Debug)]
pub(super) struct Patience {
    /// How long an answer is waited for.
    lasting: Duration,
    started: Instant,
    /// The server's time less the time since `started`, in milliseconds, too small by a reply's way back.
    difference: AtomicI64,
}

impl Patience {
    pub(super) fn new(lasting: Duration) -> Self {
        Self {
            lasting,
            started: Instant::now(),
            difference: AtomicI64::new(UNKNOWN),
        }
    }

    /// How long an answer is waited for.
    pub(super) fn lasting(&self) -> Duration {
        self.lasting
    }

    /// A reply said what time it is there.
    pub(super) fn learn(&self, server: Timestamp) {
        let difference = server.as_millis().saturating_sub(self.elapsed());
        self.difference.store(difference, Ordering::Relaxed);
    }

    /// The last moment for a command that is sent now, by the server's clock; 0 while that is unknown.
    pub(super) fn not_after(&self) -> i64 {
        let difference = self.difference.load(Ordering::Relaxed);
        if difference == UNKNOWN {
            return 0;
        }
        let lasting = i64::try_from(millis(self.lasting)).unwrap_or(i64::MAX);
        difference
            .saturating_add(self.elapsed())
            .saturating_add(lasting)
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_follows_the_servers_clock_whatever_it_shows() {
        let patience = Patience::new(Duration::from_secs(1));
        assert_eq!(patience.not_after(), 0, "nothing is known yet");
        for millis in [1_795_411_800_000, 5_000, 1_895_411_800_000] {
            patience.learn(Timestamp::from_millis(millis));
            let limit = patience.not_after();
            assert!(
                (millis + 1_000..millis + 60_000).contains(&limit),
                "{limit}"
            );
        }
    }
}
