//! What there was to see, in numbers.

use std::fmt;
use std::time::Duration;

use super::dial::Ending;
use super::script::Mishap;

/// Counts of a soak.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How each call ended; `None` for one that nobody was dialled for.
    pub(super) calls: Vec<Option<Ending>>,
    pub(super) fetches: usize,
    /// Fetches that came again.
    pub(super) repeated: usize,
    /// Destinations in answers.
    pub(super) offers: usize,
    /// Calls that ended because an answer came twice.
    pub(super) same: usize,
    pub(super) reports: usize,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) late: usize,
    pub(super) kills: usize,
    pub(super) retries: usize,
    pub(super) slow: usize,
    pub(super) slowest: Duration,
    pub(super) longest_hold: Duration,
    pub(super) all_ready_after: Duration,
    pub(super) keys: usize,
    pub(super) took: Duration,
}

impl Tally {
    pub(super) fn report(&mut self, mishap: Mishap) {
        self.reports += 1;
        match mishap {
            Mishap::None => {}
            Mishap::Lost => self.lost += 1,
            Mishap::Doubled(_) => self.doubled += 1,
            Mishap::Late(_) => self.late += 1,
        }
    }

    /// Calls that ended so.
    pub(super) fn ended(&self, how: impl Fn(Option<Ending>) -> bool) -> usize {
        self.calls.iter().filter(|ending| how(**ending)).count()
    }

    pub(super) fn answered(&self) -> usize {
        self.ended(|ending| matches!(ending, Some(Ending::Answered(_))))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = |wanted: Option<Ending>| self.ended(|ending| ending == wanted);
        writeln!(
            f,
            "{} calls in {:.1?}: {} answered, {} missed, {} declined, {} failed, {} abandoned, {} with nobody free",
            self.calls.len(),
            self.took,
            self.answered(),
            is(Some(Ending::NoAnswer)),
            is(Some(Ending::Declined)),
            is(Some(Ending::Failed)),
            is(Some(Ending::Cancelled)),
            is(None),
        )?;
        writeln!(
            f,
            "{} fetches and {} once more, {} destinations; {} calls ended by an answer that came twice",
            self.fetches, self.repeated, self.offers, self.same
        )?;
        writeln!(
            f,
            "{} reports: {} lost, {} doubled, {} reordered",
            self.reports, self.lost, self.doubled, self.late
        )?;
        writeln!(
            f,
            "{} kills, {} retries, {} slow answers, the slowest {:.1?}",
            self.kills, self.retries, self.slow, self.slowest
        )?;
        write!(
            f,
            "longest certain hold {:.1?}; all agents ready {:.1?} after the last report; {} keys",
            self.longest_hold, self.all_ready_after, self.keys
        )
    }
}
