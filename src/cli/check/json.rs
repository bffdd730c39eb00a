//! Findings for programs. The document's shape is stable: fields may be added, none changes or goes.
//!
//! `version` is 1. `files` are those that were looked at, each with `file` and `usable`. `findings` have `code`, `severity`
//! (`error`, `warning`, `note`), `file`, `message`, and, where there is one, `help` and the place: `line`, `column`,
//! `end_line`, `end_column`, counted from 1 in characters, the end being the character after the last. `summary` counts
//! `errors`, `warnings`, `notes`, and findings `left_out` because a file had too many.

use serde_json::{Map, Value, json};

use crate::rules::{Checked, CheckedFile, Finding, Severity};

/// The whole document.
pub(super) fn document(checked: &Checked) -> Value {
    let findings: Vec<_> = checked
        .files
        .iter()
        .flat_map(|file| file.findings.iter().map(|found| finding(file, found)))
        .collect();
    let files: Vec<_> = checked
        .files
        .iter()
        .map(|file| json!({ "file": file.name, "usable": !file.findings.has_errors() }))
        .collect();
    json!({
        "version": 1,
        "files": files,
        "findings": findings,
        "summary": {
            "errors": checked.count(Severity::Error),
            "warnings": checked.count(Severity::Warning),
            "notes": checked.count(Severity::Note),
            "left_out": checked.left_out(),
        },
    })
}

/// One finding.
pub(in crate::cli) fn finding(file: &CheckedFile, finding: &Finding) -> Value {
    let mut object = Map::new();
    let mut insert = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    insert("code", finding.code.as_str().into());
    insert("severity", finding.code.severity().as_str().into());
    insert("file", (*finding.file).into());
    if let Some(place) = finding.place {
        let (end_line, end_column) = end(file, finding).unwrap_or((place.line, place.column));
        insert("line", place.line.into());
        insert("column", place.column.into());
        insert("end_line", end_line.into());
        insert("end_column", end_column.into());
    }
    insert("message", finding.message.as_str().into());
    if let Some(help) = &finding.help {
        insert("help", help.as_str().into());
    }
    Value::Object(object)
}

/// The line and the column after the last character of a finding, in the file that it was found in.
pub(super) fn end(file: &CheckedFile, finding: &Finding) -> Option<(usize, usize)> {
    let place = finding.place?;
    let text = file.text_of(finding)?;
    let marked = text
        .get(place.span.start..place.span.end.max(place.span.start))?
        .trim_end();
    let last_line = marked.rsplit('\n').next().unwrap_or_default();
    let breaks = marked.matches('\n').count();
    let before = if breaks == 0 { place.column } else { 1 };
    Some((
        place.line.saturating_add(breaks),
        before.saturating_add(last_line.chars().count()),
    ))
}
