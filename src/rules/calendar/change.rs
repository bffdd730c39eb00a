//! When hours open or close next.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

use super::{Calendar, LocalMoment};
use crate::clock::Timestamp;

/// How many days ahead anybody wants to know.
const DAYS_AHEAD: u16 = 366;

impl Calendar {
    /// The first moment after this one at which the hours open or close. `None`: not within the next 366 days.
    ///
    /// It looks at every day until then: fine for an explanation, too slow for a decision.
    pub fn next_change(&self, moment: Timestamp) -> Option<Timestamp> {
        let is_open = self.is_open(moment);
        self.candidates(moment)
            .range(moment.plus(Duration::from_millis(1))..)
            .find(|candidate| self.is_open(**candidate) != is_open)
            .copied()
    }

    /// Every moment of that time at which something could change: where spans begin and end, and where the clocks are changed.
    fn candidates(&self, moment: Timestamp) -> BTreeSet<Timestamp> {
        let last = moment.plus(Duration::from_secs(u64::from(DAYS_AHEAD) * 86_400));
        let clock_changes = self.zone.following(moment.to_jiff());
        let mut candidates: BTreeSet<_> = clock_changes
            .map(|change| change.timestamp().into())
            .take_while(|change| *change <= last)
            .collect();
        let today = LocalMoment::new(moment, &self.zone).date;
        let first = today.yesterday().unwrap_or(today);
        let days = first
            .series(jiff::Span::new().days(1))
            .take(usize::from(DAYS_AHEAD).saturating_add(2));
        for date in days {
            for span in self.begins_on(date) {
                for minute in [span.start(), span.end()] {
                    let after = SignedDuration::from_mins(minute.into());
                    let local = date.at(0, 0, 0, 0).checked_add(after);
                    candidates.extend(local.into_iter().flat_map(|local| self.moments(local)));
                }
            }
        }
        candidates
    }

    /// The moments at which the wall clock shows this: none in an hour that is skipped, two in one that is repeated.
    fn moments(&self, local: DateTime) -> impl Iterator<Item = Timestamp> {
        let offsets = match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        };
        let moment = move |offset: jiff::tz::Offset| offset.to_timestamp(local).ok();
        offsets
            .into_iter()
            .flatten()
            .filter_map(moment)
            .map(Timestamp::from)
    }
}
