//! `targets` or `split` of a rule, and what its branches take from the rule, from queues and from the file.

use super::fields::Fields;
use super::rules::Names;
use super::targets::targets;
use super::value::Field;
use crate::rules::answer::AnswerSettings;
use crate::rules::finding::Code;
use crate::rules::handling::Handling;
use crate::rules::report::Report;
use crate::rules::ring::RingSettings;
use crate::rules::rule::{Branch, Target, Whom};
use crate::rules::shape::BRANCH;
use crate::rules::tree::Node;

/// All calls of a rule, in the unit of shares.
const ALL: u8 = 100;

/// What a rule itself says; it stands over what its queues say.
#[derive(Debug)]
pub(super) struct OwnSettings {
    pub(super) ring: RingSettings,
    pub(super) answer: AnswerSettings,
    pub(super) handling: Handling,
}

impl OwnSettings {
    fn branch(&self, share: u8, targets: Vec<Target>, account: &AnswerSettings) -> Branch {
        let first_queue = targets.iter().find_map(|target| match &target.whom {
            Whom::Queue(queue) => Some(queue),
            Whom::Numbers(_) => None,
        });
        let (mut ring, mut answer) = (self.ring.clone(), self.answer.clone());
        if let Some(queue) = first_queue {
            ring = ring.over(&queue.ring);
            answer = answer.over(&queue.answer);
        }
        Branch {
            share,
            targets,
            ring: ring.complete(),
            answer: answer.over(account),
        }
    }
}

/// The branches of a rule; none only after something was reported.
pub(super) fn branches(
    rule: &Fields<'_>,
    names: &Names<'_>,
    own: &OwnSettings,
    account: &AnswerSettings,
    report: &mut Report<'_>,
) -> Vec<Branch> {
    let sides = match (rule.get("targets"), rule.get("split")) {
        (Some(field), None) => vec![(ALL, targets(&field, own.handling, names, report))],
        (None, Some(field)) => split(&field, own.handling, names, report),
        (Some(_), Some(second)) => {
            let message = "a rule has either \"targets\" or \"split\", not both";
            let help = "the targets of each share stand within the split".to_owned();
            report.add_with_help(second.span(), Code::Contradiction, message, help);
            Vec::new()
        }
        (None, None) => {
            rule.one_of_missing(["targets", "split"], report);
            Vec::new()
        }
    };
    sides
        .into_iter()
        .map(|(share, targets)| own.branch(share, targets, account))
        .collect()
}

fn split(
    field: &Field<'_>,
    handling: Handling,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Vec<(u8, Vec<Target>)> {
    let Some(nodes) = field.list(report) else {
        return Vec::new();
    };
    let sides: Vec<_> = nodes
        .iter()
        .filter_map(|node| side(node, handling, names, report))
        .collect();
    let sum: u32 = sides.iter().map(|(share, _)| u32::from(*share)).sum();
    if sides.len() == nodes.len() && sum != u32::from(ALL) {
        let message = format!("the shares add up to {sum}, not to {ALL}");
        report.add(field.span(), Code::Shares, message);
    }
    sides
}

fn side(
    node: &Node,
    handling: Handling,
    names: &Names<'_>,
    report: &mut Report<'_>,
) -> Option<(u8, Vec<Target>)> {
    let side = Fields::read(node, &BRANCH, report)?;
    let share = side.get("share").and_then(|field| field.whole(report));
    let targets = side
        .get("targets")
        .map(|field| targets(&field, handling, names, report));
    share.zip(targets)
}
