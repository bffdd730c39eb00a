//! What the readers make of a file. Every finding with its exact text: the cases are in `tests/data/findings.txt`.

#![expect(clippy::arithmetic_side_effects, reason = "positions in short texts")]

use rstest::rstest;

use crate::rules::{Code, Findings, Place, RuleBook, shape};

mod everything;

const CASES: &str = include_str!("../../../tests/data/findings.txt");

/// What a case begins with unless it says `country` itself: four lines.
const HEAD: &str = "country: IN\ntime_zone: Asia/Kolkata\nfallback: { numbers: [] }\n\n";

fn findings(text: &str) -> Findings {
    match RuleBook::parse("rules/default.yaml", text) {
        Ok(book) => book.warnings().clone(),
        Err(findings) => findings,
    }
}

/// The file of a case: what it doesn't say itself comes from [`HEAD`] and an empty list of rules.
fn whole_file(name: &str, case: &str) -> String {
    if name.starts_with("a file") {
        return case.to_owned();
    }
    let rules = if case.contains("rules:") {
        ""
    } else {
        "rules: []\n"
    };
    format!("{HEAD}{case}{rules}")
}

#[test]
fn every_finding_says_what_is_wrong_and_where() {
    let mut failed = Vec::new();
    for case in CASES.split("## ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let (text, expected) = rest.split_once("-->\n").unwrap();
        let found = findings(&whole_file(name, text)).to_string();
        if found != expected.trim_end() {
            failed.push(format!("{name}\n expected:\n{expected} found:\n{found}\n"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The table and the readers are kept together: a value that nothing can be must be reported for every key.
#[rstest]
#[case(&shape::RULES_FILE, "", "")]
#[case(&shape::ANSWER, "answer: { ", " }")]
#[case(&shape::RECORDING, "answer: { recording: { ", " } }")]
#[case(&shape::EVENTS, "answer: { events: { ", " } }")]
#[case(&shape::PLAYBACK, "answer: { start_call_playback: { ", " } }")]
#[case(&shape::PRESENCE, "presence: { ", " }")]
#[case(&shape::OUTBOUND, "outbound: { ", " }")]
#[case(&shape::HOURS, "hours: { h: { ", " } }")]
#[case(&shape::CALLERS_FILE, "callers: { c: { ", " } }")]
#[case(&shape::QUEUE, "queues: { q: { ", " } }")]
#[case(&shape::AGENTS, "queues: { q: { agents: { ", " } } }")]
#[case(&shape::RULE, "rules: [{ ", " }]")]
#[case(&shape::WHEN, "rules: [{ when: { ", " } }]")]
#[case(&shape::NOT, "rules: [{ when: { digits: { ", " } } }]")]
#[case(&shape::STICKY, "rules: [{ sticky: { ", " } }]")]
#[case(&shape::NO_ANSWER, "rules: [{ no_answer: { ", " } }]")]
#[case(&shape::BUSY, "rules: [{ busy: { ", " } }]")]
#[case(&shape::BRANCH, "rules: [{ split: [{ ", " }] }]")]
#[case(&shape::AFTER, "rules: [{ targets: [{ after: { ", " } }] }]")]
#[case(&shape::RING, "rules: [{ ring: { ", " } }]")]
#[case(&shape::TARGET, "rules: [{ targets: [{ ", " }] }]")]
#[case(&shape::FALLBACK, "fallback: { ", " }")]
fn every_key_of_the_table_is_read(
    #[case] shape: &shape::Shape,
    #[case] open: &str,
    #[case] close: &str,
) {
    for key in shape.keys {
        let text = format!("country: IN\n{open}{}: [[[]]]{close}\n", key.name);
        let column = open.chars().count() + 1;
        let found = findings(&text);
        let about_it = |place: Place| place.line == 2 && place.column >= column;
        let said = found.iter().any(|finding| {
            finding.place.is_some_and(about_it)
                && !matches!(finding.code, Code::UnknownKey | Code::MissingKey)
        });
        assert!(said, "nothing is said about {text}{found}");
        assert!(!key.doc.is_empty());
    }
}
