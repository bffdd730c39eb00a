//! A difference, and what became of it, for programs. The document's shape is stable: fields may be added, none changes or goes.
//!
//! `version` is 1. `outcome` is one word, see [`Outcome`]. `added` has agents as the API takes them; `changed` has of each
//! agent its `id` and its `fields`, each with `field`, `before` and `after`; `removed` has agents with the `state` that they
//! were in. `unchanged` and `others` are counts. `findings` are those of a file with faults, as `check` has them.

use serde_json::{Value, json};

use super::apply::Outcome;
use super::difference::{Change, Difference, FieldChange, Removal};
use crate::cli::check::json::finding;
use crate::cli::remote::RemoteAccount;
use crate::rules::CheckedFile;

/// The whole document.
pub(super) fn document(
    file: &str,
    remote: &RemoteAccount<'_>,
    difference: &Difference,
    outcome: &Outcome,
) -> Value {
    let removed: Vec<_> = difference.removed.iter().map(removal).collect();
    let changed: Vec<_> = difference.changed.iter().map(change).collect();
    json!({
        "version": 1,
        "file": file,
        "server": remote.server,
        "account": remote.account,
        "outcome": outcome.as_str(),
        "why": outcome.why(),
        "added": difference.added,
        "changed": changed,
        "removed": removed,
        "unchanged": difference.unchanged,
        "others": difference.others,
    })
}

/// The same of a file that can't be used.
pub(super) fn faulty(file: &CheckedFile) -> Value {
    let findings: Vec<_> = file
        .findings
        .iter()
        .map(|found| finding(file, found))
        .collect();
    json!({
        "version": 1,
        "file": file.name,
        "outcome": "faulty",
        "findings": findings,
        "left_out": file.findings.left_out(),
    })
}

fn change(change: &Change) -> Value {
    let field = |FieldChange {
                     name,
                     before,
                     after,
                 }| json!({ "field": name, "before": before, "after": after });
    let fields: Vec<_> = change.fields().into_iter().map(field).collect();
    json!({ "id": change.after.id, "fields": fields })
}

fn removal(removal: &Removal) -> Value {
    let mut document = serde_json::to_value(&removal.agent).unwrap_or_default();
    if let Value::Object(fields) = &mut document {
        fields.insert("state".to_owned(), removal.state.as_str().into());
    }
    document
}
