//! What a file means, looked at as a whole: findings about rules that can be used and still don't do what was meant.
//!
//! Each function answers one question from the file's contents, the places in its tree and the moment, and reports. A part of
//! the file that has an error of its own is left out, so that one misspelling isn't reported as three more things.

mod agents;
mod budget;
mod callers;
mod coverage;
mod hours;
mod lists;
mod queues;
mod ring;
mod rules;
mod subject;

pub use self::agents::KnownAgents;
use self::subject::Subject;
use super::book::Contents;
use super::report::Report;
use super::tree::Node;
use crate::clock::Timestamp;

/// Asks every question; who is in a queue only if the agents are known.
pub(super) fn analyse(
    contents: &Contents,
    root: &Node,
    agents: Option<&KnownAgents>,
    now: Timestamp,
    report: &mut Report<'_>,
) {
    let Some(subject) = Subject::new(contents, root, now, report) else {
        return;
    };
    rules::unreachable(&subject, report);
    callers::contradicting(&subject, report);
    queues::unused(&subject, report);
    if let Some(known) = agents {
        agents::empty_queues(&subject, known, report);
    }
    ring::at_once_over_agents(&subject, report);
    ring::sticky_without_events(&subject, report);
    ring::cap_without_events(&subject, report);
    ring::never_opening_targets(&subject, report);
    hours::never_open(&subject, report);
    hours::past_dates(&subject, report);
}

#[cfg(test)]
mod tests;
