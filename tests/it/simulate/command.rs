//! The program: what people and programs are told.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::ringmaster;

const RULES: &str = r"country: IN
time_zone: Asia/Kolkata
answer: { events: { answered: true } }
queues:
  desk: { agents: { groups: [desk] }, strategy: longest_idle, wrap_up: 10s }
rules:
  - { name: all, ring: { for: 20s, attempts: 2 }, targets: [{ queue: desk }] }
fallback: { numbers: [] }
";

const SCENARIO: &str = r#"start: "2026-11-23T09:00"
length: 1h
arrivals:
  - { name: all, to: "01135124157", per_hour: 60 }
callers: { patience: 90s, again: 8s }
talk: { mean: 2m, median: 90s }
phones: { answered: 90, declined: 3 }
reports: { answered: true }
agents:
  desk: { count: 3, groups: [desk] }
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let other = RULES.replace("longest_idle", "top_down");
    for (name, text) in [
        ("default.yaml", RULES),
        ("other.yaml", &other),
        ("broken.yaml", &RULES.replace("queue: desk", "queue: dsk")),
        ("day.yaml", SCENARIO),
        (
            "bad.yaml",
            &SCENARIO.replace("patience: 90s", "patiense: 90s"),
        ),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Exit code, and what was said on standard output and standard error.
fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = ringmaster(&[&["simulate"], arguments].concat())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn people_get_tables() {
    let folder = folder();
    let (code, said, complaints) = run(&folder, &["day.yaml", "--rules", "default.yaml"]);
    assert_eq!((code, complaints.as_str()), (0, ""));
    insta::assert_snapshot!("tables", said);
}

#[test]
fn two_sets_of_rules_stand_side_by_side() {
    let folder = folder();
    let arguments = [
        "day.yaml",
        "--rules",
        "default.yaml",
        "--compare",
        "other.yaml",
    ];
    let (code, said, _) = run(&folder, &arguments);
    assert_eq!(code, 0);
    insta::assert_snapshot!("side_by_side", said);
}

#[test]
fn programs_get_one_document() {
    let folder = folder();
    let arguments = [
        "day.yaml",
        "--rules",
        "default.yaml",
        "--format",
        "json",
        "--calls",
        "20",
        "--seed",
        "9",
    ];
    let (code, said, _) = run(&folder, &arguments);
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&document["version"], &document["seed"]),
        (&1.into(), &9.into())
    );
    let report = &document["runs"][0]["report"];
    assert_eq!(report["total"]["calls"], 20);
    assert_eq!(report["agents"].as_array().unwrap().len(), 3);
    assert!(report["queues"][0]["occupancy"].as_f64().unwrap() < 1.0);
    assert_eq!(run(&folder, &arguments).1, said);
}

#[test]
fn what_cannot_be_used_is_told_with_its_place() {
    let folder = folder();
    let (code, said, _) = run(&folder, &["bad.yaml", "--rules", "default.yaml"]);
    assert_eq!(code, 2);
    assert!(said.contains("bad.yaml:5:12"), "{said}");
    assert!(said.contains("did you mean \"patience\"?"), "{said}");
    let (code, said, _) = run(&folder, &["day.yaml", "--rules", "broken.yaml"]);
    assert_eq!(code, 2);
    assert!(said.contains("queue \"dsk\" is not defined"), "{said}");
    let (code, said, _) = run(&folder, &["nowhere.yaml", "--rules", "default.yaml"]);
    assert_eq!(code, 2);
    assert!(said.contains("nowhere.yaml"), "{said}");
}
