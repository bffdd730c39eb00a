//! A part of the answer's JSON, written in YAML.

use super::super::value::{Field, shortened};
use super::written;
use crate::exotel::Dialect;
use crate::exotel::answer::field_names;
use crate::rules::finding::Code;
use crate::rules::report::{Report, did_you_mean};
use crate::rules::suite::{ExpectedJson, Written};
use crate::rules::tree::{Entry, Kind, Node};

/// What must be in the answer. Its fields are known, so a misspelt one is found here and not by a test that never fails.
pub(super) fn answer(
    field: &Field<'_>,
    dialect: Dialect,
    report: &mut Report<'_>,
) -> Option<ExpectedJson> {
    let Kind::Mapping(entries) = &field.node.kind else {
        field.wrong(report);
        return None;
    };
    if entries.is_empty() {
        let message = "\"answer\" names no field of the answer";
        report.add(field.span(), Code::MissingKey, message);
    }
    for entry in entries {
        check_name(entry, dialect, report);
    }
    Some(value(field.node, report))
}

fn check_name(entry: &Entry, dialect: Dialect, report: &mut Report<'_>) {
    let names = field_names(dialect);
    if names.contains(&entry.key.as_str()) {
        return;
    }
    let all = || format!("its fields are {}", names.join(", "));
    let meant = report.nearest(&entry.key, names.iter().copied());
    let help = meant.map_or_else(all, did_you_mean);
    let message = format!("an answer has no field \"{}\"", shortened(&entry.key));
    report.add_with_help(entry.key_span, Code::UnknownKey, message, help);
}

fn value(node: &Node, report: &Report<'_>) -> ExpectedJson {
    match &node.kind {
        Kind::Null => ExpectedJson::Absent,
        Kind::Scalar(text) => ExpectedJson::Text(text.clone()),
        Kind::Sequence(items) => {
            ExpectedJson::List(items.iter().map(|item| placed(item, report)).collect())
        }
        Kind::Mapping(entries) => {
            let entry = |entry: &Entry| (entry.key.clone(), placed(&entry.value, report));
            ExpectedJson::Mapping(entries.iter().map(entry).collect())
        }
    }
}

fn placed(node: &Node, report: &Report<'_>) -> Written<ExpectedJson> {
    written(value(node, report), node.span, report)
}
