//! What the reader makes of a file of tests. Every finding with its exact text: the cases are in `tests/data/test-findings.txt`.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;

use crate::clock::Timestamp;
use crate::rules::{
    Code, ExpectedJson, Findings, RuleBook, Rung, StepEvent, TestSuite, VirtualAgent, VirtualState,
    VirtualStatus,
};
use crate::telephony::AgentId;

const CASES: &str = include_str!("../../../../tests/data/test-findings.txt");
const OFFICE: &str = include_str!("../../../../tests/data/office/office.yaml");

/// What a case begins with unless it says so itself: three lines.
const AGENTS: &str =
    "agents:\n  desk-1: { groups: [sales] }\n  desk-2: { groups: [support], status: on_break }\n";
const TESTS: &str =
    "tests: [{ name: one, call: { at: \"2026-11-23T11:00\" }, expect: { nobody: true } }]\n";

/// The rules of a case: the office, which cases may have elsewhere or without heartbeats.
fn rules(name: &str) -> RuleBook {
    let zone = if name.contains("New York") {
        "America/New_York"
    } else {
        "Asia/Kolkata"
    };
    let heartbeat = if name.contains("without heartbeats") {
        "0"
    } else {
        "60s"
    };
    let text = OFFICE
        .replace("Asia/Kolkata", zone)
        .replace("heartbeat: 60s", &format!("heartbeat: {heartbeat}"));
    RuleBook::parse_in(Path::new("tests/data/office"), "office.yaml", &text).unwrap()
}

fn read(text: &str, rules: &RuleBook) -> Result<TestSuite, Findings> {
    TestSuite::parse("rules/office.test.yaml", text, rules)
}

fn whole_file(name: &str, case: &str) -> String {
    if name.starts_with("a file") {
        return case.to_owned();
    }
    let agents = if case.starts_with("agents:") {
        ""
    } else {
        AGENTS
    };
    let tests = if case.contains("tests:") { "" } else { TESTS };
    format!("{agents}{case}{tests}")
}

/// The cases with their texts, and what is to be found.
fn cases() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    CASES.split("## ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').unwrap();
        let (text, expected) = rest.split_once("-->\n").unwrap();
        (name, whole_file(name, text), expected.trim_end())
    })
}

#[test]
fn every_finding_says_what_is_wrong_and_where() {
    let mut failed = Vec::new();
    for (name, text, expected) in cases() {
        let found = read(&text, &rules(name))
            .err()
            .unwrap_or_default()
            .to_string();
        if found != expected {
            failed.push(format!("## {name}\n{text}-->\n{found}\n"));
        }
    }
    assert!(failed.is_empty(), "found:\n{}", failed.join("\n"));
}

const EVERYTHING: &str = include_str!("../../../../tests/data/everything.test.yaml");

fn everything() -> TestSuite {
    read(EVERYTHING, &rules("")).unwrap()
}

fn agent(id: &str) -> AgentId {
    AgentId::parse(id).unwrap()
}

#[test]
fn everything_that_the_language_has_is_read() {
    let suite = everything();
    insta::assert_debug_snapshot!("agents", suite.agents);
    insta::assert_debug_snapshot!("tests", suite.tests);
}

#[test]
fn a_test_says_what_is_different_and_the_rest_is_the_files() {
    let suite = everything();
    let [everything, usual] = &*suite.tests else {
        panic!("two tests")
    };
    let changed = &everything.agents[&agent("desk-2")];
    assert_eq!(changed.status, Some(VirtualStatus::Available));
    assert_eq!(changed.state, Some(VirtualState::InCall));
    assert_eq!(changed.state_left, Some(Duration::from_secs(12)));
    assert_eq!(usual.agents, suite.agents);
    assert_eq!(everything.call.from.as_deref(), Some("09812345678"));
    assert_eq!(everything.call.to.as_deref(), Some("011-3512-4157"));
    assert_eq!(everything.call.direction.as_deref(), Some("incoming"));
    assert_eq!(usual.call.direction.as_deref(), Some("outbound-dial"));
    // 11:30:15 and 11:00 in India.
    assert_eq!(everything.at, Timestamp::from_millis(1_795_413_615_000));
    assert_eq!(usual.at, Timestamp::from_millis(1_795_411_800_000));
}

