//! What the README says about tests of rules.

use std::collections::BTreeSet;
use std::fs;

use ringmaster::rules::tests_json_schema;

use super::{block, section};
use crate::support::process::ringmaster;

/// The part of a section below a heading of its own.
fn subsection(heading: &str) -> String {
    let rules = section("Rules");
    let (_, behind) = rules.split_once(&format!("\n### {heading}\n")).unwrap();
    behind.split("\n### ").next().unwrap().to_owned()
}

#[test]
fn the_tests_that_the_readme_shows_pass_on_the_rules_that_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, tests) = (
        block(&section("Rules"), "yaml"),
        block(&subsection("Testing rules"), "yaml"),
    );
    fs::write(folder.path().join("default.yaml"), rules).unwrap();
    fs::write(folder.path().join("default.test.yaml"), tests).unwrap();
    let folder = folder.path().display().to_string();
    let output = ringmaster(&["test", &folder]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("2 tests passed\n"), "{said}");
}

#[test]
fn the_table_of_the_language_of_tests_has_every_key() {
    let mut documented = BTreeSet::new();
    let table = subsection("Testing rules");
    for row in table.lines().filter(|line| line.contains(" | `")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        for key in cells[1].split(", ") {
            let name = key.trim_end_matches('*').trim_matches('`').to_owned();
            documented.insert((cells[0].to_owned(), name, key.ends_with('*')));
        }
    }
    let schema = tests_json_schema();
    let mut known = BTreeSet::new();
    for (place, shape) in [
        ("file", &schema),
        ("test", &schema["$defs"]["test"]),
        ("agent", &schema["$defs"]["agent"]),
        ("call", &schema["$defs"]["call"]),
        ("expect", &schema["$defs"]["expectation"]),
        ("step", &schema["$defs"]["step"]),
    ] {
        let required = shape["required"].as_array().cloned().unwrap_or_default();
        for name in shape["properties"].as_object().unwrap().keys() {
            let is_required = required.contains(&name.as_str().into());
            known.insert((place.to_owned(), name.clone(), is_required));
        }
    }
    assert_eq!(documented, known);
}
