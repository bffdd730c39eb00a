//! What README and documentation say about simulations.

use std::collections::BTreeSet;
use std::fs;

use ringmaster::rules::scenario_json_schema;

use super::{block, section};
use crate::support::process::ringmaster;

#[test]
fn the_day_that_the_readme_shows_is_what_the_program_says() {
    let section = section("A day of calls, simulated");
    let command = block(&section, "sh");
    let arguments: Vec<_> = command.split_whitespace().skip(1).collect();
    let output = ringmaster(&arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, block(&section, "text"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_table_of_scenarios_has_every_key() {
    let page = fs::read_to_string("docs/simulate.md").unwrap();
    let (_, behind) = page.split_once("\n## The scenario\n").unwrap();
    let table = behind.split("\n## ").next().unwrap();
    let mut documented = BTreeSet::new();
    for row in table.lines().filter(|line| line.contains(" | `")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        for key in cells[1].split(", ") {
            let name = key.trim_end_matches('*').trim_matches('`').to_owned();
            documented.insert((cells[0].to_owned(), name, key.ends_with('*')));
        }
    }
    let schema = scenario_json_schema();
    let mut known = BTreeSet::new();
    for (place, shape) in [
        ("file", &schema),
        ("arrivals", &schema["$defs"]["arrivals"]),
        ("click", &schema["$defs"]["click"]),
        ("callers", &schema["$defs"]["callers"]),
        ("times", &schema["$defs"]["times"]),
        ("phones", &schema["$defs"]["phones"]),
        ("reports", &schema["$defs"]["reports"]),
        ("crew", &schema["$defs"]["crew"]),
        ("breaks", &schema["$defs"]["breaks"]),
    ] {
        let required = shape["required"].as_array().cloned().unwrap_or_default();
        for name in shape["properties"].as_object().unwrap().keys() {
            let is_required = required.contains(&name.as_str().into());
            known.insert((place.to_owned(), name.clone(), is_required));
        }
    }
    assert_eq!(documented, known);
}
