//! `ringmaster check` and `ringmaster schema`, through the program.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use proptest::prelude::*;

#[path = "../fuzz/body/rules.rs"]
mod body;

/// Rules that name no other file, so that they can stand anywhere.
const GOOD: &str = include_str!("../../rules/examples/support-desk.yaml");

fn ringmaster(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ringmaster"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn output(output: &Output) -> (i32, String) {
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn the_rules_folder_of_the_settings_is_checked_when_no_path_is_given() {
    let (code, said) = output(&ringmaster(&["check"]));
    assert_eq!(
        (code, said.as_str()),
        (0, "nothing to find fault with in 1 file\n")
    );
}

#[test]
fn every_file_of_a_folder_is_checked_in_one_run_and_findings_are_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, names) = ("    targets:", "queue: seniors");
    let misspelt = GOOD.replace(keys, "    tragets:");
    fs::write(folder.path().join("one.yaml"), misspelt).unwrap();
    let misspelt = GOOD.replace(names, "queue: snieors");
    fs::write(folder.path().join("two.yaml"), misspelt).unwrap();
    fs::write(folder.path().join("three.yaml"), GOOD).unwrap();
    let folder = folder.path().display().to_string();
    let (code, said) = output(&ringmaster(&["check", &folder]));
    assert_eq!(code, 1);
    let (keys, names) = (GOOD.matches(keys).count(), GOOD.matches(names).count());
    assert!(keys > 1 && names > 1);
    assert_eq!(said.matches("error[unknown-key]").count(), keys, "{said}");
    assert_eq!(said.matches("error[unknown-name]").count(), names, "{said}");
    let all = format!("{} errors in 3 files", keys + names);
    assert!(said.contains(&all), "{said}");
    assert!(!said.contains('\u{1b}'), "no colour without a terminal");
    for format in ["json", "sarif"] {
        let (code, said) = output(&ringmaster(&["check", &folder, "--format", format]));
        assert_eq!(code, 1);
        serde_json::from_str::<serde_json::Value>(&said).unwrap();
    }
}

#[test]
fn what_cannot_be_checked_is_exit_code_2() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().display().to_string();
    for arguments in [
        &["check", "no/such/file.yaml"][..],
        &["check", &empty],
        &["check", "tests/data/office/office.test.yaml"],
        &["check", "--explain", "unreachable"],
        &["check", "rules", "--agents", "no/such/agents.json"],
        &["check", "--format", "xml"],
    ] {
        let ended = ringmaster(arguments);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
    }
    let ended = ringmaster(&["check", "--explain", "unreachable-rul"]);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("did you mean \"unreachable-rule\"?"),
        "{said}"
    );
}

#[test]
fn codes_are_listed_and_explained() {
    let (code, list) = output(&ringmaster(&["check", "--explain", "list"]));
    assert_eq!(code, 0);
    assert!(list.lines().count() > 20);
    for line in list.lines() {
        let name = line.split_whitespace().next().unwrap();
        let (code, said) = output(&ringmaster(&["check", "--explain", name]));
        assert_eq!(code, 0);
        assert!(
            said.contains("## Wrong") && said.contains("## Right"),
            "{name}"
        );
    }
}

#[test]
fn a_queue_without_agents_is_found_when_the_agents_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let agents = folder.path().join("agents.json");
    let known = r#"[
        { "id": "desk-1", "groups": ["sales", "sales-trainees", "dealers", "repairs"], "status": "available" },
        { "id": "desk-2", "groups": ["support"], "skills": { "hindi": 2 } }
    ]"#;
    // As the API takes it, and as it lists it.
    for known in [known.to_owned(), format!("{{ \"agents\": {known} }}")] {
        fs::write(&agents, known).unwrap();
        let agents = agents.display().to_string();
        let (code, said) = output(&ringmaster(&["check", "rules", "--agents", &agents]));
        assert_eq!(code, 1);
        assert!(
            said.contains("nobody can be in the queue \"support-hindi\""),
            "{said}"
        );
        assert!(said.contains("1 warning in 1 file"), "{said}");
    }
}

#[test]
fn the_schema_is_printed() {
    let (code, said) = output(&ringmaster(&["schema"]));
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(schema["properties"]["rules"]["description"].is_string());
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringmaster"))
        .arg("schema")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Files made to choke a reader, each with what is said of it.
#[test]
fn what_would_choke_a_reader_is_refused_quickly_and_says_why() {
    let mut bomb = "l0: &l0 lol\n".to_owned();
    for level in 1..=40 {
        let nine = vec![format!("*l{}", level - 1); 9].join(", ");
        writeln!(bomb, "l{level}: &l{level} [{nine}]").unwrap();
    }
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("bomb", bomb.into_bytes(), "yaml-feature"),
        ("large", vec![b'#'; 50 * 1024 * 1024], "too-large"),
        ("nul", vec![0; 1024 * 1024], "not-text"),
        ("brackets", vec![b'['; 1024 * 1024], "too-deep"),
        ("braces", b"{a: ".repeat(256 * 1024), "too-deep"),
        ("dashes", b"- ".repeat(512 * 1024), "too-deep"),
        ("keys", b"? ".repeat(512 * 1024), "too-deep"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, content, code) in files {
        let path = folder.path().join(format!("{name}.yaml"));
        fs::write(&path, content).unwrap();
        let before = Instant::now();
        let (exit, said) = output(&ringmaster(&["check", &path.display().to_string()]));
        // Far more than it takes: what it guards against takes minutes, or all memory.
        assert!(
            before.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            before.elapsed()
        );
        assert_eq!(exit, 1, "{name}");
        assert!(said.contains(&format!("error[{code}]")), "{name}: {said}");
    }
}

/// Pieces that rules are made of, and some that they aren't.
fn piece() -> impl Strategy<Value = String> {
    let whole_lines: Vec<_> = GOOD.lines().map(|line| format!("{line}\n")).collect();
    prop_oneof![
        6 => proptest::sample::select(whole_lines),
        1 => "[ \\-a-z0-9:{}\\[\\],\"'#&*!|>%@`\n\t]{0,20}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_makes_the_reader_panic(pieces in proptest::collection::vec(piece(), 0..40)) {
        body::read_and_check(pieces.concat().as_bytes());
    }

    #[test]
    fn no_change_of_a_good_file_makes_the_reader_panic(
        at in 0..GOOD.len(),
        removed in 0_usize..30,
        bytes in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut text = GOOD.as_bytes().to_vec();
        let end = (at + removed).min(text.len());
        text.splice(at..end, bytes);
        body::read_and_check(&text);
    }
}