#[test]
fn another_call_has_what_the_file_says_of_every_call_and_nothing_of_the_tests_first() {
    let suite = everything();
    let StepEvent::NewCall(call) = &suite.tests[0].then[2].event else {
        panic!("another call")
    };
    assert_eq!(call.to.as_deref(), Some("011-3512-4157"));
    assert_eq!(call.digits, None);
    assert_eq!(
        suite.tests[0].then[0].event,
        StepEvent::AttemptEnded("no-answer")
    );
}

#[test]
fn whoever_has_no_destination_gets_one_that_nobody_else_has() {
    let destinations = |id: &str| {
        let agent = everything().agents[&agent(id)].clone();
        let uris = agent.destinations.unwrap();
        uris.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(destinations("desk-1"), ["+919812345678", "sip:desk1"]);
    // Ids differ in case, sip: ids don't.
    assert_eq!(destinations("Desk-2"), ["sip:desk-2"]);
    assert_eq!(destinations("desk-2"), ["sip:agent-0"]);
    assert_eq!(destinations("a@b"), ["sip:a"]);
}

#[test]
fn an_agent_is_meant_before_a_destination_of_that_name() {
    let text = "agents: { \"101\": {} }\ntests:\n  - name: one\n    call: { at: \"2026-11-23T11:00\" }\n    expect: { rings: [\"101\"] }\n";
    let suite = read(text, &rules("")).unwrap();
    let rings = suite.tests[0].expect.rings.as_ref().unwrap();
    assert_eq!(rings.value, [Rung::Agent(agent("101"))]);
}

#[test]
fn what_must_not_be_in_an_answer_is_null() {
    let suite = everything();
    let Some(ExpectedJson::Mapping(fields)) = suite.tests[0]
        .expect
        .answer
        .as_ref()
        .map(|answer| answer.value.clone())
    else {
        panic!("a part of an answer")
    };
    assert_eq!(fields[2].1.value, ExpectedJson::Absent);
}

#[test]
fn what_is_said_stands_over_what_was() {
    let said = VirtualAgent {
        weight: Some(2),
        ..VirtualAgent::default()
    };
    let was = VirtualAgent {
        weight: Some(1),
        position: Some(1),
        ..VirtualAgent::default()
    };
    let both = said.over(was);
    assert_eq!((both.weight, both.position), (Some(2), Some(1)));
}

#[rstest]
#[case::an_agent("      rings: [dekS-1]", Code::UnknownName)]
#[case::a_date("      rings: [desk-1]\n    hour: 1", Code::UnknownKey)]
fn one_fault_is_one_finding(#[case] expect: &str, #[case] code: Code) {
    let text = format!(
        "{AGENTS}tests:\n  - name: one\n    call: {{ at: \"2026-11-23T11:00\" }}\n    expect:\n{expect}\n"
    );
    let findings = read(&text, &rules("")).unwrap_err();
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [code]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_change_of_a_good_file_makes_the_reader_panic(
        at in 0..EVERYTHING.len(),
        removed in 0_usize..30,
        inserted in "[ \\-a-z0-9:{}\\[\\],\"'#&*!|>%@`\n\t]{0,12}",
    ) {
        let characters: Vec<char> = EVERYTHING.chars().collect();
        let start = at.min(characters.len());
        let end = start.saturating_add(removed).min(characters.len());
        let mut text: String = characters[..start].iter().collect();
        text.push_str(&inserted);
        text.extend(&characters[end..]);
        let _outcome = read(&text, &RuleBook::parse("rules.yaml", EMPTY).unwrap());
    }
}

const EMPTY: &str = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [] }\n";
