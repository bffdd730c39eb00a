//! When a crew works: its spans of each day as moments.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::rules::{Crew, DaySpan};

/// From when until when.
pub(super) type Shift = (Timestamp, Timestamp);

/// The shifts of a crew that have a part in this time, cut to it, in the order of time.
pub(super) fn shifts(crew: &Crew, zone: &TimeZone, start: Timestamp, end: Timestamp) -> Vec<Shift> {
    if crew.shift.is_empty() {
        return vec![(start, end)];
    }
    let first = start.to_jiff().to_zoned(zone.clone()).date();
    let last = end.to_jiff().to_zoned(zone.clone()).date();
    let mut shifts = Vec::new();
    // A shift of the day before may still go on.
    let mut day = first.yesterday().ok();
    while let Some(date) = day.filter(|date| *date <= last) {
        let spans = crew.shift.iter();
        let spans = spans.filter_map(|span| moments(*span, date, zone));
        let spans = spans.map(|(begin, over)| (begin.max(start), over.min(end)));
        shifts.extend(spans.filter(|(begin, over)| begin < over));
        day = date.tomorrow().ok();
    }
    shifts.sort_unstable();
    shifts
}

fn moments(span: DaySpan, date: Date, zone: &TimeZone) -> Option<Shift> {
    let at = |minute: u16| {
        let midnight = date.at(0, 0, 0, 0);
        let time = midnight
            .checked_add(Duration::from_mins(minute.into()))
            .ok()?;
        zone.to_timestamp(time).ok().map(Timestamp::from)
    };
    Some((at(span.start())?, at(span.end())?))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn crew(spans: &[&str]) -> Crew {
        Crew {
            name: "desk".to_owned(),
            count: 1,
            groups: BTreeSet::new(),
            skills: BTreeMap::new(),
            position: None,
            weight: 1,
            shift: spans
                .iter()
                .map(|span| DaySpan::parse(span).unwrap())
                .collect(),
            breaks: None,
            heartbeat: None,
            back_after: Duration::ZERO,
        }
    }

    fn shown(spans: &[&str], start: &str, end: &str) -> Vec<String> {
        let at = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
        let zone = TimeZone::fixed(jiff::tz::offset(5));
        shifts(&crew(spans), &zone, at(start), at(end))
            .iter()
            .map(|(begin, over)| format!("{begin} {over}"))
            .collect()
    }

    #[test]
    fn a_shift_is_cut_to_the_time_of_the_scenario() {
        let shown = shown(
            &["09:00-12:00", "13:00-17:00"],
            "2026-11-23T05:00:00Z",
            "2026-11-23T10:00:00Z",
        );
        assert_eq!(
            shown,
            [
                "2026-11-23T05:00:00Z 2026-11-23T07:00:00Z",
                "2026-11-23T08:00:00Z 2026-11-23T10:00:00Z"
            ]
        );
    }

    #[test]
    fn a_night_shift_of_the_evening_before_still_goes_on() {
        let shown = shown(
            &["22:00-06:00"],
            "2026-11-22T20:00:00Z",
            "2026-11-23T18:00:00Z",
        );
        assert_eq!(
            shown,
            [
                "2026-11-22T20:00:00Z 2026-11-23T01:00:00Z",
                "2026-11-23T17:00:00Z 2026-11-23T18:00:00Z"
            ]
        );
    }

    #[test]
    fn without_a_shift_they_always_work() {
        let shown = shown(&[], "2026-11-22T20:00:00Z", "2026-11-23T18:00:00Z");
        assert_eq!(shown, ["2026-11-22T20:00:00Z 2026-11-23T18:00:00Z"]);
    }
}
