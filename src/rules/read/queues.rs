//! The section `queues`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::sync::Arc;

use super::answer::answer;
use super::fields::Fields;
use super::handling::handling;
use super::numbers::Numbers;
use super::ring::ring;
use super::value::{Field, Text, named, scalar, shortened};
use crate::rules::finding::Code;
use crate::rules::queue::{
    Fairness, InvalidQueueName, Queue, QueueDefinition, QueueName, Strategy, is_name,
};
use crate::rules::report::Report;
use crate::rules::shape::{AGENTS, QUEUE};
use crate::rules::tree::{Entry, Kind};

/// Reads every queue. One that has findings is there all the same, so that rules that name it aren't reported too.
pub(super) fn queues(
    file: &Fields<'_>,
    numbers: Numbers,
    report: &mut Report<'_>,
) -> BTreeMap<QueueName, Arc<Queue>> {
    let Some(field) = file.get("queues") else {
        return BTreeMap::new();
    };
    let entries = named(&field, report).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| queue(entry, numbers, report))
        .map(|queue| (queue.name.clone(), Arc::new(queue)))
        .collect()
}

fn queue(entry: &Entry, numbers: Numbers, report: &mut Report<'_>) -> Option<Queue> {
    let name = QueueName::parse(&entry.key)
        .map_err(|why| bad_name("a queue", &entry.key, entry, why, report))
        .ok()?;
    let Some(fields) = Fields::read(&entry.value, &QUEUE, report) else {
        return Some(Queue::named(name));
    };
    let max_calls = fields.get("max_calls");
    Some(Queue {
        definition: fields
            .get("agents")
            .map_or_else(QueueDefinition::default, |field| definition(&field, report)),
        strategy: fields
            .get("strategy")
            .map_or_else(Strategy::default, |field| strategy(&field, report)),
        ring: ring(&fields, report),
        answer: fields
            .get("answer")
            .map(|field| answer(field.node, numbers, report))
            .unwrap_or_default(),
        handling: handling(&fields, report),
        max_calls: max_calls
            .and_then(|field| field.whole(report))
            .and_then(NonZeroU16::new),
        fairness: fields
            .get("fairness")
            .and_then(|field| fairness(&field, report)),
        name,
    })
}

fn bad_name(what: &str, name: &str, entry: &Entry, why: InvalidQueueName, report: &mut Report<'_>) {
    let message = format!("\"{}\" is no name for {what}", shortened(name));
    report.add_with_help(entry.key_span, Code::WrongValue, message, why.to_string());
}

fn strategy(field: &Field<'_>, report: &mut Report<'_>) -> Strategy {
    let word = field.word(report);
    let named = Strategy::ALL
        .into_iter()
        .find(|strategy| word == Some(strategy.as_str()));
    named.unwrap_or_default()
}

fn fairness(field: &Field<'_>, report: &mut Report<'_>) -> Option<Fairness> {
    let word = field.word(report);
    let mut all = Fairness::ALL.into_iter();
    all.find(|fairness| word == Some(fairness.as_str()))
}

fn definition(field: &Field<'_>, report: &mut Report<'_>) -> QueueDefinition {
    let Some(agents) = Fields::read(field.node, &AGENTS, report) else {
        return QueueDefinition::default();
    };
    QueueDefinition {
        groups: agents
            .get("groups")
            .map(|field| groups(&field, report))
            .unwrap_or_default(),
        skills: agents
            .get("skills")
            .map(|field| skills(&field, report))
            .unwrap_or_default(),
    }
}

fn groups(field: &Field<'_>, report: &mut Report<'_>) -> BTreeSet<String> {
    if matches!(&field.node.kind, Kind::Sequence(items) if items.is_empty()) {
        field.empty_list(
            "name a group, or leave the key out to take every group",
            report,
        );
    }
    group_names(field, report)
}

/// A list of the names of groups.
pub(super) fn group_names(field: &Field<'_>, report: &mut Report<'_>) -> BTreeSet<String> {
    let items = field.list(report).unwrap_or_default();
    let texts = field.texts(items, report);
    let group = |Text { text, span }: Text<'_>| {
        if !is_name(text) {
            let message = format!("\"{}\" is no name for a group", shortened(text));
            report.add_with_help(
                span,
                Code::WrongValue,
                message,
                InvalidQueueName.to_string(),
            );
        }
        text.to_owned()
    };
    texts.into_iter().map(group).collect()
}

/// Skills with their levels.
pub(super) fn skills(field: &Field<'_>, report: &mut Report<'_>) -> BTreeMap<String, u8> {
    let mut skills = BTreeMap::new();
    for entry in named(field, report).unwrap_or_default() {
        if !is_name(&entry.key) {
            bad_name("a skill", &entry.key, entry, InvalidQueueName, report);
        }
        let level = scalar(&entry.value).and_then(|text| text.parse::<u8>().ok());
        if let Some(level) = level.filter(|level| (1..=10).contains(level)) {
            skills.insert(entry.key.clone(), level);
        } else {
            let message = format!(
                "the level of skill \"{}\" must be a whole number from 1 to 10",
                shortened(&entry.key)
            );
            report.add(entry.value.span, Code::OutOfRange, message);
        }
    }
    skills
}
