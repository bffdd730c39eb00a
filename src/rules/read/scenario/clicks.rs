//! Which calls agents and their applications start.

use std::collections::HashSet;

use super::super::fields::Fields;
use super::super::numbers::Numbers;
use super::super::value::{Field, shortened};
use super::arrivals::{patterns, per_hour};
use super::{is_taken, whole};
use crate::rules::book::RuleBook;
use crate::rules::finding::Code;
use crate::rules::queue::QueueName;
use crate::rules::report::Report;
use crate::rules::scenario::{Clicks, Crew, Whose};
use crate::rules::shape::CLICKS;

/// What clicks may name, and how numbers are read.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) rules: &'a RuleBook,
    pub(super) crews: &'a [Crew],
    pub(super) numbers: Numbers,
}

pub(super) fn clicks(file: &Fields<'_>, known: Known<'_>, report: &mut Report<'_>) -> Vec<Clicks> {
    let Some(field) = file.get("clicks") else {
        return Vec::new();
    };
    let nodes = field.list(report).unwrap_or_default();
    if nodes.is_empty() {
        field.empty_list("leave the key out when nobody clicks", report);
    }
    if known.rules.outbound().virtual_number.is_none() {
        let message = "calls can't be started: the rules name no number that both sides see";
        let help = "add outbound: { virtual_number: … } to the rules, or leave clicks out";
        report.add_with_help(field.span(), Code::Contradiction, message, help.to_owned());
    }
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        if let Some(fields) = Fields::read(node, &CLICKS, report) {
            all.extend(of_kind(&fields, known, &mut taken, report));
        }
    }
    all
}

fn of_kind<'tree>(
    fields: &Fields<'tree>,
    known: Known<'_>,
    taken: &mut HashSet<&'tree str>,
    report: &mut Report<'_>,
) -> Option<Clicks> {
    let per_hour = fields.get("per_hour").map(|field| per_hour(&field, report));
    let whose = whose(fields, known, report);
    let to = fields.get("to");
    let to = to.map(|field| patterns(&field, known.numbers, report));
    let mut percent = |key| whole(fields, key, report).unwrap_or_default();
    let (refused, doubled) = (percent("refused"), percent("doubled"));
    let field = fields.get("name")?;
    let name = field.text(report)?;
    is_taken(name, field.span(), taken, report);
    Some(Clicks {
        name: name.into(),
        per_hour: per_hour?,
        whose: whose?,
        to: to.unwrap_or_default(),
        refused,
        doubled,
    })
}

fn whose(fields: &Fields<'_>, known: Known<'_>, report: &mut Report<'_>) -> Option<Whose> {
    match (fields.get("crew"), fields.get("queue")) {
        (Some(field), None) => crew(&field, known.crews, report).map(Whose::Crew),
        (None, Some(field)) => queue(&field, known.rules, report).map(Whose::Queue),
        (Some(_), Some(second)) => {
            let message = "a click has either a \"crew\" or a \"queue\", not both";
            let help = "write two entries".to_owned();
            report.add_with_help(second.span(), Code::Contradiction, message, help);
            None
        }
        (None, None) => {
            fields.one_of_missing(["crew", "queue"], report);
            None
        }
    }
}

/// The place of a crew among the scenario's.
fn crew(field: &Field<'_>, crews: &[Crew], report: &mut Report<'_>) -> Option<usize> {
    let text = field.text(report)?;
    let place = crews.iter().position(|crew| crew.name == text);
    if place.is_none() {
        let message = format!("the crew \"{}\" is not defined", shortened(text));
        let names = crews.iter().map(|crew| crew.name.as_str());
        let help = report.did_you_mean(text, names);
        report.add_with_help(field.span(), Code::UnknownName, message, help);
    }
    place
}

fn queue(field: &Field<'_>, rules: &RuleBook, report: &mut Report<'_>) -> Option<QueueName> {
    let text = field.text(report)?;
    let name = QueueName::parse(text).ok();
    let name = name.filter(|name| rules.queues().contains_key(name));
    if name.is_none() {
        let message = format!("the rules have no queue \"{}\"", shortened(text));
        let names = rules.queues().keys().map(QueueName::as_str);
        let help = report.did_you_mean(text, names);
        report.add_with_help(field.span(), Code::UnknownName, message, help);
    }
    name
}
