//! The section `callers`: lists of numbers and prefixes by name.

use super::fields::{Fields, not_yet};
use super::numbers::Numbers;
use super::value::{Text, describe, named, shortened};
use crate::rules::callers::CallerSets;
use crate::rules::finding::Code;
use crate::rules::queue::is_name;
use crate::rules::report::Report;
use crate::rules::tree::{Entry, Kind, Node};
use crate::telephony::NumberPattern;

/// Reads every list. One that has findings is there all the same, so that rules that name it aren't reported too.
pub(super) fn callers(file: &Fields<'_>, numbers: Numbers, report: &mut Report<'_>) -> CallerSets {
    let mut sets = CallerSets::default();
    let entries = file.get("callers").and_then(|field| named(&field, report));
    for entry in entries.unwrap_or_default() {
        check_name(entry, report);
        sets.insert(entry.key.as_str().into(), members(entry, numbers, report));
    }
    sets
}

/// A list's name begins with a letter: in `caller`, a number begins with a digit.
fn check_name(entry: &Entry, report: &mut Report<'_>) {
    if !is_name(&entry.key) || !entry.key.starts_with(char::is_alphabetic) {
        let message = format!(
            "\"{}\" is no name for a list of callers",
            shortened(&entry.key)
        );
        let help =
            "a name begins with a letter and has at most 64 letters, digits, '-', '_' or '.'"
                .to_owned();
        report.add_with_help(entry.key_span, Code::WrongValue, message, help);
    }
}

fn members(entry: &Entry, numbers: Numbers, report: &mut Report<'_>) -> Vec<NumberPattern> {
    let items = match &entry.value.kind {
        Kind::Sequence(items) => items,
        Kind::Mapping(_) => {
            not_yet(entry.value.span, "a list of callers from a file", report);
            return Vec::new();
        }
        Kind::Null | Kind::Scalar(_) => {
            let message = format!(
                "the callers \"{}\" must be a list of numbers and prefixes, not {}",
                shortened(&entry.key),
                describe(&entry.value)
            );
            report.add(entry.value.span, Code::WrongValue, message);
            return Vec::new();
        }
    };
    items
        .iter()
        .filter_map(|item| member(item, numbers, report))
        .collect()
}

fn member(item: &Node, numbers: Numbers, report: &mut Report<'_>) -> Option<NumberPattern> {
    if let Kind::Scalar(text) = &item.kind {
        let span = item.span;
        return numbers.pattern(Text { text, span }, report);
    }
    let message = format!(
        "a caller must be a phone number or a prefix such as 98123*, not {}",
        describe(item)
    );
    report.add(item.span, Code::WrongValue, message);
    None
}
