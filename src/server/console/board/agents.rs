//! Agents: what is shown in a row, in words, with a shape and a moment.

use std::time::Duration;

use askama::Template;

use super::Moment;
use crate::presence::{Agent, AgentState, Status};
use crate::routing::RoutingBook;
use crate::telephony::duration;

/// A row. Two that are equal look the same.
#[derive(Debug, PartialEq, Eq, Template)]
#[template(path = "agent.html")]
pub(super) struct AgentRow {
    /// The shape and the colour.
    kind: &'static str,
    /// The same in words.
    label: &'static str,
    /// What there is to say besides: the reason of a break, or that somebody is on a break afterwards.
    note: String,
    until: Option<Moment>,
    since: Option<Moment>,
    answered: u32,
    missed: u32,
    talked: String,
}

impl AgentRow {
    pub(super) fn new(agent: &Agent, book: &RoutingBook) -> Self {
        let (kind, label) = kind(agent);
        let is_idle = agent.state == AgentState::Idle;
        let until = if is_idle {
            agent.break_until
        } else {
            agent.until
        };
        let since = match agent.status {
            Status::Available if is_idle && !agent.stale => agent.idle_since,
            Status::Available if is_idle => agent.seen_at,
            Status::OnBreak | Status::Offline if is_idle => Some(agent.status_since),
            Status::Available | Status::OnBreak | Status::Offline => agent.state_since,
        };
        let moment = |at| Moment::new(at, book.time_zone());
        Self {
            kind,
            label,
            note: note(agent),
            until: until.map(moment),
            since: since.filter(|_| until.is_none()).map(moment),
            answered: agent.answered_today,
            missed: agent.missed_today,
            talked: duration::format(Duration::from_mins(agent.talked_today.as_secs() / 60)),
        }
    }
}

fn kind(agent: &Agent) -> (&'static str, &'static str) {
    match agent.state {
        AgentState::Reserved => ("reserved", "Reserved"),
        AgentState::Ringing => ("ringing", "Ringing"),
        AgentState::InCall if agent.assumed => ("in_call", "In a call, assumed"),
        AgentState::InCall => ("in_call", "In a call"),
        AgentState::WrapUp => ("wrap_up", "Wrap-up"),
        AgentState::BackOff => ("back_off", "Pause after a miss"),
        AgentState::Idle => match agent.status {
            Status::Available if agent.stale => ("stale", "No sign of life"),
            Status::Available => ("ready", "Ready"),
            Status::OnBreak => ("on_break", "On a break"),
            Status::Offline => ("offline", "Offline"),
        },
    }
}

fn note(agent: &Agent) -> String {
    let reason = agent.reason.as_deref().unwrap_or_default();
    let reason = match reason {
        "missed_calls" => "missed calls",
        reason => reason,
    };
    if agent.state == AgentState::Idle {
        return reason.to_owned();
    }
    match agent.status {
        Status::Available if agent.stale => "no sign of life".to_owned(),
        Status::Available => String::new(),
        Status::OnBreak if reason.is_empty() => "then on a break".to_owned(),
        Status::OnBreak => format!("then on a break: {reason}"),
        Status::Offline => "then offline".to_owned(),
    }
}
