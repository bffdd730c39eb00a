//! `ringmaster test`, through the program: what people and programs are told.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::ringmaster;

const RULES: &str = r#"country: IN
time_zone: America/New_York
hours: { office: { weekly: { mon-fri: ["09:30-18:30"] } } }
queues:
  sales: { agents: { groups: [sales] } }
  support: { agents: { groups: [support], skills: { hindi: 3 } } }
rules:
  - name: sales
    when: { hours: office }
    ring: { for: 20s, attempts: 2 }
    targets: [{ queue: sales }, { queue: support, after: { attempts: 1 } }]
fallback: { numbers: ["+911140001234"] }
"#;

const TESTS: &str = r#"agents:
  asha: { groups: [sales], idle: 5m }
  bilal: { groups: [support], skills: { hindi: 2 } }
  chitra: { groups: [support], skills: { hindi: 4 } }
tests:
  - name: the office rings sales
    call: { from: "09812345678", to: "01135124157", at: "2026-11-23T11:00" }
    expect: { rule: sales, rings: [asha], last: false }
    then:
      - after: 20s
        expect: { rings: [chitra], queue: support, last: true }
  - name: at night the fallback rings
    call: { at: "2026-11-23T22:00" }
    expect: { fallback: true, rings: ["+911140001234"] }
"#;

/// A folder `rules` with these files, in a folder of its own.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join("rules").join(name), text).unwrap();
    }
    folder
}

