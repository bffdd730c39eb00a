//! The laws of a calendar, compared with a walk through the minutes of the wall clock.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{WEEK, minutes, zone};
use crate::clock::Timestamp;
use crate::rules::calendar::{Calendar, DaySpan};

const MINUTE: Duration = Duration::from_mins(1);

/// A week as the tests write it: for each day, Monday first, its spans in minutes since midnight.
type Week = [Vec<(u16, u16)>; 7];

/// Up to three spans that don't overlap, the last of which may pass midnight.
fn day() -> impl Strategy<Value = Vec<(u16, u16)>> {
    let cuts = prop::collection::btree_set(0..96_u16, 0..=6);
    (cuts, 0..=3_u8).prop_map(|(cuts, wraps)| {
        let cuts: Vec<u16> = cuts.into_iter().map(|quarter| quarter * 15).collect();
        let mut spans: Vec<_> = cuts.chunks_exact(2).map(|two| (two[0], two[1])).collect();
        if let Some(last) = spans.last_mut().filter(|last| wraps == 0 && last.0 > 720) {
            last.1 = 1440 + last.0 / 2;
        }
        spans
    })
}

fn week() -> impl Strategy<Value = Week> {
    [day(), day(), day(), day(), day(), day(), day()]
}

fn calendar(zone: &TimeZone, week: &Week, exceptions: &[(Date, Vec<(u16, u16)>)]) -> Calendar {
    let spans = |spans: &Vec<(u16, u16)>| -> Vec<DaySpan> {
        let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let end = |end: u16| if end > 1440 { end - 1440 } else { end };
        spans
            .iter()
            .map(|span| {
                let text = format!("{}-{}", text(span.0), text(end(span.1)));
                DaySpan::parse(&text).unwrap()
            })
            .collect()
    };
    let exceptions = exceptions
        .iter()
        .map(|(date, of_date)| (*date, spans(of_date)));
    Calendar::new(
        zone.clone(),
        week.each_ref().map(spans),
        exceptions.collect(),
    )
}

/// Walks from a midnight through the minutes of some days and marks those that the spans of each day cover, one by one, by
/// what the clocks show. It asks the zone nothing but the length of each day and the time of each minute.
fn walk(
    zone: &TimeZone,
    week: &Week,
    exceptions: &[(Date, Vec<(u16, u16)>)],
    first: Date,
    days: i64,
) -> Vec<(Timestamp, bool)> {
    let spans_of = |date: Date| {
        let exception = exceptions.iter().find(|(of, _)| *of == date);
        let position = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        exception.map_or(&week[position], |(_, spans)| spans)
    };
    let mut walked = Vec::new();
    for date in first.series(1.day()).take(usize::try_from(days).unwrap()) {
        let midnight = date.to_zoned(zone.clone()).unwrap();
        let next = date.tomorrow().unwrap().to_zoned(zone.clone()).unwrap();
        let length = midnight.duration_until(&next).as_mins();
        for minute in 0..length {
            let moment = midnight.checked_add(minute.minutes()).unwrap();
            let shown: u16 = moment.strftime("%H").to_string().parse::<u16>().unwrap() * 60
                + moment.strftime("%M").to_string().parse::<u16>().unwrap();
            let covers = |spans: &[(u16, u16)], shown| {
                spans
                    .iter()
                    .any(|(start, end)| *start <= shown && shown < *end)
            };
            let is_open = covers(spans_of(date), shown)
                || covers(spans_of(date.yesterday().unwrap()), shown + 1440);
            walked.push((Timestamp::from(moment.timestamp()), is_open));
        }
    }
    walked
}

/// A Monday whose week has no change of the clocks, and the weeks in which New York changes them.
fn a_week() -> impl Strategy<Value = (&'static str, Date)> {
    let weeks = [
        ("Asia/Kolkata", "2026-11-23"),
        ("America/New_York", "2026-06-01"),
        ("America/New_York", "2026-03-02"),
        ("America/New_York", "2026-03-06"),
        ("America/New_York", "2026-10-26"),
        ("Australia/Lord_Howe", "2026-03-30"),
        ("Pacific/Apia", "2011-12-26"),
    ];
    prop::sample::select(weeks.to_vec()).prop_map(|(zone, date)| (zone, date.parse().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_minute_of_a_week_is_what_a_walk_through_it_says(
        week in week(), exception in day(), on in 0..7_i64, (zone_name, first) in a_week(),
    ) {
        let zone = zone(zone_name);
        let exceptions = [(first.checked_add(on.days()).unwrap(), exception)];
        let calendar = calendar(&zone, &week, &exceptions);
        for (moment, expected) in walk(&zone, &week, &exceptions, first, 7) {
            for within in [Duration::ZERO, Duration::from_millis(59_999)] {
                let moment = moment.plus(within);
                prop_assert_eq!(calendar.is_open(moment), expected, "{}", moment);
            }
        }
    }

    #[test]
    fn open_and_closed_cover_the_week_once(
        week in week(), exception in day(), on in 0..7_i64, (zone_name, first) in a_week(),
    ) {
        let zone = zone(zone_name);
        let exceptions = [(first.checked_add(on.days()).unwrap(), exception)];
        let calendar = calendar(&zone, &week, &exceptions);
        let walked = walk(&zone, &week, &exceptions, first, 7);
        let (start, end) = (walked[0].0, walked.last().unwrap().0.plus(MINUTE));
        let mut covered = [Duration::ZERO; 2];
        let mut from = start;
        while from < end {
            let change = calendar.next_change(from);
            let until = change.unwrap_or(end).min(end);
            if let Some(change) = change {
                prop_assert!(change > from);
                prop_assert_ne!(calendar.is_open(change), calendar.is_open(from));
            }
            covered[usize::from(calendar.is_open(from))] += until.since(from);
            from = until;
        }
        let open = walked.iter().filter(|(_, is_open)| *is_open).count();
        let minutes = |duration: Duration| usize::try_from(duration.as_secs() / 60).unwrap();
        prop_assert_eq!(minutes(covered[1]), open);
        prop_assert_eq!(minutes(covered[0]), walked.len() - open);
    }

    #[test]
    fn what_fills_the_gaps_is_open_exactly_when_the_hours_are_closed(
        week in week(), (zone_name, first) in a_week(),
    ) {
        // Without spans past midnight the gaps of a day are a day's spans again.
        let week = week.map(|day| day.into_iter().filter(|span| span.1 <= 1440).collect::<Vec<_>>());
        let gaps = week.each_ref().map(|day| {
            let mut gaps = Vec::new();
            let mut from = 0;
            for (start, end) in day.iter().copied().chain([(1440, 1440)]) {
                if from < start {
                    gaps.push((from, start));
                }
                from = end;
            }
            gaps
        });
        let zone = zone(zone_name);
        let (hours, others) = (calendar(&zone, &week, &[]), calendar(&zone, &gaps, &[]));
        let midnight = first.to_zoned(zone).unwrap().timestamp().into();
        for moment in minutes(midnight, WEEK) {
            prop_assert_ne!(hours.is_open(moment), others.is_open(moment), "{}", moment);
        }
    }
}
