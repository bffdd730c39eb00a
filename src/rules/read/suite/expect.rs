//! What must come of a call in a test.

use std::sync::Arc;

use super::super::fields::Fields;
use super::super::value::{Field, Text, shortened};
use super::agents::unknown_agent;
use super::{Scene, json, meant_or_all, written};
use crate::rules::finding::Code;
use crate::rules::queue::QueueName;
use crate::rules::report::Report;
use crate::rules::shape::EXPECT;
use crate::rules::suite::{Expectation, Rung, Written};
use crate::rules::tree::Kind;

pub(super) fn expectation(
    field: &Field<'_>,
    scene: Scene<'_>,
    report: &mut Report<'_>,
) -> Option<Expectation> {
    let fields = Fields::read(field.node, &EXPECT, report)?;
    if matches!(&field.node.kind, Kind::Mapping(entries) if entries.is_empty()) {
        let help = "name something that must come of the call, such as rule or rings".to_owned();
        let message = "an expectation of nothing is always met";
        report.add_with_help(field.span(), Code::MissingKey, message, help);
    }
    let expectation = Expectation {
        rule: read(&fields, "rule", report, |field, report| {
            rule(field, scene, report)
        }),
        rings: read(&fields, "rings", report, |field, report| {
            Some(people(field, scene, report))
        }),
        among: read(&fields, "among", report, |field, report| {
            among(field, scene, report)
        }),
        nobody: read(&fields, "nobody", report, Field::flag),
        queue: read(&fields, "queue", report, |field, report| {
            Some(queues(field, scene, report))
        }),
        fallback: read(&fields, "fallback", report, Field::flag),
        side: read(&fields, "side", report, Field::whole),
        attempt: read(&fields, "attempt", report, Field::whole),
        last: read(&fields, "last", report, Field::flag),
        answer: read(&fields, "answer", report, |field, report| {
            json::answer(field, scene.rules.dialect(), report)
        }),
    };
    contradictions(&expectation, &fields, report);
    Some(expectation)
}

fn read<'tree, T>(
    fields: &Fields<'tree>,
    key: &str,
    report: &mut Report<'_>,
    reader: impl FnOnce(&Field<'tree>, &mut Report<'_>) -> Option<T>,
) -> Option<Written<T>> {
    let field = fields.get(key)?;
    let value = reader(&field, report)?;
    Some(written(value, field.span(), report))
}

fn rule(field: &Field<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Option<Arc<str>> {
    let text = field.text(report)?;
    let rules = scene.rules.rules();
    if let Some(rule) = rules.iter().find(|rule| &*rule.name == text) {
        return Some(Arc::clone(&rule.name));
    }
    let message = format!("the rules have no rule \"{}\"", shortened(text));
    let help = meant_or_all(text, rules.iter().map(|rule| &*rule.name), report);
    report.add_with_help(field.span(), Code::UnknownName, message, help);
    None
}

fn among(field: &Field<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Option<Vec<Rung>> {
    let people = people(field, scene, report);
    if matches!(&field.node.kind, Kind::Sequence(items) if items.is_empty()) {
        field.empty_list("say nobody: true if nobody is to ring", report);
        return None;
    }
    Some(people)
}

/// Agents of the file, and whoever else can be rung.
fn people(field: &Field<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Vec<Rung> {
    let items = field.list(report).unwrap_or_default();
    let texts = field.texts(items, report);
    texts
        .into_iter()
        .filter_map(|text| rung(text, scene, report))
        .collect()
}

/// What begins like a number or with `sip:` is a destination; everything else is an agent.
fn rung(text: Text<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Option<Rung> {
    let agent = scene.agents.keys().find(|id| id.as_str() == text.text);
    if let Some(id) = agent {
        return Some(Rung::Agent(id.clone()));
    }
    let is_destination = text.text.contains(':') || !text.text.starts_with(char::is_alphabetic);
    if is_destination {
        return scene.numbers.contact(text, report).map(Rung::Destination);
    }
    unknown_agent(text.text, text.span, scene.agents, report);
    None
}

fn queues(field: &Field<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Vec<QueueName> {
    let queues = scene.rules.queues();
    let texts = field.one_or_more("name a queue, or say nobody: true", report);
    let queue = |text: Text<'_>| {
        let known = queues.keys().find(|name| name.as_str() == text.text);
        if known.is_none() {
            let message = format!("queue \"{}\" is not defined", shortened(text.text));
            let help = meant_or_all(text.text, queues.keys().map(QueueName::as_str), report);
            report.add_with_help(text.span, Code::UnknownName, message, help);
        }
        known.cloned()
    };
    texts.into_iter().filter_map(queue).collect()
}

/// Reports expectations that no answer could meet.
fn contradictions(expectation: &Expectation, fields: &Fields<'_>, report: &mut Report<'_>) {
    let is_empty = |rings: &Written<Vec<Rung>>| rings.value.is_empty();
    let rings_nobody = expectation.rings.as_ref().map(is_empty);
    let wants_nobody = expectation.nobody.as_ref().map(|nobody| nobody.value);
    let wants_fallback = expectation.fallback.as_ref().map(|fallback| fallback.value);
    let wants_somebody = expectation.queue.is_some() || expectation.among.is_some();
    let checks = [
        (
            "nobody",
            wants_nobody.is_some_and(|wanted| rings_nobody.is_some_and(|rings| rings != wanted)),
            "contradicts \"rings\"",
        ),
        (
            "nobody",
            wants_nobody == Some(true) && wants_somebody,
            "contradicts \"queue\" or \"among\", which want somebody",
        ),
        (
            "fallback",
            wants_fallback == Some(true) && expectation.rule.is_some(),
            "contradicts \"rule\": the fallback is for calls that no rule takes",
        ),
    ];
    for (key, is_wrong, why) in checks {
        if let Some(field) = fields.get(key).filter(|_| is_wrong) {
            report.add(
                field.span(),
                Code::Contradiction,
                format!("\"{key}\" {why}"),
            );
        }
    }
}
