//! How often is looked for those who watch: as often as somebody can see something change, but so seldom that callers, who
//! need the same store and the same processors, hardly ever meet a look.

use std::time::Duration;

/// As often as this, when looking costs next to nothing.
const EVERY: Duration = Duration::from_millis(250);
/// A look is followed by so many times as long as it took: of two hundred callers one comes in a look.
const REST: u32 = 199;

/// How long is rested after a look that took so long; never longer than `longest`.
pub(in crate::server) fn rest(took: Duration, longest: Duration) -> Duration {
    took.saturating_mul(REST).clamp(EVERY, longest.max(EVERY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_takes_long_is_taken_more_seldom_but_is_taken() {
        let longest = Duration::from_secs(5);
        let after = |millis| rest(Duration::from_millis(millis), longest).as_millis();
        assert_eq!(after(0), 250, "not more often than somebody can see");
        assert_eq!(after(1), 250);
        assert_eq!(after(4), 796);
        assert_eq!(after(20), 3_980);
        assert_eq!(after(26), 5_000, "nor more seldom than somebody will wait");
        assert_eq!(rest(Duration::MAX, longest), longest);
        assert_eq!(rest(Duration::MAX, Duration::ZERO), EVERY);
    }
}
