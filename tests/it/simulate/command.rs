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

/// The rules and the scenario with clicks, too.
fn with_clicks() -> TempDir {
    let folder = folder();
    let outbound = "outbound: { virtual_number: \"08047182200\" }\nrules:";
    let clicks = "clicks:
  - { name: own, crew: desk, per_hour: 30 }
  - { name: campaign, queue: desk, per_hour: 15, refused: 20, doubled: 20 }
agents:";
    let (rules, scenario) = (
        RULES.replace("rules:", outbound),
        SCENARIO.replace("agents:\n", &format!("{clicks}\n")),
    );
    fs::write(folder.path().join("outbound.yaml"), rules).unwrap();
    fs::write(folder.path().join("clicks.yaml"), scenario).unwrap();
    folder
}

#[test]
fn clicks_have_a_table_of_their_own_and_a_place_in_the_document() {
    let folder = with_clicks();
    let arguments = ["clicks.yaml", "--rules", "outbound.yaml"];
    let (code, said, complaints) = run(&folder, &arguments);
    assert_eq!((code, complaints.as_str()), (0, ""));
    insta::assert_snapshot!("clicks", said);
    let (code, said, _) = run(&folder, &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&said).unwrap();
    let report = &document["runs"][0]["report"];
    insta::assert_json_snapshot!("clicks_document", report["clicks"]);
    let agents = report["agents"].as_array().unwrap();
    let clicks = agents.iter().map(|agent| agent["clicks"].as_u64().unwrap());
    let talked = report["clicks"].as_array().unwrap().iter();
    let talked = talked.map(|kind| kind["talked"].as_u64().unwrap());
    assert_eq!(clicks.sum::<u64>(), talked.sum::<u64>());
}

#[test]
fn clicks_without_a_number_that_both_see_are_a_fault_of_the_scenario() {
    let folder = with_clicks();
    let (code, said, _) = run(&folder, &["clicks.yaml", "--rules", "default.yaml"]);
    assert_eq!(code, 2);
    assert!(said.contains("clicks.yaml:10:3"), "{said}");
    assert!(said.contains("calls can't be started"), "{said}");
}

#[test]
fn who_wants_calls_answered_is_told_when_they_are_not() {
    let folder = folder();
    let play = |rules: &str, least: &str| {
        let arguments = ["day.yaml", "--rules", rules, "--answered-at-least", least];
        run(&folder, &arguments)
    };
    let (code, said, complaints) = play("default.yaml", "70");
    assert_eq!((code, complaints.as_str()), (0, ""), "{said}");
    // Whoever answers every fetch with nobody keeps every promise.
    let nobody = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [] }\n";
    fs::write(folder.path().join("nobody.yaml"), nobody).unwrap();
    let (code, said, complaints) = play("nobody.yaml", "1");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("held: "), "{said}");
    assert!(complaints.contains("agents answered 0 of "), "{complaints}");
    assert_eq!(play("nobody.yaml", "101").0, 2);
}

#[test]
fn only_what_was_put_to_the_test_is_said_to_have_held() {
    let folder = with_clicks();
    let doubled = "reports: { doubled_fetches: 50, lost: 60 }";
    let scenario = fs::read_to_string(folder.path().join("clicks.yaml")).unwrap();
    let scenario = scenario.replace("reports: { answered: true }", doubled);
    fs::write(folder.path().join("clicks.yaml"), scenario).unwrap();
    let (code, said, _) = run(&folder, &["clicks.yaml", "--rules", "outbound.yaml"]);
    assert_eq!(code, 0, "{said}");
    let (_, held) = said.rsplit_once("\nheld: ").unwrap();
    insta::assert_snapshot!(held, @"
    no agent offered to two calls, as far as the service was told, every answer valid, fetches sent twice answered alike (58), one call at most of each click (40), nobody held for ever
    not held against it: phones dialled while in a call, for want of reports (44)
    ");
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
