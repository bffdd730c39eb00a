//! Which moments are open.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "minutes and days of a few weeks"
)]

use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use rstest::rstest;

use super::{Calendar, DaySpan, InvalidDaySpan};
use crate::clock::Timestamp;
use crate::rules::RuleBook;

mod laws;

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
