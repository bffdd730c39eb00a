//! Outcomes for programs. The document's shape is stable: fields may be added, none changes or goes.
//!
//! `version` is 1. `files` are the rules files, each with `rules`, `tests` (their file) and `result`: `tested`, `untested`
//! (there is no such file) or `unusable`. `findings` are why files can't be used, as in the document of the check. `tests`
//! have `file`, `line`, `name`, `passed`, and where they failed `failure`: the `step` (0 is the call, 1 the first of `then`) and
//! the `misses`, each with `key`, `expected`, `got`, `line` and `column`, and the `explanation` of what happened instead, as `explain`
//! gives it; `null` where there was nothing to ask. `summary` counts `passed` and `failed` tests, and
//! `unusable` files.

use serde_json::{Value, json};

use super::{FileResult, FileRun, TestOutcome, TestRun};
use crate::cli::check::json::finding;
use crate::routing::trial::{FailedStep, Miss};

/// The whole document.
pub(super) fn document(run: &TestRun) -> Value {
    let mut findings = Vec::new();
    let mut tests = Vec::new();
    for file in &run.files {
        tests.extend(file.outcomes().iter().map(|outcome| test(file, outcome)));
        if let FileResult::Unusable(faulty) = &file.result {
            findings.extend(faulty.findings.iter().map(|found| finding(faulty, found)));
        }
    }
    json!({
        "version": 1,
        "files": run.files.iter().map(of_file).collect::<Vec<_>>(),
        "findings": findings,
        "tests": tests,
        "summary": {
            "passed": run.passed(),
            "failed": run.failed(),
            "unusable": run.unusable(),
        },
    })
}

fn of_file(file: &FileRun) -> Value {
    let result = match file.result {
        FileResult::Untested => "untested",
        FileResult::Unusable(_) => "unusable",
        FileResult::Tested { .. } => "tested",
    };
    json!({ "rules": file.rules, "tests": file.tests, "result": result })
}

fn test(file: &FileRun, outcome: &TestOutcome) -> Value {
    let mut test = json!({
        "file": file.tests,
        "line": outcome.name.place.line,
        "name": outcome.name.value,
        "passed": outcome.failure.is_none(),
    });
    if let (Some(failed), Some(object)) = (&outcome.failure, test.as_object_mut()) {
        object.insert("failure".to_owned(), failure(failed));
    }
    test
}

fn failure(failed: &FailedStep) -> Value {
    let miss = |miss: &Miss| {
        json!({
            "key": miss.key,
            "expected": miss.expected,
            "got": miss.got,
            "line": miss.place.line,
            "column": miss.place.column,
        })
    };
    json!({
        "step": failed.step,
        "misses": failed.misses.iter().map(miss).collect::<Vec<_>>(),
        "explanation": failed.explanation,
    })
}
