//! `when` of a rule: the conditions on a call.

use std::sync::Arc;

use super::fields::Fields;
use super::rules::Names;
use super::value::{Field, Text, shortened};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::rule::{CallerCondition, Condition, When};
use crate::rules::shape::{NOT, WHEN};
use crate::rules::tree::{Kind, Node};

pub(super) fn when(field: &Field<'_>, names: &Names<'_>, report: &mut Report<'_>) -> When {
    let Some(when) = Fields::read(field.node, &WHEN, report) else {
        return When::default();
    };
    When {
        dialed: condition(&when, "dialed", report)
            .filter_map(|text| names.numbers.number(text, report)),
        caller: condition(&when, "caller", report)
            .filter_map(|text| caller_condition(text, names, report)),
        digits: condition(&when, "digits", report).filter_map(|text| digits(text, report)),
        direction: condition(&when, "direction", report).filter_map(owned),
        custom_field: condition(&when, "custom_field", report).filter_map(owned),
        hours: condition(&when, "hours", report).filter_map(|text| hours_name(text, names, report)),
    }
}

/// The texts that a condition names, if it is there.
pub(super) fn condition<'tree>(
    when: &Fields<'tree>,
    name: &str,
    report: &mut Report<'_>,
) -> Condition<Text<'tree>> {
    let Some(field) = when.get(name) else {
        return Condition::Anything;
    };
    if is_negation(field.node, report) {
        return negation(&field, report);
    }
    if let Kind::Sequence(items) = &field.node.kind
        && let Some(item) = items.iter().find(|item| is_negation(item, report))
    {
        let message = format!("{{ not: … }} stands in the list of \"{name}\"");
        let help = "it takes the place of the whole value: { not: [one, other] }".to_owned();
        report.add_with_help(item.span, Code::WrongValue, message, help);
        return Condition::Anything;
    }
    let help = "no call would ever match: name one, or leave the key out";
    Condition::AnyOf(field.one_or_more(help, report))
}

/// Whether a value was meant as `{ not: … }`, perhaps misspelt.
fn is_negation(node: &Node, report: &Report<'_>) -> bool {
    let is_not = |key: &str| report.nearest(key, ["not"]).is_some() || key == "not";
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().any(|entry| is_not(&entry.key)),
        Kind::Null | Kind::Scalar(_) | Kind::Sequence(_) => false,
    }
}

fn negation<'tree>(field: &Field<'tree>, report: &mut Report<'_>) -> Condition<Text<'tree>> {
    let negation = Fields::read(field.node, &NOT, report);
    let Some(not) = negation.and_then(|negation| negation.get("not")) else {
        return Condition::Anything;
    };
    Condition::NoneOf(not.one_or_more("name what it must not be", report))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands beside readers that may find nothing to keep"
)]
fn owned(text: Text<'_>) -> Option<Box<str>> {
    Some(text.text.into())
}

/// What a caller can key.
pub(super) fn digits(text: Text<'_>, report: &mut Report<'_>) -> Option<Box<str>> {
    let is_keyed = |key| matches!(key, '0'..='9' | '*' | '#');
    if text.text.is_empty() || !text.text.chars().all(is_keyed) {
        let message = format!("\"{}\" can't be keyed on a phone", shortened(text.text));
        let help = "digits are 0 to 9, * and #".to_owned();
        report.add_with_help(text.span, Code::WrongValue, message, help);
        return None;
    }
    Some(text.text.into())
}

/// What begins like a number is one; everything else is the name of a list.
pub(super) fn caller_condition(
    text: Text<'_>,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Option<CallerCondition> {
    if !text.text.starts_with(char::is_alphabetic) {
        return names
            .numbers
            .pattern(text, report)
            .map(CallerCondition::Pattern);
    }
    let list = names.callers.get_key_value(text.text);
    if list.is_none() {
        let message = format!("the callers \"{}\" are not defined", shortened(text.text));
        let help = report.did_you_mean(text.text, names.callers.keys().map(|name| &**name));
        report.add_with_help(text.span, Code::UnknownName, message, help);
    }
    list.map(|(name, _)| CallerCondition::List(Arc::clone(name)))
}

pub(super) fn hours_name(
    text: Text<'_>,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Option<Arc<str>> {
    let hours = names.hours.get_key_value(text.text);
    if hours.is_none() {
        let message = format!("the hours \"{}\" are not defined", shortened(text.text));
        let help = report.did_you_mean(text.text, names.hours.keys().map(|name| &**name));
        report.add_with_help(text.span, Code::UnknownName, message, help);
    }
    hours.map(|(name, _)| Arc::clone(name))
}
