//! The rules that come with the project. People learn the language from them and begin with copies of them, so they are
//! held to more than other rules: nothing to find fault with, today and in ten years, and every call of their tests right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ringmaster::clock::Timestamp;
use ringmaster::rules::{CallFacts, RuleBook, Whom, check_path, json_schema};
use ringmaster::telephony::PhoneNumber;
use serde_json::Value;

use crate::support::process::ringmaster;

const FOLDERS: [&str; 2] = ["rules", "rules/examples"];
const DEFAULT: &str = "rules/default.yaml";

fn at(moment: &str) -> Timestamp {
    moment.parse::<jiff::Timestamp>().unwrap().into()
}

/// The rules files, without those of their tests.
fn files() -> Vec<PathBuf> {
    let paths = FOLDERS
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".yaml") && !name.ends_with(".test.yaml")
        })
        .collect()
}

#[test]
fn there_is_nothing_to_find_in_them_today_or_in_ten_years() {
    for moment in ["2026-11-22T12:00:00Z", "2036-11-22T12:00:00Z"] {
        for folder in FOLDERS {
            let checked = check_path(Path::new(folder), None, at(moment)).unwrap();
            for file in &checked.files {
                assert!(file.findings.is_empty(), "{moment}: {}", file.findings);
            }
        }
    }
    assert_eq!(files().len(), 4);
}

#[test]
fn each_rule_is_expected_by_a_test_beside_its_file() {
    for path in files() {
        let tests = fs::read_to_string(path.with_extension("test.yaml")).unwrap();
        for rule in RuleBook::read_file(&path).unwrap().rules() {
            let name = &rule.name;
            let expected = [",", " }", "\n"].map(|end| format!("rule: {name}{end}"));
            let quoted = format!("rule: \"{name}\"");
            assert!(
                tests.contains(&quoted) || expected.iter().any(|text| tests.contains(text)),
                "no test of {} expects rule: {name}",
                path.display()
            );
        }
    }
}

/// The keys of the language, and the words that a value can be.
fn vocabulary(schema: &Value, keys: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(entries) => {
            // Nobody wants to see all time zones of the world.
            for (name, value) in entries.iter().filter(|(name, _)| *name != "time_zone") {
                match (name.as_str(), value) {
                    ("properties", Value::Object(properties)) => {
                        keys.extend(properties.keys().cloned());
                    }
                    ("enum", Value::Array(values)) => {
                        words.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                vocabulary(value, keys, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| vocabulary(item, keys, words)),
        _ => {}
    }
}

#[test]
fn the_default_rules_show_every_key_and_every_word_of_the_language() {
    let text = fs::read_to_string(DEFAULT).unwrap();
    let (mut keys, mut words) = (BTreeSet::new(), BTreeSet::new());
    vocabulary(&json_schema(), &mut keys, &mut words);
    assert!(keys.len() > 50 && words.len() > 10, "{keys:?} {words:?}");
    let shown: BTreeSet<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || "_-:".contains(c)))
        .collect();
    let missing_keys = keys
        .iter()
        .filter(|key| !shown.contains(&*format!("{key}:")));
    let missing_words = words.iter().filter(|word| {
        !shown
            .iter()
            .any(|shown| shown.trim_end_matches(':') == word.as_str())
    });
    let missing: Vec<_> = missing_keys.chain(missing_words).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_stands_there_commented_out_can_be_put_in_as_it_is() {
    let text = fs::read_to_string(DEFAULT).unwrap();
    let mut count = 0;
    for line in text.lines() {
        let setting = line.trim_start().strip_prefix("# ").unwrap_or_default();
        let key = setting.split(": ").next().unwrap_or_default();
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if !is_key || key == setting {
            continue;
        }
        let with_it = text.replace(line, &line.replacen("# ", "", 1));
        let book = RuleBook::parse_in(Path::new("rules"), DEFAULT, &with_it);
        let book = book.unwrap_or_else(|findings| panic!("{setting}\n{findings}"));
        assert!(book.warnings().is_empty(), "{}", book.warnings());
        count += 1;
    }
    assert_eq!(count, 2);
}

/// Whoever tries them out at night gets the answer that is promised, too.
#[test]
fn the_published_sample_rings_support_at_any_hour_of_the_week() {
    let book = RuleBook::read_file(Path::new(DEFAULT)).unwrap();
    let number = |text| PhoneNumber::parse(text, book.country()).unwrap();
    let call = CallFacts {
        dialed: Some(number("01135124157")),
        caller: Some(number("08516043026")),
        direction: Some("incoming"),
        ..CallFacts::default()
    };
    let mut rules = BTreeSet::new();
    for hour in 0..7 * 24 {
        let now = at("2026-11-22T00:00:00Z").plus(Duration::from_secs(hour * 3_600));
        let found = book.find(&call, now).unwrap();
        let Some(Whom::Queue(queue)) = found.branch.targets.first().map(|target| &target.whom)
        else {
            panic!("{}: no queue first", found.rule.name);
        };
        assert_eq!(queue.name.as_str(), "support", "{}", found.rule.name);
        assert_eq!(found.branch.ring, queue.ring.clone().complete());
        assert_eq!(found.branch.answer, *book.answer());
        rules.insert(found.rule.name.clone());
    }
    assert!(rules.len() > 1, "{rules:?}");
}

#[test]
fn the_program_finds_nothing_in_them_and_their_tests_pass() {
    for folder in FOLDERS {
        for command in ["check", "test"] {
            let output = ringmaster(&[command, folder]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{command} {folder}: {said}");
        }
    }
}
