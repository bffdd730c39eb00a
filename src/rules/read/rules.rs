//! The section `rules`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::answer::answer;
use super::branches::{OwnSettings, branches};
use super::fields::Fields;
use super::handling::handling;
use super::name::name;
use super::numbers::Numbers;
use super::ring::ring;
use super::sticky::sticky;
use super::when::when;
use crate::rules::answer::AnswerSettings;
use crate::rules::calendar::Calendar;
use crate::rules::callers::ListedCaller;
use crate::rules::finding::Code;
use crate::rules::queue::{Queue, QueueName};
use crate::rules::report::Report;
use crate::rules::rule::{Rule, When};
use crate::rules::shape::RULE;

/// Characters of a rule's name.
const MOST_IN_NAME: usize = 100;

/// What rules refer to by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'file> {
    pub(super) queues: &'file BTreeMap<QueueName, Arc<Queue>>,
    pub(super) callers: &'file BTreeMap<Arc<str>, Arc<[ListedCaller]>>,
    pub(super) hours: &'file BTreeMap<Arc<str>, Arc<Calendar>>,
    pub(super) numbers: Numbers,
}

/// Reads the rules in their order; `account` is what their answers carry unless they say otherwise.
pub(super) fn rules(
    file: &Fields<'_>,
    names: &Names<'_>,
    account: &AnswerSettings,
    report: &mut Report<'_>,
) -> Vec<Rule> {
    let nodes = file
        .get("rules")
        .and_then(|field| field.list(report))
        .unwrap_or_default();
    let mut taken = HashSet::new();
    let mut rules = Vec::with_capacity(nodes.len());
    for (number, node) in (1_usize..).zip(nodes) {
        let Some(fields) = Fields::read(node, &RULE, report) else {
            continue;
        };
        let name = name_of(&fields, number, report);
        if !taken.insert(Arc::clone(&name)) {
            let message = format!("rule {number} is called \"{name}\", as an earlier rule is");
            report.add(name_span(&fields), Code::DuplicateName, message);
        }
        rules.push(rule(&fields, name, names, account, report));
    }
    rules
}

fn rule(
    fields: &Fields<'_>,
    name: Arc<str>,
    names: &Names<'_>,
    account: &AnswerSettings,
    report: &mut Report<'_>,
) -> Rule {
    let own = OwnSettings {
        ring: ring(fields, report),
        answer: fields
            .get("answer")
            .map(|field| answer(field.node, names.numbers, report))
            .unwrap_or_default(),
        handling: handling(fields, report),
    };
    Rule {
        name,
        when: fields
            .get("when")
            .map_or_else(When::default, |field| when(&field, names, report)),
        sticky: fields
            .get("sticky")
            .and_then(|field| sticky(&field, report)),
        branches: branches(fields, names, &own, account, report),
    }
}

fn name_of(fields: &Fields<'_>, number: usize, report: &mut Report<'_>) -> Arc<str> {
    let unnamed = || format!("rule {number}").into();
    let Some(field) = fields.get("name") else {
        return unnamed();
    };
    name(&field, "a rule's", MOST_IN_NAME, report).map_or_else(unnamed, Into::into)
}

fn name_span(fields: &Fields<'_>) -> crate::rules::finding::Span {
    fields
        .get("name")
        .map_or_else(|| fields.start(), |field| field.span())
}
