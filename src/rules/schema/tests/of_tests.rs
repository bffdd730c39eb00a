//! The schema of tests says what their reader says.

use std::path::Path;

use super::super::tests_json_schema;
use super::{OF_FORM, difference};
use crate::rules::{RuleBook, TestSuite};

/// The office's rules, whose tests the cases are.
fn office() -> RuleBook {
    RuleBook::read_file(Path::new("tests/data/office/office.yaml")).unwrap()
}

#[test]
fn the_schema_of_tests_refuses_what_their_parser_refuses_for_its_form() {
    let rules = office();
    let read = |text: &str| {
        let suite = TestSuite::parse("office.test.yaml", text, &rules);
        suite.err().unwrap_or_default()
    };
    let schema = tests_json_schema();
    let mut wrong = Vec::new();
    for fault in FAULTS_OF_TESTS {
        let good = include_str!("../../../../tests/data/everything.test.yaml");
        let (right, faulty) = fault;
        assert!(good.contains(right), "{right}");
        let text = good.replacen(right, faulty, 1);
        let found = read(&text);
        let of_form = found.iter().any(|finding| OF_FORM.contains(&finding.code));
        assert!(of_form, "{faulty}: {found}");
        wrong.extend(difference(faulty, &text, &schema, read));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands in a good file, and what is put in its place.
const FAULTS_OF_TESTS: &[(&str, &str)] = &[
    ("tests:", "testes:"),
    ("to: \"011", "too: \"011"),
    ("groups: [sales", "groups: sales #["),
    ("weight: 20", "weight: 101"),
    ("status: on_break", "status: onbreak"),
    ("for: 10m", "for: 10"),
    ("stale: true", "stale: yes"),
    ("- name: everything", "- nam: everything"),
    ("digits: \"1*#\"", "digits: one"),
    ("2026-11-23 11:30:15", "11:30"),
    ("rings: [desk-1", "rings: desk-1 #"),
    ("among: [desk-2]", "among: []"),
    ("queue: sales", "queue: []"),
    ("attempt: 2", "attempt: 0"),
    ("answer: { rec", "answer: {} #"),
    ("sticky_agent: null", "stiky_agent: null"),
    ("- { after: 20s, expect", "- { expect"),
    ("status: busy", "status: engaged"),
    ("expect: { fallback: true }", "expect: {}"),
    ("side: 2", "side: two"),
];
