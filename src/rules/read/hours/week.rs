//! `weekly` of opening hours: the keys are days, ranges and lists of days.

use super::{add, spans};
use crate::rules::calendar::DaySpan;
use crate::rules::finding::{Code, Span};
use crate::rules::read::value::{Field, named, shortened};
use crate::rules::report::{Report, did_you_mean};
use crate::rules::tree::Entry;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What one key says of a day: its spans, none where the day is closed.
struct Day {
    spans: Vec<DaySpan>,
    /// The first key that names the day, and whether it closes it.
    named: Option<bool>,
}

/// The spans of each day, Monday first. Keys that name a day twice add up.
pub(super) fn weekly(field: &Field<'_>, report: &mut Report<'_>) -> [Vec<DaySpan>; 7] {
    let mut week = DAYS.map(|_| Day {
        spans: Vec::new(),
        named: None,
    });
    for entry in named(field, report).unwrap_or_default() {
        let mut spans = spans(entry, report);
        let days = days(entry, report);
        let is_closed = spans.is_empty();
        for ((day, name), _) in week
            .iter_mut()
            .zip(DAYS)
            .zip(days)
            .filter(|(_, named)| *named)
        {
            check_closed(day, is_closed, name, entry.key_span, report);
            // One that overlaps is reported for the first of its days, not for each.
            spans.retain(|(span, place)| add(*span, *place, &mut day.spans, name, report));
        }
    }
    week.map(|day| day.spans)
}

/// Closed by one key and open by another: nobody could say which is meant.
fn check_closed(day: &mut Day, is_closed: bool, name: &str, place: Span, report: &mut Report<'_>) {
    if day.named.is_some_and(|earlier| earlier != is_closed) {
        let message = format!("{name} is closed by one key and open by another");
        let help = "name the day in one of them only".to_owned();
        report.add_with_help(place, Code::Contradiction, message, help);
    }
    day.named = Some(is_closed);
}

/// Which days a key names.
fn days(entry: &Entry, report: &mut Report<'_>) -> [bool; 7] {
    let mut days = [false; 7];
    for part in entry.key.split(',').map(str::trim) {
        let Some(of_part) = days_of(part) else {
            bad_day(part, entry.key_span, report);
            continue;
        };
        for (day, named) in days.iter_mut().zip(of_part) {
            *day |= named;
        }
    }
    days
}

/// `daily`, a day, or a range of days, which may pass the end of the week: `sat-mon`.
fn days_of(part: &str) -> Option<[bool; 7]> {
    if part == "daily" {
        return Some([true; 7]);
    }
    let position = |name: &str| DAYS.iter().position(|day| *day == name.trim());
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (position(first)?, position(last)?);
    let mut days = [false; 7];
    for (day, named) in days.iter_mut().enumerate() {
        *named = if first <= last {
            (first..=last).contains(&day)
        } else {
            day >= first || day <= last
        };
    }
    Some(days)
}

fn bad_day(part: &str, place: Span, report: &mut Report<'_>) {
    let known = || {
        "days are mon, tue, wed, thu, fri, sat and sun, ranges such as mon-fri, lists such as sat,sun, and daily"
            .to_owned()
    };
    let wrong = part
        .split('-')
        .map(str::trim)
        .find(|name| !DAYS.contains(name));
    let wrong = wrong.unwrap_or(part);
    let meant = report.nearest(wrong, DAYS.into_iter().chain(["daily"]));
    let message = format!("\"{}\" is no day of the week", shortened(wrong));
    let help = meant.map_or_else(known, did_you_mean);
    report.add_with_help(place, Code::WrongValue, message, help);
}
