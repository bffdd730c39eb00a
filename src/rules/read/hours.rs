//! The section `hours`: opening hours by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dates::date;
use super::fields::Fields;
use super::value::{Field, describe, named, shortened};
use crate::rules::calendar::{Calendar, DaySpan};
use crate::rules::finding::{Code, Span};
use crate::rules::queue::is_name;
use crate::rules::report::Report;
use crate::rules::shape::HOURS;
use crate::rules::tree::{Entry, Kind, Node};

mod week;

/// Reads all opening hours. Some that have findings are there all the same, so that rules that name them aren't reported too.
pub(super) fn hours(
    file: &Fields<'_>,
    zone: &TimeZone,
    report: &mut Report<'_>,
) -> BTreeMap<Arc<str>, Arc<Calendar>> {
    let entries = file.get("hours").and_then(|field| named(&field, report));
    let mut hours = BTreeMap::new();
    for entry in entries.unwrap_or_default() {
        check_name(entry, report);
        let calendar = calendar(&entry.value, zone, report);
        hours.insert(entry.key.as_str().into(), Arc::new(calendar));
    }
    hours
}

fn check_name(entry: &Entry, report: &mut Report<'_>) {
    if !is_name(&entry.key) {
        let message = format!("\"{}\" is no name for opening hours", shortened(&entry.key));
        let help = "a name has 1 to 64 letters, digits, '-', '_' or '.', and begins with a letter or a digit".to_owned();
        report.add_with_help(entry.key_span, Code::WrongValue, message, help);
    }
}

fn calendar(node: &Node, zone: &TimeZone, report: &mut Report<'_>) -> Calendar {
    let hours = Fields::read(node, &HOURS, report);
    let hours = hours.as_ref();
    let weekly = hours.and_then(|hours| hours.get("weekly"));
    let except = hours.and_then(|hours| hours.get("except"));
    Calendar::new(
        zone.clone(),
        weekly
            .map(|field| week::weekly(&field, report))
            .unwrap_or_default(),
        except
            .map(|field| exceptions(&field, report))
            .unwrap_or_default(),
    )
}

fn exceptions(field: &Field<'_>, report: &mut Report<'_>) -> BTreeMap<Date, Vec<DaySpan>> {
    let mut exceptions = BTreeMap::new();
    for entry in named(field, report).unwrap_or_default() {
        let spans = spans(entry, report);
        let Some(date) = date(&entry.key) else {
            let message = format!("\"{}\" is no date", shortened(&entry.key));
            let help = "a date is written as year, month and day: 2026-01-26".to_owned();
            report.add_with_help(entry.key_span, Code::WrongValue, message, help);
            continue;
        };
        let mut of_date = Vec::new();
        for (span, place) in spans {
            add(span, place, &mut of_date, &entry.key, report);
        }
        exceptions.insert(date, of_date);
    }
    exceptions
}

/// The spans of a day, each with its place; none for `closed`.
fn spans(entry: &Entry, report: &mut Report<'_>) -> Vec<(DaySpan, Span)> {
    let items = match &entry.value.kind {
        Kind::Scalar(text) if text == "closed" => &[],
        Kind::Sequence(items) if items.is_empty() => {
            let message = format!("\"{}\" is an empty list", shortened(&entry.key));
            let help = "write closed, or name spans such as 09:30-13:30".to_owned();
            report.add_with_help(entry.value.span, Code::WrongValue, message, help);
            items.as_slice()
        }
        Kind::Sequence(items) => items.as_slice(),
        Kind::Null => {
            no_value(entry, report);
            &[]
        }
        Kind::Scalar(_) | Kind::Mapping(_) => std::slice::from_ref(&entry.value),
    };
    let spans = items.iter().filter_map(|item| span(item, report));
    spans.collect()
}

fn no_value(entry: &Entry, report: &mut Report<'_>) {
    let message = format!("\"{}\" has no value", shortened(&entry.key));
    let help = "it must be a list of spans such as 09:30-13:30, or closed; \
                within braces a list of days is put in quotes: \"sat,sun\"";
    report.add_with_help(entry.key_span, Code::NoValue, message, help.to_owned());
}

fn span(item: &Node, report: &mut Report<'_>) -> Option<(DaySpan, Span)> {
    let message = || format!("{} is no span of opening hours", describe(item));
    let Kind::Scalar(text) = &item.kind else {
        report.add(item.span, Code::WrongValue, message());
        return None;
    };
    match DaySpan::parse(text) {
        Ok(span) => Some((span, item.span)),
        Err(why) => {
            let closed = report.did_you_mean(text, ["closed"]);
            let help = closed.unwrap_or_else(|| why.to_string());
            report.add_with_help(item.span, Code::WrongValue, message(), help);
            None
        }
    }
}

/// Adds a span to those of a day. One that overlaps another of the day is reported and left out.
fn add(
    span: DaySpan,
    place: Span,
    day: &mut Vec<DaySpan>,
    name: &str,
    report: &mut Report<'_>,
) -> bool {
    let overlapped = day.iter().find(|other| span.overlaps(**other));
    if let Some(other) = overlapped {
        let message = format!("{span} overlaps {other} on {name}");
        let help = "the spans of a day share no minute: join them, or mend one".to_owned();
        report.add_with_help(place, Code::Overlap, message, help);
        return false;
    }
    day.push(span);
    day.sort_unstable();
    true
}
