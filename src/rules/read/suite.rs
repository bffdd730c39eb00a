//! The file of tests, with the same care as the rules: every name in it must be one that the rules or the file define.

use std::collections::HashSet;
use std::sync::Arc;

use super::fields::Fields;
use super::name::name;
use super::numbers::Numbers;
use super::value::Field;
use crate::rules::book::RuleBook;
use crate::rules::finding::{Code, Findings, Span};
use crate::rules::report::Report;
use crate::rules::shape::{TEST, TESTS_FILE};
use crate::rules::suite::{RuleTest, TestSuite, Written};
use crate::rules::tree::{self, Node};

mod agents;
mod calls;
mod expect;
mod json;
pub(super) mod moment;
mod steps;

use self::agents::Agents;
use self::calls::CallDefaults;

/// Characters of a test's name.
const MOST_IN_NAME: usize = 200;

/// What tests refer to.
#[derive(Clone, Copy, Debug)]
struct Scene<'a> {
    rules: &'a RuleBook,
    agents: &'a Agents,
    numbers: Numbers,
}

/// Reads a file of tests of these rules.
///
/// # Errors
/// Everything that is wrong with it.
pub(in crate::rules) fn tests_file(
    file_name: &str,
    text: &str,
    rules: &RuleBook,
) -> Result<TestSuite, Findings> {
    let mut report = Report::new(file_name, text);
    let read = tree::parse(&mut report).and_then(|root| suite(&root, rules, &mut report));
    let findings = report.into_findings();
    match read {
        Some(suite) if findings.is_empty() => Ok(suite),
        _ => Err(findings),
    }
}

fn suite(root: &Node, rules: &RuleBook, report: &mut Report<'_>) -> Option<TestSuite> {
    let file = Fields::read(root, &TESTS_FILE, report)?;
    let numbers = Numbers::of(Some(rules.country()));
    let agents = agents::of_file(&file, rules, numbers, report);
    let scene = Scene {
        rules,
        agents: &agents,
        numbers,
    };
    let defaults = calls::defaults(&file, scene, report);
    let tests = file
        .get("tests")
        .map(|field| tests(&field, scene, &defaults, report))
        .unwrap_or_default();
    Some(TestSuite { agents, tests })
}

fn tests(
    field: &Field<'_>,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Vec<RuleTest> {
    let nodes = field.list(report).unwrap_or_default();
    if nodes.is_empty() {
        field.empty_list("without tests nothing is shown", report);
    }
    let mut taken = HashSet::new();
    let mut tests = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(fields) = Fields::read(node, &TEST, report) else {
            continue;
        };
        let name = name_of(&fields, &mut taken, report);
        tests.extend(test(&fields, name, scene, defaults, report));
    }
    tests
}

/// A test that lacks something has a finding, and is never carried out.
fn test(
    fields: &Fields<'_>,
    name: Option<Written<Arc<str>>>,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Option<RuleTest> {
    let own = agents::changes(fields.get("agents"), scene.agents, scene, report);
    let agents = agents::merged(scene.agents, own);
    let first = calls::first(fields, scene, defaults, report);
    let expect = fields
        .get("expect")
        .and_then(|field| expect::expectation(&field, scene, report));
    let then = steps::steps(fields, &agents, scene, defaults, report);
    let (at, call) = first?;
    Some(RuleTest {
        name: name?,
        agents,
        at,
        call,
        expect: expect?,
        then,
    })
}

fn name_of<'tree>(
    fields: &Fields<'tree>,
    taken: &mut HashSet<&'tree str>,
    report: &mut Report<'_>,
) -> Option<Written<Arc<str>>> {
    let field = fields.get("name")?;
    let text = name(&field, "a test's", MOST_IN_NAME, report)?;
    if !taken.insert(text) {
        let message = "an earlier test has this name already".to_owned();
        let help = "say what is different about this one".to_owned();
        report.add_with_help(field.span(), Code::DuplicateName, message, help);
    }
    Some(written(text.into(), field.span(), report))
}

/// How many names are worth listing.
const MOST_LISTED: usize = 12;

/// The name that was probably meant; where none is near, all of them, if they are few.
fn meant_or_all<'a>(
    text: &str,
    names: impl Iterator<Item = &'a str>,
    report: &Report<'_>,
) -> Option<String> {
    let names: Vec<_> = names.collect();
    let listed = || {
        let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!("there are {}", names.join(", "))
    };
    let is_worth_it = (1..=MOST_LISTED).contains(&names.len());
    report
        .did_you_mean(text, names.iter().copied())
        .or_else(|| is_worth_it.then(listed))
}

/// A value with its place.
fn written<T>(value: T, span: Span, report: &Report<'_>) -> Written<T> {
    Written {
        value,
        place: report.place(span),
    }
}

#[cfg(test)]
mod tests;
