//! How long the parts of a decision take. It may stop in the middle: at the deadline nobody waits for the store any more.

use std::time::Duration;

use tokio::time::Instant;

use super::decision::{Part, Timing};

/// Runs for one part at a time.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    timing: Timing,
    running: Option<(Stage, Instant)>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Matching,
    Store,
}

impl Stopwatch {
    /// From now on the rule is looked for.
    pub(super) fn matches(&mut self) {
        self.go_on(Some(Stage::Matching), Instant::now());
    }

    /// From now on the store is waited for.
    pub(super) fn asks(&mut self) {
        self.go_on(Some(Stage::Store), Instant::now());
    }

    /// Nothing goes on that is timed.
    pub(super) fn stops(&mut self) {
        self.go_on(None, Instant::now());
    }

    /// What was measured, until now.
    pub(super) fn timing(mut self) -> Timing {
        if self.running.is_some() {
            self.stops();
        }
        self.timing
    }

    fn go_on(&mut self, stage: Option<Stage>, now: Instant) {
        if let Some((stage, began)) = self.running {
            let total = match stage {
                Stage::Matching => &mut self.timing.matching,
                Stage::Store => &mut self.timing.store,
            };
            let took = Duration::ZERO;
            let part = total.get_or_insert(Part { began, took });
            let more = now.saturating_duration_since(began);
            part.took = part.took.saturating_add(more);
        }
        self.running = stage.map(|stage| (stage, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_come_again_are_added_up_and_what_lies_between_is_not() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut watch = Stopwatch::default();
        assert_eq!(Stopwatch::default().timing(), Timing::default());
        watch.go_on(Some(Stage::Matching), at(0));
        watch.go_on(Some(Stage::Store), at(2));
        watch.go_on(None, at(32));
        watch.go_on(Some(Stage::Matching), at(532));
        watch.go_on(Some(Stage::Store), at(533));
        watch.go_on(None, at(603));
        let expected = Timing {
            matching: Some(Part {
                began: at(0),
                took: Duration::from_millis(3),
            }),
            store: Some(Part {
                began: at(2),
                took: Duration::from_millis(100),
            }),
        };
        assert_eq!(watch.timing(), expected);
    }

    #[test]
    fn what_is_cut_short_counts_as_far_as_it_came() {
        let mut watch = Stopwatch::default();
        watch.asks();
        let timing = watch.timing();
        assert!(timing.store.is_some());
        assert_eq!(timing.matching, None);
    }
}
