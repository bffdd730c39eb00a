//! `targets` of a rule, or of one side of its split.

use std::num::NonZeroU8;
use std::sync::Arc;

use super::fields::Fields;
use super::rules::Names;
use super::value::{Field, shortened};
use crate::rules::finding::Code;
use crate::rules::handling::Handling;
use crate::rules::queue::{Queue, QueueName};
use crate::rules::report::Report;
use crate::rules::rule::{Opens, Target, Whom};
use crate::rules::shape::{AFTER, TARGET};
use crate::rules::tree::Node;

/// Reads a list of targets; `handling` is what the rule says about agents.
pub(super) fn targets(
    field: &Field<'_>,
    handling: Handling,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Vec<Target> {
    let nodes = field.list(report).unwrap_or_default();
    nodes
        .iter()
        .filter_map(|node| target(node, handling, names, report))
        .collect()
}

fn target(
    node: &Node,
    handling: Handling,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Option<Target> {
    let target = Fields::read(node, &TARGET, report)?;
    let after = target
        .get("after")
        .map_or(Opens::AT_ONCE, |field| after(&field, report));
    let whom = whom(&target, names, report)?;
    let handling = match &whom {
        Whom::Queue(queue) => handling.over(&queue.handling),
        Whom::Numbers(_) => handling,
    };
    Some(Target {
        whom,
        after,
        handling,
    })
}

fn after(field: &Field<'_>, report: &mut Report<'_>) -> Opens {
    let Some(after) = Fields::read(field.node, &AFTER, report) else {
        return Opens::AT_ONCE;
    };
    after.one_of_missing(["attempts", "waiting"], report);
    Opens {
        attempts: after
            .get("attempts")
            .and_then(|field| field.whole(report))
            .and_then(NonZeroU8::new),
        waiting: after
            .get("waiting")
            .and_then(|field| field.some_time(report)),
    }
}

fn whom(target: &Fields<'_>, names: &Names<'_>, report: &mut Report<'_>) -> Option<Whom> {
    match (target.get("queue"), target.get("numbers")) {
        (Some(field), None) => queue(&field, names, report).map(Whom::Queue),
        (None, Some(field)) => Some(Whom::Numbers(numbers(&field, names, report))),
        (Some(_), Some(second)) => {
            let help = "write two targets".to_owned();
            let message = "a target has either \"queue\" or \"numbers\", not both";
            report.add_with_help(second.span(), Code::Contradiction, message, help);
            None
        }
        (None, None) => {
            target.one_of_missing(["queue", "numbers"], report);
            None
        }
    }
}

fn numbers(
    field: &Field<'_>,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Vec<crate::telephony::ContactUri> {
    let is_empty = field.list(report).is_some_and(<[Node]>::is_empty);
    if is_empty {
        field.empty_list("name one, or leave the target out", report);
        return Vec::new();
    }
    names.numbers.contacts(field, report)
}

fn queue(field: &Field<'_>, names: &Names<'_>, report: &mut Report<'_>) -> Option<Arc<Queue>> {
    let text = field.text(report)?;
    let found = QueueName::parse(text)
        .ok()
        .and_then(|name| names.queues.get(&name));
    if found.is_none() {
        let message = format!("queue \"{}\" is not defined", shortened(text));
        let help = report.did_you_mean(text, names.queues.keys().map(QueueName::as_str));
        report.add_with_help(field.span(), Code::UnknownName, message, help);
    }
    found.cloned()
}
