//! From the words about a virtual agent to those of the store.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::presence::memory::Arrangement;
use crate::presence::{AgentProfile, AgentState, Presence};
use crate::rules::{VirtualAgent, VirtualState, VirtualStatus};
use crate::telephony::{AgentId, CallSid};

/// How long a state lasts where nothing is said: longer than a test waits, as a rule.
const USUAL_STATE: Duration = Duration::from_hours(1);

/// The agent for administration.
pub(super) fn profile(id: &AgentId, agent: &VirtualAgent) -> AgentProfile {
    AgentProfile {
        id: id.clone(),
        name: id.to_string(),
        destinations: agent.destinations.clone().unwrap_or_default(),
        groups: agent.groups.clone().unwrap_or_default(),
        skills: agent.skills.clone().unwrap_or_default(),
        position: agent.position,
        weight: agent.weight.unwrap_or(1),
    }
}

/// How the agent is at this moment, everything said: what the file leaves out is the usual.
pub(super) fn beginning(
    agent: &VirtualAgent,
    heartbeat: Option<Duration>,
    now: Timestamp,
) -> Arrangement {
    let whole = VirtualAgent {
        status: Some(agent.status.unwrap_or_default()),
        state: Some(agent.state.unwrap_or_default()),
        stale: Some(agent.stale.unwrap_or_default()),
        idle: Some(agent.idle.unwrap_or_default()),
        ..agent.clone()
    };
    change(&whole, &whole, heartbeat, now)
}

/// What changes about the agent at this moment; `agent` is how it is then, everything said.
pub(super) fn change(
    said: &VirtualAgent,
    agent: &VirtualAgent,
    heartbeat: Option<Duration>,
    now: Timestamp,
) -> Arrangement {
    let says_presence = said.status.is_some() || said.reason.is_some() || said.break_left.is_some();
    let says_state = said.state.is_some() || said.state_left.is_some();
    Arrangement {
        presence: says_presence.then(|| presence(agent)),
        state: says_state.then(|| state(agent, now)),
        call: says_state.then(another_call).flatten(),
        // Whoever is heard of again is idle from then on.
        idle_since: match said.idle {
            Some(idle) => Some(now.minus(idle)),
            None => (said.stale == Some(false)).then_some(now),
        },
        seen_at: said.stale.map(|is_stale| seen_at(is_stale, heartbeat, now)),
        calls: said.calls.map(u32::from),
        talk_time: said.talk_time,
        last_offered: said.last_offered.map(|ago| now.minus(ago)),
    }
}

fn presence(agent: &VirtualAgent) -> Presence {
    match agent.status.unwrap_or_default() {
        VirtualStatus::Available => Presence::Available,
        VirtualStatus::OnBreak => Presence::OnBreak {
            reason: agent.reason.clone(),
            lasting: agent.break_left,
        },
        VirtualStatus::Offline => Presence::Offline,
    }
}

fn state(agent: &VirtualAgent, now: Timestamp) -> (AgentState, Timestamp) {
    let state = match agent.state.unwrap_or_default() {
        VirtualState::Idle => AgentState::Idle,
        VirtualState::Reserved => AgentState::Reserved,
        VirtualState::Ringing => AgentState::Ringing,
        VirtualState::InCall => AgentState::InCall,
        VirtualState::WrapUp => AgentState::WrapUp,
        VirtualState::BackOff => AgentState::BackOff,
    };
    (state, now.plus(agent.state_left.unwrap_or(USUAL_STATE)))
}

/// Whoever is held is held by a call that the test does not tell of.
fn another_call() -> Option<CallSid> {
    CallSid::parse("another-call").ok()
}

/// The heartbeat of an agent who is stale lapsed a minute ago.
fn seen_at(is_stale: bool, heartbeat: Option<Duration>, now: Timestamp) -> Timestamp {
    match heartbeat.filter(|_| is_stale) {
        Some(heartbeat) => now.minus(heartbeat).minus(Duration::from_mins(1)),
        None => now,
    }
}