/// Exit code, and what was said on standard output and standard error.
fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = ringmaster(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// What a run with these tests says, behind its exit code.
fn said(tests: &str) -> String {
    let folder = folder(&[("default.yaml", RULES), ("default.test.yaml", tests)]);
    let (code, said, complaints) = run(&folder, &["test"]);
    assert_eq!(complaints, "");
    format!("exit code {code}\n{said}")
}

#[test]
fn tests_that_pass_are_a_line_each() {
    insta::assert_snapshot!(said(TESTS), @r"
    exit code 0
    rules/default.test.yaml
      ok      the office rings sales
      ok      at night the fallback rings

    2 tests passed
    ");
}

#[test]
fn a_test_that_fails_shows_the_place_and_what_happened_instead() {
    let wrong = TESTS
        .replace("rings: [asha], last", "rings: [chitra], last")
        .replace(
            "fallback: true, rings: [\"+911140001234\"]",
            "rule: sales, nobody: true",
        );
    insta::assert_snapshot!("failing", said(&wrong));
}

#[test]
fn a_step_that_fails_is_named_with_the_attempts_before_it() {
    let wrong = TESTS.replace(
        "rings: [chitra], queue: support",
        "rings: [bilal], queue: sales",
    );
    insta::assert_snapshot!("failing_step", said(&wrong));
}

#[test]
fn a_step_that_never_comes_has_nothing_to_explain() {
    let more = TESTS.replace(
        "  - name: at night",
        "      - { after: 20s, status: busy, expect: { rings: [asha] } }\n  - name: at night",
    );
    insta::assert_snapshot!(said(&more), @r#"
    exit code 1
    rules/default.test.yaml
      FAILED  the office rings sales
      ok      at night the fallback rings

    ---- the office rings sales, at step 2 of its "then"

    error: then: expected Exotel to ask again, got an answer before that was the last of this call (fetch_after_attempt: false)
      --> rules/default.test.yaml:12:18
       |
    12 |       - { after: 20s, status: busy, expect: { rings: [asha] } }
       |                  ^^^

    1 test passed, 1 test failed
    "#);
}

#[test]
fn tests_with_faults_are_not_carried_out_and_every_fault_is_shown() {
    let faulty = TESTS
        .replace("rule: sales,", "rule: sale,")
        .replace("2026-11-23T22:00", "2026-11-01T01:30")
        .replace("    call: { at", "    cal: { at")
        .replace("[chitra]", "[chitr]");
    insta::assert_snapshot!("faulty_tests", said(&faulty));
}

#[test]
fn rules_with_faults_are_shown_instead_of_their_tests() {
    let files = [
        (
            "default.yaml",
            RULES.replace("queue: sales", "queue: saels"),
        ),
        ("default.test.yaml", TESTS.to_owned()),
        ("good.yaml", RULES.to_owned()),
        ("good.test.yaml", TESTS.to_owned()),
        ("untested.yaml", "not even rules".to_owned()),
        ("gone.test.yaml", TESTS.to_owned()),
        (".#default.test.yaml", "what an editor hides".to_owned()),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, &**text)).collect();
    let folder = folder(&files);
    let (code, said, complaints) = run(&folder, &["test", "rules"]);
    assert_eq!(complaints, "");
    insta::assert_snapshot!("faulty_rules", format!("exit code {code}\n{said}"));
}

#[test]
fn one_file_may_be_named_by_its_rules_or_by_its_tests() {
    let folder = folder(&[
        ("default.yaml", RULES),
        ("default.test.yaml", TESTS),
        ("other.yaml", RULES),
        ("other.test.yaml", "tests: ["),
    ]);
    let by_rules = run(&folder, &["test", "rules/default.yaml"]);
    let by_tests = run(&folder, &["test", "rules/default.test.yaml"]);
    assert_eq!(by_rules.0, 0);
    assert_eq!(by_rules, by_tests);
    assert_eq!(run(&folder, &["test", "rules"]).0, 2);
}

#[test]
fn where_there_is_nothing_to_test_the_reason_is_told() {
    let folder = folder(&[("default.yaml", RULES), ("list.csv", "number\n")]);
    let complaint = |arguments: &[&str]| {
        let (code, said, complaints) = run(&folder, arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}");
        complaints
    };
    insta::assert_snapshot!(complaint(&["test"]), @r"
    ringmaster: there are no tests (name.test.yaml beside name.yaml) in rules
    ");
    insta::assert_snapshot!(complaint(&["test", "rules/default.yaml"]), @r"
    ringmaster: rules/default.yaml has no tests: they would stand in rules/default.test.yaml
    ");
    insta::assert_snapshot!(complaint(&["test", "rules/list.csv"]), @r"
    ringmaster: rules/list.csv is neither rules (name.yaml) nor their tests (name.test.yaml)
    ");
    insta::assert_snapshot!(complaint(&["test", "nowhere"]), @r"
    ringmaster: nowhere can't be read: No such file or directory (os error 2)
    ");
    assert!(complaint(&["test", "--format", "sarif"]).contains("sarif"));
}

#[test]
fn programs_get_one_document() {
    let wrong = TESTS.replace("rings: [asha], last", "rings: [chitra], last");
    let folder = folder(&[
        ("default.yaml", RULES),
        ("default.test.yaml", &wrong),
        ("other.yaml", RULES),
        ("untested.yaml", RULES),
        ("other.test.yaml", "tests: []"),
    ]);
    let (code, said, _) = run(&folder, &["test", "--format", "json"]);
    assert_eq!(code, 2);
    let mut document: Value = serde_json::from_str(&said).unwrap();
    let explanation = document["tests"][0]["failure"]["explanation"].take();
    assert_eq!(explanation["rings"][0]["agent"], "asha");
    insta::assert_json_snapshot!("document", document);
}

#[test]
fn every_run_says_the_same() {
    let wrong = TESTS.replace("rings: [asha], last", "rings: [chitra], last");
    assert_eq!(said(&wrong), said(&wrong));
}

#[test]
fn the_schema_of_tests_is_printed() {
    let folder = folder(&[]);
    let (code, said, _) = run(&folder, &["schema", "--tests"]);
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&said).unwrap();
    assert!(schema["properties"]["tests"]["description"].is_string());
    assert_ne!(run(&folder, &["schema"]).1, said);
}

#[test]
fn the_tests_of_the_office_pass() {
    let output = ringmaster(&["test", "tests/data/office"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.ends_with("2 tests passed\n"), "{said}");
}
