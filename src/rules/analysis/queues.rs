//! Queues that are there for nothing.

use std::collections::BTreeSet;

use super::subject::Subject;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::rule::Whom;

/// Reports queues that no rule uses.
pub(super) fn unused(subject: &Subject<'_>, report: &mut Report<'_>) {
    if !subject.all_rules_are_sound() {
        return;
    }
    let targets = subject
        .contents
        .rules
        .iter()
        .flat_map(|rule| &rule.branches)
        .flat_map(|branch| &branch.targets);
    let used: BTreeSet<_> = targets
        .filter_map(|target| match &target.whom {
            Whom::Queue(queue) => Some(&queue.name),
            Whom::Numbers(_) => None,
        })
        .collect();
    for name in subject
        .contents
        .queues
        .keys()
        .filter(|name| !used.contains(name))
    {
        if let Some(entry) = subject.defined("queues", name.as_str()) {
            let message = format!("no rule uses the queue \"{name}\"");
            let help = "name it in the targets of a rule, or take it out".to_owned();
            report.add_with_help(entry.key_span, Code::UnusedQueue, message, help);
        }
    }
}
