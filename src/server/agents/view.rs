//! Agents as the API shows them.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::presence::{Agent, AgentState, Status, StatusSet};
use crate::routing::RoutingBook;
use crate::rules::QueueName;
use crate::telephony::{AgentId, CallSid, ContactUri, DurationText, duration};

/// An agent with status, state and queues. Times have the offset of the account's zone.
#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub(in crate::server) struct AgentView<'a> {
    id: &'a AgentId,
    name: &'a str,
    destinations: &'a [ContactUri],
    groups: Vec<&'a str>,
    skills: &'a std::collections::BTreeMap<String, u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u16>,
    weight: u8,
    /// What the person chose.
    #[schema(value_type = Status)]
    status: &'static str,
    /// Of a break, if one was given; `missed_calls` of one that the rules ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[schema(format = DateTime)]
    status_since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_set: Option<StatusSetView<'a>>,
    /// When the break ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    break_until: Option<String>,
    /// Available, but the heartbeat has lapsed: treated as offline.
    stale: bool,
    /// What the system sees.
    #[schema(value_type = AgentState)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    state_since: Option<String>,
    /// When the state ends by itself; of every state but `idle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// How long that is from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DurationText>)]
    remaining: Option<String>,
    /// Nobody reported the state; it is assumed from what was answered.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    assumed: bool,
    /// The call that holds the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a CallSid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    idle_since: Option<String>,
    /// Available, not stale, idle.
    ready: bool,
    /// The queues of the rules that the agent belongs to.
    queues: Vec<&'a str>,
    today: Today,
}

/// Who set the status over the person's head; left out of what is the person's own.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusSet)]
struct StatusSetView<'a> {
    by: &'a str,
    #[schema(format = DateTime)]
    at: String,
}

/// Counters since the account's midnight.
#[derive(Serialize, ToSchema)]
struct Today {
    offered: u32,
    answered: u32,
    missed: u32,
    #[schema(value_type = DurationText)]
    talk_time: String,
    misses_in_a_row: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What is left of a state, in whole seconds, the last one begun counted: `0s` is never shown of a state that still holds.
fn remaining(left: Duration) -> String {
    duration::format(Duration::from_secs(
        left.as_millis()
            .div_ceil(1000)
            .try_into()
            .unwrap_or(u64::MAX),
    ))
}

fn whole_seconds(time: Duration) -> String {
    duration::format(Duration::from_secs(time.as_secs()))
}

impl<'a> AgentView<'a> {
    /// The agent as the account's rules see it.
    pub(in crate::server) fn new(agent: &'a Agent, book: &'a RoutingBook) -> Self {
        let profile = &agent.profile;
        let time = |moment: Timestamp| book.local_time(moment);
        let status_set = agent
            .status_set
            .as_ref()
            .map(|StatusSet { by, at }| StatusSetView { by, at: time(*at) });
        Self {
            id: &profile.id,
            name: &profile.name,
            destinations: &profile.destinations,
            groups: profile.groups.iter().map(String::as_str).collect(),
            skills: &profile.skills,
            position: profile.position,
            weight: profile.weight,
            status: agent.status.as_str(),
            reason: agent.reason.as_deref(),
            status_since: time(agent.status_since),
            status_set,
            break_until: agent.break_until.map(time),
            stale: agent.stale,
            state: agent.state.as_str(),
            state_since: agent.state_since.map(time),
            until: agent.until.map(time),
            remaining: agent.until.map(|until| remaining(until.since(agent.at))),
            assumed: agent.assumed,
            call: agent.call.as_ref(),
            idle_since: agent.idle_since.map(time),
            ready: agent.is_ready(),
            queues: book.queues_of(profile).map(QueueName::as_str).collect(),
            today: Today {
                offered: agent.offered_today,
                answered: agent.answered_today,
                missed: agent.missed_today,
                talk_time: whole_seconds(agent.talked_today),
                misses_in_a_row: agent.misses,
            },
        }
    }
}
