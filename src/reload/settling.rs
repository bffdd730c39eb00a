//! When a change is over. An editor writes in pieces, a copy takes its time, and what is read half-way may even be valid.
//!
//! So a change counts when the same content has been seen twice, with a pause between, or when it has been going on for so long
//! that waiting helps nobody. Plain state, with the moment as an argument.

use std::time::Duration;

use tokio::time::Instant;

use super::glimpse::Glimpse;

/// The pause: longer than an editor takes between two steps, too short for anybody to notice.
const PAUSE: Duration = Duration::from_millis(50);

/// After so long a change is taken as it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// A change that may be going on.
#[derive(Debug, Default)]
pub(super) struct Settling {
    unrest: Option<Unrest>,
}

#[derive(Debug)]
struct Unrest {
    since: Instant,
    look_at: Instant,
    /// What the last look saw.
    seen: Option<Glimpse>,
}

impl Settling {
    /// Something happened in a folder. What, only a look can tell.
    pub(super) fn noticed(&mut self, now: Instant) {
        let unrest = self.unrest.get_or_insert(Unrest {
            since: now,
            look_at: now,
            seen: None,
        });
        let (pause_over, patience_over) = (after(now, PAUSE), after(unrest.since, PATIENCE));
        unrest.look_at = pause_over.min(patience_over.max(now));
    }

    /// When to look; `None` while nothing happens.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.unrest.as_ref().map(|unrest| unrest.look_at)
    }

    /// A look saw this, and the rules were last judged by `judged`. Is it time to judge anew?
    pub(super) fn is_over(&mut self, seen: Glimpse, judged: &Glimpse, now: Instant) -> bool {
        if seen == *judged {
            self.unrest = None;
            return false;
        }
        self.noticed(now);
        let Some(unrest) = &mut self.unrest else {
            return false;
        };
        let is_still = unrest.seen.as_ref() == Some(&seen);
        if is_still || now >= after(unrest.since, PATIENCE) {
            self.unrest = None;
            return true;
        }
        unrest.seen = Some(seen);
        false
    }
}

fn after(moment: Instant, pause: Duration) -> Instant {
    moment.checked_add(pause).unwrap_or(moment)
}

#[cfg(test)]
mod tests;
