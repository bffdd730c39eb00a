//! Whether the machine lets anybody run at all. Where more is at work than there are cores, everything may stand still for
//! a moment; that is no answer that was late.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use crate::soak::ledger::Moment;

/// How often a thread that does nothing else looks at its watch.
const EVERY: Duration = Duration::from_millis(10);
/// So late it is now and then on a machine that is well.
const USUAL: Duration = Duration::from_millis(50);

/// From when to when the machine stood still.
type Stall = (Moment, Moment);

/// A thread that looks at its watch until this is dropped.
pub(super) struct Watch {
    stalls: Arc<Mutex<Vec<Stall>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Moments are counted from this one.
    pub(super) fn start(began: Instant) -> Self {
        let (stalls, is_over) = (Arc::default(), Arc::default());
        let (seen, stop): (Arc<Mutex<Vec<Stall>>>, Arc<AtomicBool>) =
            (Arc::clone(&stalls), Arc::clone(&is_over));
        let look = move || {
            let mut last = began.elapsed();
            while !stop.load(Ordering::Relaxed) {
                sleep(EVERY);
                let now = began.elapsed();
                if now > last + EVERY + USUAL {
                    seen.lock().unwrap().push((last + EVERY, now));
                }
                last = now;
            }
        };
        Self {
            stalls,
            is_over,
            thread: Some(spawn(look)),
        }
    }

    pub(super) fn stalls(&self) -> Vec<Stall> {
        self.stalls.lock().unwrap().clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _panicked = self.thread.take().map(JoinHandle::join);
    }
}

/// How much of the time between two moments was lost to stalls.
pub(super) fn lost_to(stalls: &[Stall], (from, to): (Moment, Moment)) -> Duration {
    let within = |(began, ended): &Stall| (*ended).min(to).saturating_sub((*began).max(from));
    stalls.iter().map(within).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_is_lost() {
        let seconds = Duration::from_secs;
        let stalls = [(seconds(1), seconds(3)), (seconds(5), seconds(6))];
        let lost = |from, to| lost_to(&stalls, (seconds(from), seconds(to)));
        assert_eq!(lost(0, 1), seconds(0));
        assert_eq!(lost(2, 9), seconds(2));
        assert_eq!(lost(3, 5), seconds(0));
    }
}
