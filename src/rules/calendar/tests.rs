//! Which moments are open, compared with a walk through the minutes of the wall clock.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "minutes and days of a few weeks"
)]

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use rstest::rstest;

use super::{Calendar, DaySpan, InvalidDaySpan};
use crate::clock::Timestamp;
use crate::rules::RuleBook;

const MINUTE: Duration = Duration::from_mins(1);
const WEEK: u64 = 7 * 24 * 60;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// The hours called `office` of a file.
fn hours(zone: &str, hours: &str) -> std::sync::Arc<Calendar> {
    let text = format!(
        "country: IN\ntime_zone: {zone}\nrules: []\nfallback: {{ numbers: [] }}\nhours: {{ office: {hours} }}\n"
    );
    let book = RuleBook::parse("rules.yaml", &text).unwrap();
    book.hours()["office"].clone()
}

/// A moment by the wall clock of a zone; the first, where there are two.
fn at(zone_name: &str, local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    local.to_zoned(zone(zone_name)).unwrap().timestamp().into()
}

const SHIFTS: &str = "{ weekly: { mon-fri: [\"09:30-13:30\", \"14:00-18:30\"], sat: [\"10:00-14:00\"], sun: [\"22:00-06:00\"] },
    except: { 2026-01-26: closed, 2026-11-08: [\"10:00-13:00\"], 2026-11-10: [\"20:00-02:00\"] } }";

#[rstest]
#[case::monday_morning("2026-11-23T09:30", true)]
#[case::before_it("2026-11-23T09:29:59.999", false)]
#[case::the_end_is_not_part_of_it("2026-11-23T13:30", false)]
#[case::the_last_moment_is("2026-11-23T13:29:59.999", true)]
#[case::the_lunch_break("2026-11-23T13:45", false)]
#[case::the_second_span("2026-11-23T14:00", true)]
#[case::saturday("2026-11-21T11:00", true)]
#[case::saturday_afternoon("2026-11-21T15:00", false)]
#[case::sunday_night("2026-11-22T23:00", true)]
#[case::sunday_nights_part_of_monday("2026-11-23T05:59", true)]
#[case::it_has_ended("2026-11-23T06:00", false)]
#[case::a_holiday("2026-01-26T11:00", false)]
#[case::the_night_shift_of_the_evening_before_a_holiday("2026-01-26T05:00", true)]
#[case::a_working_sunday("2026-11-08T10:00", true)]
#[case::its_usual_hours_do_not_hold("2026-11-08T23:00", false)]
#[case::nor_do_they_past_midnight("2026-11-09T01:00", false)]
#[case::an_exception_past_midnight("2026-11-11T01:59", true)]
#[case::which_ends("2026-11-11T02:00", false)]
#[case::and_replaces_the_day("2026-11-10T11:00", false)]
fn a_moment_is_open_or_closed(#[case] local: &str, #[case] expected: bool) {
    let hours = hours("Asia/Kolkata", SHIFTS);
    assert_eq!(hours.is_open(at("Asia/Kolkata", local)), expected);
}

#[rstest]
#[case("2026-11-23T09:00", Some("2026-11-23T09:30"))]
#[case("2026-11-23T09:30", Some("2026-11-23T13:30"))]
#[case("2026-11-22T22:30", Some("2026-11-23T06:00"))]
#[case("2026-11-21T20:00", Some("2026-11-22T22:00"))]
#[case("2026-01-26T06:00", Some("2026-01-27T09:30"))]
fn the_next_change_is_told(#[case] from: &str, #[case] to: Option<&str>) {
    let hours = hours("Asia/Kolkata", SHIFTS);
    assert_eq!(
        hours.next_change(at("Asia/Kolkata", from)),
        to.map(|to| at("Asia/Kolkata", to))
    );
}

#[test]
fn what_is_always_open_never_changes() {
    let always = hours("America/New_York", "{ weekly: { daily: \"00:00-24:00\" } }");
    let from = at("America/New_York", "2026-11-01T00:00");
    assert_eq!(always.next_change(from), None);
    assert!(minutes(from, WEEK).all(|minute| always.is_open(minute)));
    let never = hours(
        "America/New_York",
        "{ weekly: {}, except: { 2026-01-01: [\"09:00-10:00\"] } }",
    );
    assert!(never.is_never_open_from("2026-01-02".parse().unwrap()));
    assert!(!never.is_never_open_from("2026-01-01".parse().unwrap()));
}

/// Clocks in New York: 2026-03-08 02:00 becomes 03:00, 2026-11-01 02:00 becomes 01:00.
#[rstest]
#[case::an_ordinary_sunday("2026-06-07", "01:00-04:00", 180)]
#[case::the_skipped_hour_never_comes("2026-03-08", "01:00-04:00", 120)]
#[case::nothing_but_the_skipped_hour("2026-03-08", "02:00-03:00", 0)]
#[case::it_begins_within_the_skipped_hour("2026-03-08", "02:30-04:00", 60)]
#[case::it_ends_within_the_skipped_hour("2026-03-08", "01:00-02:30", 60)]
#[case::the_repeated_hour_comes_twice("2026-11-01", "01:00-02:00", 120)]
#[case::half_of_the_repeated_hour_comes_twice("2026-11-01", "01:30-02:00", 60)]
#[case::a_night_shift_is_an_hour_longer("2026-10-31", "22:00-06:00", 540)]
#[case::a_night_shift_is_an_hour_shorter("2026-03-07", "22:00-06:00", 420)]
fn the_hours_that_the_clocks_skip_and_repeat(
    #[case] date: &str,
    #[case] span: &str,
    #[case] minutes_open: usize,
) {
    let hours = hours(
        "America/New_York",
        &format!("{{ weekly: {{}}, except: {{ {date}: [\"{span}\"] }} }}"),
    );
    let midnight = at("America/New_York", &format!("{date}T00:00"));
    let open = minutes(midnight, 2 * 24 * 60).filter(|minute| hours.is_open(*minute));
    assert_eq!(open.count(), minutes_open);
}

#[test]
fn a_repeated_half_hour_opens_twice() {
    let hours = hours("America/New_York", "{ weekly: { sun: [\"01:00-01:30\"] } }");
    let midnight = at("America/New_York", "2026-11-01T00:00");
    let mut changes = vec![midnight];
    for _ in 0..4 {
        changes.push(hours.next_change(*changes.last().unwrap()).unwrap());
    }
    let between: Vec<_> = changes
        .windows(2)
        .map(|two| two[1].since(two[0]).as_secs() / 60)
        .collect();
    assert_eq!(between, [60, 30, 30, 30]);
}

#[rstest]
#[case("09:30-13:30", "09:30-13:30")]
#[case("9:30 - 13:30", "09:30-13:30")]
#[case("22:00-06:00", "22:00-06:00")]
#[case("00:00-24:00", "00:00-24:00")]
#[case("22:00-00:00", "22:00-00:00")]
#[case("18:00-24:00", "18:00-24:00")]
fn a_span_reads_and_writes_itself(#[case] text: &str, #[case] canonical: &str) {
    let span = DaySpan::parse(text).unwrap();
    assert!(span.start() < span.end());
    assert_eq!(DaySpan::parse(canonical), Ok(span));
}

#[rstest]
#[case("", InvalidDaySpan::NotASpan)]
#[case("09:30", InvalidDaySpan::NotASpan)]
#[case("09:30–13:30", InvalidDaySpan::NotASpan)]
#[case("9-13", InvalidDaySpan::NotATime)]
#[case("09:30-13:60", InvalidDaySpan::NotATime)]
#[case("09:30-24:01", InvalidDaySpan::NotATime)]
#[case("24:00-06:00", InvalidDaySpan::NotATime)]
#[case("09:3-13:30", InvalidDaySpan::NotATime)]
#[case("+9:30-13:30", InvalidDaySpan::NotATime)]
#[case("09:30-13:30-14:00", InvalidDaySpan::NotATime)]
#[case("09:00-09:00", InvalidDaySpan::Empty)]
fn what_is_no_span_says_why(#[case] text: &str, #[case] why: InvalidDaySpan) {
    assert_eq!(DaySpan::parse(text), Err(why));
}

/// Every minute of some time, from its middle so that no boundary is touched twice.
fn minutes(from: Timestamp, count: u64) -> impl Iterator<Item = Timestamp> {
    (0..count).map(move |minute| from.plus(Duration::from_secs(minute * 60 + 30)))
}

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
