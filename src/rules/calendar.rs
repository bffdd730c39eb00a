//! Opening hours: which moments are open, in the account's time zone.
//!
//! Hours are said in the time on the wall clock, so membership is asked in that time: a moment is turned into its local date and
//! time, and these are looked up. Daylight saving needs no rule of its own: an hour that is skipped never comes, and one that is
//! repeated is open, or closed, both times.
//!
//! A span belongs to the day on which it begins, also the part past midnight. So an exception replaces what *begins* on its date:
//! a night shift of the evening before still runs to its end on a closed day, and the one that would begin on the closed day
//! doesn't, not even past midnight.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

mod change;
mod span;

pub use span::{DaySpan, InvalidDaySpan};

/// When something is open: the same every week, but for some dates.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// By day, Monday first.
    weekly: [Vec<DaySpan>; 7],
    exceptions: BTreeMap<Date, Vec<DaySpan>>,
}

impl Calendar {
    /// A calendar of these spans, the weekly ones Monday first. The spans of a day don't overlap: the reader has seen to it.
    pub(super) fn new(
        zone: TimeZone,
        weekly: [Vec<DaySpan>; 7],
        exceptions: BTreeMap<Date, Vec<DaySpan>>,
    ) -> Self {
        Self {
            zone,
            weekly,
            exceptions,
        }
    }

    /// Whether this moment is within the hours.
    pub fn is_open(&self, moment: Timestamp) -> bool {
        self.is_open_at(LocalMoment::new(moment, &self.zone))
    }

    /// The same for a moment that has been turned into this calendar's zone.
    pub(super) fn is_open_at(&self, local: LocalMoment) -> bool {
        let is_within = |date, minute| {
            self.begins_on(date)
                .iter()
                .any(|span| span.contains(minute))
        };
        is_within(local.date, local.minute)
            || local.date.yesterday().is_ok_and(|before| {
                is_within(before, local.minute.saturating_add(DaySpan::MIDNIGHT))
            })
    }

    /// What the hours say of a day of the week.
    pub fn weekly(&self, day: Weekday) -> &[DaySpan] {
        let position = usize::try_from(day.to_monday_zero_offset());
        position
            .ok()
            .and_then(|position| self.weekly.get(position))
            .map_or(&[], Vec::as_slice)
    }

    /// The dates on which something else holds; no spans are a closed day.
    pub fn exceptions(&self) -> &BTreeMap<Date, Vec<DaySpan>> {
        &self.exceptions
    }

    /// Whether there is nothing in it that could ever be open from this date on.
    pub fn is_never_open_from(&self, date: Date) -> bool {
        let mut later = self.exceptions.range(date..);
        self.weekly.iter().all(Vec::is_empty) && later.all(|(_, spans)| spans.is_empty())
    }

    /// The spans that begin on a date.
    pub fn begins_on(&self, date: Date) -> &[DaySpan] {
        match self.exceptions.get(&date) {
            Some(spans) => spans,
            None => self.weekly(date.weekday()),
        }
    }
}

/// A moment on the wall clock, as far as hours depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalMoment {
    date: Date,
    /// Since midnight.
    minute: u16,
}

impl LocalMoment {
    pub(super) fn new(moment: Timestamp, zone: &TimeZone) -> Self {
        Self::of(zone.to_datetime(moment.to_jiff()))
    }

    fn of(local: DateTime) -> Self {
        let hour = u16::from(local.hour().unsigned_abs());
        let minute = u16::from(local.minute().unsigned_abs());
        Self {
            date: local.date(),
            minute: hour.saturating_mul(60).saturating_add(minute),
        }
    }
}

#[cfg(test)]
mod tests;
