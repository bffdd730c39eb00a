//! Findings as a SARIF 2.1.0 log, for code scanning:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
//!
//! Every code is a rule of the log, whether it was found or not, so that a scanner can show and filter them all.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::end;
use crate::rules::{Checked, CheckedFile, Code, Finding};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole log.
pub(super) fn log(checked: &Checked) -> Value {
    let results: Vec<_> = checked
        .files
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| result(file, finding)))
        .collect();
    let rules: Vec<_> = Code::ALL.iter().map(|code| rule(*code)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let explanation = code.explanation();
    let (_, body) = explanation.split_once('\n').unwrap_or_default();
    let why = body.split("## ").next().unwrap_or_default();
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": why.split_whitespace().collect::<Vec<_>>().join(" ") },
        "help": { "text": explanation, "markdown": explanation },
        "defaultConfiguration": { "level": code.severity().as_str() },
    })
}

fn result(file: &CheckedFile, finding: &Finding) -> Value {
    let message = match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    };
    let position = Code::ALL.iter().position(|code| *code == finding.code);
    json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": position,
        "level": finding.code.severity().as_str(),
        "message": { "text": message },
        "locations": [{ "physicalLocation": physical_location(file, finding) }],
    })
}

fn physical_location(file: &CheckedFile, finding: &Finding) -> Value {
    let artifact = json!({ "uri": uri(&finding.file) });
    let Some(place) = finding.place else {
        return json!({ "artifactLocation": artifact });
    };
    let (end_line, end_column) = end(file, finding).unwrap_or((place.line, place.column));
    json!({
        "artifactLocation": artifact,
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    })
}

/// A path as a URI: relative ones stay relative to where the check ran, which is how scanners match them.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') {
        "file://".to_owned()
    } else {
        String::new()
    };
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            other => {
                // Writing to a text can't fail.
                let _written = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}
