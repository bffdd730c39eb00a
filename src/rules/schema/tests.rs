//! Schema and parser say the same: what one takes the other takes, what one refuses for its form the other refuses.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library adds events in later versions"
)]

use std::fs;
use std::path::Path;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

use super::{agents_json_schema, json_schema, scenario_json_schema, tests_json_schema};
use crate::rules::shape::{self, Holds, RULES_FILE, SCENARIO, Shape, TESTS_FILE};
use crate::rules::{Code, Findings, RuleBook};

mod of_agents;
mod of_tests;

const CASES: &str = include_str!("../../../tests/data/findings.txt");

/// Codes of what a value looks like; what it refers to or adds up to is not the schema's.
const OF_FORM: [Code; 6] = [
    Code::UnknownKey,
    Code::MissingKey,
    Code::NoValue,
    Code::WrongValue,
    Code::OutOfRange,
    Code::Contradiction,
];

/// Codes of text that the readers of rules refuse as YAML, whatever it would say.
const OF_YAML: [Code; 3] = [Code::YamlFeature, Code::TooDeep, Code::Syntax];

/// Parts of messages about values of the right form that mean nothing: a number that no plan has, a day that no calendar
/// has, a duration that nobody would live to see.
const OF_MEANING: &[&str] = &[
    "is not a phone number",
    "no numbering plan is known",
    "headers",
    "header",
    "but must be at most",
];

