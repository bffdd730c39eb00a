//! `targets` of a rule.

use std::sync::Arc;

use super::fields::Fields;
use super::rules::Names;
use super::value::{Field, shortened};
use crate::rules::finding::Code;
use crate::rules::queue::{Queue, QueueName};
use crate::rules::report::Report;
use crate::rules::rule::Target;
use crate::rules::shape::TARGET;
use crate::rules::tree::Node;

pub(super) fn targets(
    field: &Field<'_>,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Vec<Target> {
    let nodes = field.list(report).unwrap_or_default();
    nodes
        .iter()
        .filter_map(|node| target(node, names, report))
        .collect()
}

fn target(node: &Node, names: &Names<'_>, report: &mut Report<'_>) -> Option<Target> {
    let target = Fields::read(node, &TARGET, report)?;
    match (target.get("queue"), target.get("numbers")) {
        (Some(field), None) => queue(&field, names, report).map(Target::Queue),
        (None, Some(field)) => Some(Target::Numbers(numbers(&field, names, report))),
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
