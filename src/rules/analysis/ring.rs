//! What contradicts itself in the way that phones ring.

use std::collections::HashSet;
use std::time::Duration;

use super::subject::{Subject, branches, entry, rule_span};
use crate::exotel::answer::RingSeconds;
use crate::rules::answer::Events;
use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;
use crate::rules::ring::Ring;
use crate::rules::rule::{Branch, Opens, Whom};
use crate::rules::tree::Node;
use crate::telephony::duration;

/// Reports more phones at once than an answer has, where `at_once` is said: in the rule or in its first queue.
pub(super) fn at_once_over_agents(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut said = HashSet::new();
    for (rule, node) in subject.sound_rules() {
        for branch in &rule.branches {
            let agents = branch.ring.agents;
            let most = branch
                .ring
                .at_once
                .iter()
                .max()
                .copied()
                .unwrap_or_default();
            if most > agents
                && let Some(span) = at_once_span(node, branch, subject)
                && said.insert(span)
            {
                let phones = if agents == 1 {
                    "destination"
                } else {
                    "destinations"
                };
                let message = format!("\"at_once\" is {most}, but an answer has {agents} {phones}");
                let help = format!("write agents: {most}, or at_once: {agents}");
                report.add_with_help(span, Code::AtOnceOverAgents, message, help);
            }
        }
    }
}

fn at_once_span(rule: &Node, branch: &Branch, subject: &Subject<'_>) -> Option<Span> {
    let of = |node| Some(entry(&entry(node, "ring")?.value, "at_once")?.value.span);
    let first_queue = || {
        let mut targets = branch.targets.iter();
        targets.find_map(|target| match &target.whom {
            Whom::Queue(queue) => Some(&queue.name),
            Whom::Numbers(_) => None,
        })
    };
    of(rule).or_else(|| of(&subject.defined("queues", first_queue()?.as_str())?.value))
}

/// Reports sticky rules of whose answered calls nobody hears.
pub(super) fn sticky_without_events(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (rule, node) in subject.sound_rules() {
        if rule.sticky.is_some() && !rule.branches.iter().all(hears_events) {
            let span =
                entry(node, "sticky").map_or_else(|| rule_span(node), |entry| entry.key_span);
            let message = format!(
                "rule \"{}\" is sticky, but its answers ask for no events: who answered is known only where a Passthru applet tells",
                rule.name
            );
            let help = "write events: true in the rule's answer, or in the file's".to_owned();
            report.add_with_help(span, Code::StickyWithoutEvents, message, help);
        }
    }
}

/// Does Exotel report this branch's calls to us?
fn hears_events(branch: &Branch) -> bool {
    matches!(branch.answer.events, Some(Events::Ours { .. }))
}

/// Reports rules with a capped queue of whose conversations nobody hears.
pub(super) fn cap_without_events(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (rule, node) in subject.sound_rules() {
        let deaf = rule.branches.iter().filter(|branch| !hears_events(branch));
        let mut queues = deaf
            .flat_map(|branch| &branch.targets)
            .filter_map(|target| match &target.whom {
                Whom::Queue(queue) => queue.max_calls.map(|_| &queue.name),
                Whom::Numbers(_) => None,
            });
        if let Some(queue) = queues.next() {
            let message = format!(
                "rule \"{}\" asks for no events: \"max_calls\" of the queue \"{queue}\" counts its calls only while they may be ringing",
                rule.name
            );
            let help = "write events: true in the rule's answer, or in the file's".to_owned();
            report.add_with_help(rule_span(node), Code::CapWithoutEvents, message, help);
        }
    }
}

/// Reports targets that stay closed until the last attempt is over.
pub(super) fn never_opening_targets(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (rule, node) in subject.sound_rules() {
        for (branch, nodes) in branches(rule, node) {
            for (target, node) in branch.targets.iter().zip(nodes) {
                if opens_in_time(target.after, &branch.ring) {
                    continue;
                }
                let span = entry(node, "after").map_or(node.span, |entry| entry.value.span);
                let message = format!(
                    "this target never opens: {}",
                    why_not(target.after, &branch.ring)
                );
                let help = "raise ring: { attempts: … }, or open the target earlier".to_owned();
                report.add_with_help(span, Code::NeverOpens, message, help);
            }
        }
    }
}

fn opens_in_time(after: Opens, ring: &Ring) -> bool {
    let by_attempts = after
        .attempts
        .is_some_and(|attempts| attempts.get() < ring.attempts);
    let by_waiting = after
        .waiting
        .is_some_and(|waiting| waiting <= longest_wait(ring));
    after == Opens::AT_ONCE || by_attempts || by_waiting
}

fn why_not(after: Opens, ring: &Ring) -> String {
    let attempts = match ring.attempts {
        1 => "a call has one attempt".to_owned(),
        more => format!("a call has {more} attempts"),
    };
    match after.waiting {
        Some(_) if ring.attempts > 1 => format!(
            "{attempts}, and the last begins within {} at the latest",
            duration::format(longest_wait(ring))
        ),
        _ => attempts,
    }
}

/// How late the last attempt can begin: in every attempt before it all phones ring to the end, in as many turns as they
/// take, and setting up the legs takes as long again.
fn longest_wait(ring: &Ring) -> Duration {
    /// What Exotel takes where nothing is said.
    const RING_BY_DEFAULT: u32 = 30;
    let together = ring.at_once.iter().min().copied().unwrap_or(1).max(1);
    let turns = u32::from(ring.agents.div_ceil(together));
    let attempts_before = u32::from(ring.attempts.saturating_sub(1));
    let seconds = ring.seconds.map_or(RING_BY_DEFAULT, RingSeconds::get);
    let ringing = seconds
        .saturating_mul(turns)
        .saturating_mul(attempts_before);
    Duration::from_secs(ringing.saturating_mul(2).into())
}
