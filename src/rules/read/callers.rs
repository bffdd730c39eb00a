//! The section `callers`: lists of numbers and prefixes by name, in the file itself or in CSV files beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::caller_file::{RowReader, caller_file};
use super::fields::Fields;
use super::numbers::Numbers;
use super::value::{Text, describe, named, shortened};
use crate::rules::callers::{CallerLists, ListedCaller};
use crate::rules::finding::Code;
use crate::rules::queue::is_name;
use crate::rules::report::Report;
use crate::rules::shape::CALLERS_FILE;
use crate::rules::sources::Sources;
use crate::rules::tree::{Entry, Kind, Node};
use crate::telephony::NumberPattern;

/// Reads every list. One that has findings is there all the same, so that rules that name it aren't reported too.
pub(super) fn callers(
    file: &Fields<'_>,
    numbers: Numbers,
    zone: &TimeZone,
    sources: &mut Sources<'_>,
    report: &mut Report<'_>,
) -> CallerLists {
    let entries = file.get("callers").and_then(|field| named(&field, report));
    let rows = RowReader { numbers, zone };
    let mut files = BTreeMap::new();
    let mut lists = CallerLists::new();
    for entry in entries.unwrap_or_default() {
        check_name(entry, report);
        let list = match &entry.value.kind {
            Kind::Mapping(_) => from_file(&entry.value, rows, &mut files, sources, report),
            Kind::Sequence(items) => items
                .iter()
                .filter_map(|item| member(item, numbers, report))
                .map(ListedCaller::from)
                .collect(),
            Kind::Null | Kind::Scalar(_) => {
                no_list(entry, report);
                Arc::default()
            }
        };
        lists.insert(entry.key.as_str().into(), list);
    }
    lists
}

fn no_list(entry: &Entry, report: &mut Report<'_>) {
    let message = format!(
        "the callers \"{}\" must be a list of numbers and prefixes, not {}",
        shortened(&entry.key),
        describe(&entry.value)
    );
    report.add(entry.value.span, Code::WrongValue, message);
}

/// The callers of a CSV file. A file that several lists name is read once.
fn from_file(
    node: &Node,
    rows: RowReader<'_>,
    files: &mut BTreeMap<String, Arc<[ListedCaller]>>,
    sources: &mut Sources<'_>,
    report: &mut Report<'_>,
) -> Arc<[ListedCaller]> {
    let fields = Fields::read(node, &CALLERS_FILE, report);
    let Some(field) = fields.and_then(|fields| fields.get("file")) else {
        return Arc::default();
    };
    let Some(name) = field.text(report) else {
        return Arc::default();
    };
    if let Some(read) = files.get(name) {
        return Arc::clone(read);
    }
    let list: Arc<[ListedCaller]> = match sources.read(name) {
        Ok(source) => caller_file(&source, rows, report).into(),
        Err(why) => {
            let message = format!("the callers in \"{}\" can't be used", shortened(name));
            report.add_with_help(field.span(), Code::CallersFile, message, why);
            Arc::default()
        }
    };
    files.insert(name.to_owned(), Arc::clone(&list));
    list
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