/// YAML as editors read it: plain texts by the core schema of YAML 1.2, the last of equal keys.
fn as_editors_read(text: &str) -> Option<Value> {
    let mut stack: Vec<(Value, Option<String>)> = vec![(json!([]), None)];
    for event in Parser::new_from_str(text) {
        let value = match event.ok()?.0 {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Value::from(text.into_owned()),
            Event::SequenceStart(..) => {
                stack.push((json!([]), None));
                continue;
            }
            Event::MappingStart(..) => {
                stack.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop()?.0,
            Event::Alias(..) => return None,
            _ => continue,
        };
        let (parent, key) = stack.last_mut()?;
        match (parent, key.take()) {
            (Value::Array(items), _) => items.push(value),
            (Value::Object(entries), Some(key)) => drop(entries.insert(key, value)),
            (Value::Object(_), None) => *key = Some(as_text(&value)),
            _ => return None,
        }
    }
    stack.pop()?.0.as_array()?.first().cloned()
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if text
            .trim_start_matches(['+', '-'])
            .bytes()
            .all(|b| b.is_ascii_digit()) =>
        {
            text.parse::<i64>()
                .map_or_else(|_| text.into(), Value::from)
        }
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => text
            .parse::<f64>()
            .map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn complaints_of(schema: &Value, text: &str) -> Option<Vec<String>> {
    let schema = jsonschema::draft202012::new(schema).unwrap();
    let document = as_editors_read(text)?;
    let errors = schema.iter_errors(&document);
    Some(
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect(),
    )
}

fn findings(text: &str) -> Findings {
    match RuleBook::parse("rules/default.yaml", text) {
        Ok(book) => book.warnings().clone(),
        Err(findings) => findings,
    }
}

/// The files of the cases: what a case doesn't say itself is added.
fn cases() -> impl Iterator<Item = (&'static str, String)> {
    CASES.split("## ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').unwrap();
        let text = rest.split_once("-->\n").unwrap().0;
        if name.starts_with("a file") {
            return (name, text.to_owned());
        }
        let rules = if text.contains("rules:") {
            ""
        } else {
            "rules: []\n"
        };
        let head = "country: IN\ntime_zone: Asia/Kolkata\nfallback: { numbers: [] }\n\n";
        (name, format!("{head}{text}{rules}"))
    })
}

#[test]
fn the_schema_is_one_by_its_own_standard() {
    for schema in [
        json_schema(),
        tests_json_schema(),
        scenario_json_schema(),
        agents_json_schema(),
    ] {
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
    }
}

/// How parser and schema differ about a file, if they do.
fn difference(
    name: &str,
    text: &str,
    schema: &Value,
    read: impl Fn(&str) -> Findings,
) -> Option<String> {
    let complaints = complaints_of(schema, text)?;
    let found = read(text);
    if found.iter().any(|finding| OF_YAML.contains(&finding.code)) {
        return None;
    }
    let of_form: Vec<_> = found
        .iter()
        .filter(|finding| OF_FORM.contains(&finding.code))
        .collect();
    let of_meaning_alone = of_form.iter().all(|finding| {
        let said = finding.to_string();
        OF_MEANING.iter().any(|part| said.contains(part))
    });
    let differ = if of_meaning_alone {
        !complaints.is_empty() && of_form.is_empty()
    } else {
        complaints.is_empty()
    };
    differ.then(|| format!("{name}\n{text}\nparser:\n{found}\nschema: {complaints:#?}\n"))
}

#[test]
fn what_the_parser_refuses_for_its_form_the_schema_refuses_and_the_other_way_round() {
    let wrong: Vec<_> = cases()
        .filter_map(|(name, text)| difference(name, &text, &json_schema(), findings))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_shipped_file_is_valid() {
    let mut count = 0;
    for folder in [
        "rules",
        "rules/examples",
        "rules/scenarios",
        "tests/data/office",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy();
            let schema = if name.ends_with(".test.yaml") {
                tests_json_schema()
            } else if name.contains("/scenarios/") {
                scenario_json_schema()
            } else {
                json_schema()
            };
            if name.ends_with(".yaml") {
                let text = fs::read_to_string(&path).unwrap();
                assert_eq!(complaints_of(&schema, &text), Some(Vec::new()), "{name}");
                count += 1;
            }
        }
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn every_key_has_a_description_and_says_what_it_takes() {
    assert!(described_keys(&json_schema()) > 50);
    assert!(described_keys(&tests_json_schema()) > 40);
    assert!(described_keys(&scenario_json_schema()) > 40);
    assert_eq!(described_keys(&agents_json_schema()), 7);
}

/// How many keys a schema has, all of which it describes.
fn described_keys(schema: &Value) -> usize {
    let definitions = schema["$defs"].as_object().unwrap();
    let objects = definitions.values().chain([schema]);
    let properties = objects.flat_map(|object| object["properties"].as_object().unwrap());
    let describe = |(name, property): (&String, &Value)| {
        let description = property["description"].as_str().unwrap();
        assert!(description.len() > 10, "{name}");
        let takes_anything = property.as_object().unwrap().len() == 1;
        assert!(!takes_anything, "{name} takes anything");
    };
    properties.map(describe).count()
}

#[test]
fn whatever_a_table_only_describes_has_a_form() {
    let with_form = |shape: &'static Shape| {
        for key in shape.keys {
            let told = matches!(
                key.holds,
                Holds::Word(_) | Holds::Flag | Holds::Duration | Holds::Pause | Holds::Whole { .. }
            );
            assert!(
                told || super::form::of(shape, key).is_some(),
                "{} {}",
                shape.name,
                key.name
            );
        }
    };
    for shape in [
        &RULES_FILE,
        &shape::PRESENCE,
        &shape::OUTBOUND,
        &shape::HOURS,
        &shape::CALLERS_FILE,
        &shape::QUEUE,
        &shape::AGENTS,
        &shape::RULE,
        &shape::WHEN,
        &shape::RING,
        &shape::TARGET,
        &shape::AFTER,
        &shape::BRANCH,
        &shape::STICKY,
        &shape::NO_ANSWER,
        &shape::BUSY,
        &shape::FALLBACK,
        &shape::ANSWER,
        &shape::RECORDING,
        &shape::EVENTS,
        &shape::PLAYBACK,
        &TESTS_FILE,
        &shape::TEST,
        &shape::CALL,
        &shape::VIRTUAL_AGENT,
        &shape::EXPECT,
        &shape::STEP,
        &SCENARIO,
        &shape::ARRIVALS,
        &shape::CLICKS,
        &shape::PATIENCE,
        &shape::TIMES,
        &shape::PHONES,
        &shape::REPORTS,
        &shape::CREW,
        &shape::BREAKS,
        &shape::AGENTS_FILE,
        &shape::LISTED_AGENT,
    ] {
        with_form(shape);
    }
}
