//! Who calls, and how often.

use std::collections::HashSet;

use super::super::fields::Fields;
use super::super::numbers::Numbers;
use super::super::value::{Field, Text, describe, named, scalar, shortened};
use super::{is_taken, whole};
use crate::rules::calendar::DaySpan;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::scenario::Arrivals;
use crate::rules::shape::ARRIVALS;
use crate::rules::tree::{Kind, Node};
use crate::telephony::NumberPattern;

/// More calls an hour than this no machine could take.
const MOST_PER_HOUR: f64 = 1_000_000.0;

pub(super) fn arrivals(
    file: &Fields<'_>,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> Vec<Arrivals> {
    let Some(field) = file.get("arrivals") else {
        return Vec::new();
    };
    let nodes = field.list(report).unwrap_or_default();
    if nodes.is_empty() {
        field.empty_list("without arrivals nobody calls", report);
    }
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        if let Some(fields) = Fields::read(node, &ARRIVALS, report) {
            all.extend(of_kind(&fields, numbers, &mut taken, report));
        }
    }
    all
}

fn of_kind<'tree>(
    fields: &Fields<'tree>,
    numbers: Numbers,
    taken: &mut HashSet<&'tree str>,
    report: &mut Report<'_>,
) -> Option<Arrivals> {
    let per_hour = fields.get("per_hour").map(|field| per_hour(&field, report));
    let to = fields.get("to").and_then(|field| {
        let text = field.text(report)?;
        let span = field.span();
        numbers.number(Text { text, span }, report)?;
        Some(text.to_owned())
    });
    let digits = fields
        .get("digits")
        .and_then(|field| digits(&field, report));
    let from = fields.get("from");
    let from = from.map(|field| patterns(&field, numbers, report));
    let returning = whole(fields, "returning", report).unwrap_or_default();
    let field = fields.get("name")?;
    let name = field.text(report)?;
    is_taken(name, field.span(), taken, report);
    Some(Arrivals {
        name: name.into(),
        per_hour: per_hour?,
        to: to?,
        digits,
        from: from.unwrap_or_default(),
        returning,
    })
}

/// Numbers, or prefixes of numbers.
pub(super) fn patterns(
    field: &Field<'_>,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> Vec<NumberPattern> {
    let texts = field.one_or_more("name a number, or leave the key out", report);
    let patterns = texts.into_iter();
    patterns
        .filter_map(|text| numbers.pattern(text, report))
        .collect()
}

fn digits(field: &Field<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = field.text(report)?;
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    if text.is_empty() || !text.chars().all(is_key) {
        field.invalid(&"keys are 0 to 9, * and #", report);
        return None;
    }
    Some(text.to_owned())
}

/// How often, all day or by spans of it.
pub(super) fn per_hour(field: &Field<'_>, report: &mut Report<'_>) -> Vec<(DaySpan, f64)> {
    if let Kind::Mapping(_) = &field.node.kind {
        return by_time_of_day(field, report);
    }
    let Ok(whole_day) = DaySpan::parse("00:00-24:00") else {
        return Vec::new();
    };
    let rate = rate(field, field.node, report);
    rate.map(|rate| (whole_day, rate)).into_iter().collect()
}

fn by_time_of_day(field: &Field<'_>, report: &mut Report<'_>) -> Vec<(DaySpan, f64)> {
    let mut rates: Vec<(DaySpan, f64)> = Vec::new();
    for entry in named(field, report).unwrap_or_default() {
        let rate = rate(field, &entry.value, report);
        match DaySpan::parse(&entry.key) {
            Err(why) => {
                let message = format!("\"{}\" is no span of a day", shortened(&entry.key));
                report.add_with_help(entry.key_span, Code::WrongValue, message, why.to_string());
            }
            Ok(span) => {
                let other = rates.iter().find(|(other, _)| span.overlaps(*other));
                if let Some((other, _)) = other {
                    let message = format!("{span} overlaps {other}");
                    report.add(entry.key_span, Code::Overlap, message);
                }
                rates.extend(rate.map(|rate| (span, rate)));
            }
        }
    }
    rates
}

fn rate(field: &Field<'_>, node: &Node, report: &mut Report<'_>) -> Option<f64> {
    let rate = scalar(node).and_then(|text| text.trim().parse::<f64>().ok());
    let rate = rate.filter(|rate| (0.0..=MOST_PER_HOUR).contains(rate));
    if rate.is_none() {
        let message = format!(
            "\"{}\" must be {}, not {}",
            field.key.name,
            field.key.holds.phrase(),
            describe(node)
        );
        report.add(node.span, Code::WrongValue, message);
    }
    rate
}
