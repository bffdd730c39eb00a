//! Queues: their headings, the sections of agents below them, and the calls that wait.

use std::collections::BTreeSet;

use askama::Template;

use super::{Listed, Moment, Section};
use crate::presence::{Agent, Status};
use crate::routing::RoutingBook;
use crate::server::queues::{QueueView, Seen};

/// So many agents of a queue are shown.
const MOST_AGENTS: usize = 500;
/// So many waiting calls of a queue.
const MOST_WAITING: usize = 10;

/// A queue's heading.
#[derive(Template)]
#[template(path = "queue.html")]
pub(super) struct QueueHead<'a> {
    pub(super) queue: &'a QueueView<'a>,
}

/// The calls that wait, of all queues.
#[derive(Template)]
#[template(path = "waiting.html")]
pub(super) struct Waiting<'a> {
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    queue: &'a str,
    calls: usize,
    left_out: usize,
    shown: Vec<WaitingCall<'a>>,
}

struct WaitingCall<'a> {
    call: &'a str,
    since: Moment,
}

/// How things stand at this moment, in two figures.
#[derive(Template)]
#[template(path = "now.html")]
pub(super) struct Now {
    waiting: usize,
    longest: Option<Moment>,
    ready: usize,
    engaged: usize,
    away: usize,
}

/// The agents under each queue of the rules, by name, and those who are in none.
pub(super) fn sections(agents: &[Agent], book: &RoutingBook) -> Vec<Section> {
    let mut in_none: BTreeSet<_> = agents.iter().map(listed).collect();
    let mut sections = Vec::new();
    for (name, queue) in book.queues() {
        let members = agents.iter().filter(|agent| queue.admits(&agent.profile));
        let members: BTreeSet<_> = members.map(listed).collect();
        in_none.retain(|agent| !members.contains(agent));
        sections.push(section(name.as_str().to_owned(), members));
    }
    if !in_none.is_empty() {
        sections.push(section(String::new(), in_none));
    }
    sections
}

fn listed(agent: &Agent) -> Listed {
    Listed {
        name: agent.profile.name.clone(),
        id: agent.profile.id.as_str().to_owned(),
    }
}

fn section(queue: String, agents: BTreeSet<Listed>) -> Section {
    Section {
        queue,
        left_out: agents.len().saturating_sub(MOST_AGENTS),
        agents: agents.into_iter().take(MOST_AGENTS).collect(),
    }
}

impl<'a> Waiting<'a> {
    pub(super) fn new(seen: &'a Seen, book: &RoutingBook) -> Self {
        let queues = seen.traffic.queues.iter();
        let waiting = queues.filter(|(_, calls)| calls.waiting > 0);
        let lines = waiting.map(|(queue, calls)| {
            let longest = calls.longest.iter().take(MOST_WAITING);
            let shown: Vec<_> = longest
                .map(|waiting| WaitingCall {
                    call: waiting.call.as_str(),
                    since: Moment::new(waiting.since, book.time_zone()),
                })
                .collect();
            Line {
                queue,
                calls: calls.waiting,
                left_out: calls.waiting.saturating_sub(shown.len()),
                shown,
            }
        });
        Self {
            lines: lines.collect(),
        }
    }
}

impl Now {
    pub(super) fn new(seen: &Seen, book: &RoutingBook) -> Self {
        let queues = seen.traffic.queues.values();
        // A call may wait in several queues; whoever is first in any has waited longest.
        let mut calls = BTreeSet::new();
        let mut unlisted = 0_usize;
        let mut longest = None;
        for queue in queues {
            unlisted = unlisted.saturating_add(queue.waiting.saturating_sub(queue.longest.len()));
            calls.extend(queue.longest.iter().map(|waiting| waiting.call.as_str()));
            let first = queue.longest.first().map(|waiting| waiting.since);
            longest = match (longest, first) {
                (Some(one), Some(other)) => Some(std::cmp::min(one, other)),
                (one, other) => one.or(other),
            };
        }
        let count = |is: fn(&&Agent) -> bool| seen.agents.iter().filter(is).count();
        let ready = count(|agent| agent.is_ready());
        let engaged = count(|agent| agent.until.is_some());
        let away = count(|agent| {
            let is_there = agent.status == Status::Available && !agent.stale;
            agent.until.is_none() && !is_there
        });
        Self {
            waiting: calls.len().saturating_add(unlisted),
            longest: longest.map(|since| Moment::new(since, book.time_zone())),
            ready,
            engaged,
            away,
        }
    }
}
