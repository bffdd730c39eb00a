//! `when` of a rule: the conditions on a call.

use super::fields::{Fields, not_yet};
use super::rules::Names;
use super::value::{Field, Text, shortened};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::rule::{CallerCondition, When};
use crate::rules::shape::WHEN;
use crate::rules::tree::{Kind, Node};

pub(super) fn when(field: &Field<'_>, names: &Names<'_>, report: &mut Report<'_>) -> When {
    let Some(when) = Fields::read(field.node, &WHEN, report) else {
        return When::default();
    };
    let dialed = texts(&when, "dialed", report);
    let caller = texts(&when, "caller", report);
    When {
        dialed: dialed
            .into_iter()
            .filter_map(|text| names.numbers.number(text, report))
            .collect(),
        caller: caller
            .into_iter()
            .filter_map(|text| caller_condition(text, names, report))
            .collect(),
        digits: digits(&when, report),
        direction: owned(&texts(&when, "direction", report)),
        custom_field: owned(&texts(&when, "custom_field", report)),
    }
}

/// The texts that a condition names, if it is there.
fn texts<'tree>(when: &Fields<'tree>, name: &str, report: &mut Report<'_>) -> Vec<Text<'tree>> {
    let Some(field) = when.get(name) else {
        return Vec::new();
    };
    if has_negation(field.node) {
        not_yet(field.span(), "{ not: … }", report);
        return Vec::new();
    }
    field.one_or_more(report)
}

fn has_negation(node: &Node) -> bool {
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().any(|entry| entry.key == "not"),
        Kind::Sequence(items) => items.iter().any(has_negation),
        Kind::Null | Kind::Scalar(_) => false,
    }
}

fn owned(texts: &[Text<'_>]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.text.into()).collect()
}

fn digits(when: &Fields<'_>, report: &mut Report<'_>) -> Vec<Box<str>> {
    let digits = texts(when, "digits", report);
    for Text { text, span } in &digits {
        if text.is_empty() || !text.chars().all(|key| matches!(key, '0'..='9' | '*' | '#')) {
            let message = format!("\"{}\" can't be keyed on a phone", shortened(text));
            let help = "digits are 0 to 9, * and #".to_owned();
            report.add_with_help(*span, Code::WrongValue, message, help);
        }
    }
    owned(&digits)
}

/// What begins like a number is one; everything else is the name of a list.
fn caller_condition(
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
    let list = names.callers.name(text.text);
    if list.is_none() {
        let message = format!("the callers \"{}\" are not defined", shortened(text.text));
        let help = report.did_you_mean(text.text, names.callers.names().map(|name| &**name));
        report.add_with_help(text.span, Code::UnknownName, message, help);
    }
    list.cloned().map(CallerCondition::List)
}
