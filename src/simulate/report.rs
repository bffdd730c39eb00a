//! What a run comes to: how long callers waited, how busy the agents were, and how fairly the calls were shared.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::record::{AgentRecord, CallOutcome, CallRecord, Record};
use super::world::count;
use crate::presence::QueueDefinition;
use crate::routing::RoutingBook;
use crate::rules::Scenario;

mod clicks;
mod fairness;

pub use clicks::ClickFigures;
pub use fairness::gini;

/// What a run comes to. As JSON, times are seconds and shares go from 0 to 1; `null` is what can't be said, such as the
/// mean of nothing.
#[derive(Clone, Debug, Serialize)]
pub struct SimulationReport {
    /// Within which time a call should be answered.
    #[serde(serialize_with = "seconds")]
    pub service_level_within: Duration,
    /// All calls.
    pub total: CallFigures,
    /// The calls of each kind.
    pub arrivals: Vec<KindFigures>,
    /// The clicks of each kind; left out without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clicks: Vec<ClickFigures>,
    /// The queues of the rules.
    pub queues: Vec<QueueFigures>,
    /// The agents.
    pub agents: Vec<AgentFigures>,
    /// Phones dialled while in another call, which the service could not know for want of reports.
    pub engaged: u64,
    /// Fetches that were sent twice at once, and both answered.
    pub equal_fetches: u64,
    /// How often something happened that never must.
    pub breaches: u64,
}

/// What became of some calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallFigures {
    /// How many came.
    pub calls: u64,
    /// Of them, answered.
    pub answered: u64,
    /// Of those, by a fixed number of the rules.
    pub answered_elsewhere: u64,
    /// The caller hung up.
    pub abandoned: u64,
    /// Nobody was to be rung, and the flow did not ask again.
    pub nobody: u64,
    /// Rung, answered by nobody, and no further attempt was due.
    pub unanswered: u64,
    /// The mean time until a call was answered, ringing included, in seconds.
    pub average_speed_of_answer: Option<f64>,
    /// Answered in time, of all that came but those who hung up within that time.
    pub service_level: Option<f64>,
    /// The longest that anybody waited, answered or not, in seconds.
    #[serde(serialize_with = "seconds")]
    pub longest_wait: Duration,
    /// Answers with somebody, of a call on average.
    pub attempts_per_call: Option<f64>,
    /// Fetches, of a call on average.
    pub fetches_per_call: Option<f64>,
}

/// The calls of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindFigures {
    /// What the scenario calls them.
    pub name: Arc<str>,
    /// What became of them.
    #[serde(flatten)]
    pub figures: CallFigures,
}

/// The agents of one queue. Who is in several queues counts in each.
#[derive(Clone, Debug, Serialize)]
pub struct QueueFigures {
    /// The queue.
    pub name: String,
    /// Its agents who were available at any time.
    pub agents: usize,
    /// The calls that they answered, through whatever queue.
    pub calls: u64,
    /// Talk and wrap-up, of the time available.
    pub occupancy: Option<f64>,
    /// How unequally the calls are shared: 0 is equally; of n agents, all to one is 1 - 1/n.
    pub gini_of_calls: Option<f64>,
    /// The same of the talk time.
    pub gini_of_talk_time: Option<f64>,
}

/// One agent.
#[derive(Clone, Debug, Serialize)]
pub struct AgentFigures {
    /// Who it is.
    pub id: String,
    /// Calls answered.
    pub calls: u32,
    /// Calls started by a click that came to a conversation.
    pub clicks: u32,
    /// In conversations, in seconds.
    #[serde(serialize_with = "seconds")]
    pub talk_time: Duration,
    /// In wrap-up, in seconds.
    #[serde(serialize_with = "seconds")]
    pub wrap_up: Duration,
    /// Available, in seconds.
    #[serde(serialize_with = "seconds")]
    pub available: Duration,
    /// Talk and wrap-up, of the time available.
    pub occupancy: Option<f64>,
    /// Phones that rang out.
    pub missed: u32,
    /// Calls declined; a phone that was in another call has declined nothing.
    pub declined: u32,
    /// Calls that did not reach the phone.
    pub failed: u32,
}

impl SimulationReport {
    /// What this record comes to.
    pub fn of(record: &Record, scenario: &Scenario, book: &RoutingBook) -> Self {
        let within = scenario.service_level;
        let calls: Vec<&CallRecord> = record.calls.iter().collect();
        let of_kind = |(place, name): (usize, &Arc<str>)| {
            let calls = record.calls.iter().filter(|call| call.kind == place);
            let calls: Vec<&CallRecord> = calls.collect();
            KindFigures {
                name: Arc::clone(name),
                figures: CallFigures::of(&calls, within),
            }
        };
        let queues = book.queues();
        Self {
            service_level_within: within,
            total: CallFigures::of(&calls, within),
            arrivals: record.kinds.iter().enumerate().map(of_kind).collect(),
            clicks: click_figures(record),
            queues: queues
                .map(|(name, queue)| QueueFigures::of(name.to_string(), queue, &record.agents))
                .collect(),
            agents: record.agents.iter().map(AgentFigures::of).collect(),
            engaged: record.engaged,
            equal_fetches: record.equal_fetches,
            breaches: record.breach_count,
        }
    }

    /// Phones that rang out.
    pub fn missed(&self) -> u64 {
        let missed = self.agents.iter().map(|agent| u64::from(agent.missed));
        missed.sum()
    }
}

impl CallFigures {
    /// Calls that agents answered.
    pub fn answered_by_agents(&self) -> u64 {
        self.answered.saturating_sub(self.answered_elsewhere)
    }

    fn of(calls: &[&CallRecord], within: Duration) -> Self {
        let outcome = |wanted| tally(calls, |call| call.outcome == wanted);
        let all = tally(calls, |_| true);
        let sum = |read: fn(&CallRecord) -> u32| {
            let numbers = calls.iter().map(|call| u64::from(read(call)));
            count(numbers.sum())
        };
        Self {
            calls: all,
            answered: tally(calls, |call| call.outcome.is_answered()),
            answered_elsewhere: outcome(CallOutcome::AnsweredElsewhere),
            abandoned: outcome(CallOutcome::Abandoned),
            nobody: outcome(CallOutcome::Nobody),
            unanswered: outcome(CallOutcome::Unanswered),
            average_speed_of_answer: average_speed_of_answer(calls),
            service_level: service_level(calls, within),
            longest_wait: calls
                .iter()
                .map(|call| call.waited)
                .max()
                .unwrap_or_default(),
            attempts_per_call: share(sum(|call| call.attempts), count(all)),
            fetches_per_call: share(sum(|call| call.fetches), count(all)),
        }
    }
}

fn average_speed_of_answer(calls: &[&CallRecord]) -> Option<f64> {
    let answered = calls.iter().filter(|call| call.outcome.is_answered());
    let waited = answered.map(|call| call.waited.as_secs_f64()).sum();
    let answered = tally(calls, |call| call.outcome.is_answered());
    share(waited, count(answered))
}

/// Answered in time, of all but those who hung up in time: they left nobody time to answer.
fn service_level(calls: &[&CallRecord], within: Duration) -> Option<f64> {
    let in_time = |call: &CallRecord| call.waited <= within;
    let answered = tally(calls, |call| call.outcome.is_answered() && in_time(call));
    let left = |call: &CallRecord| call.outcome == CallOutcome::Abandoned && in_time(call);
    let meant = tally(calls, |call| !left(call));
    share(count(answered), count(meant))
}

impl QueueFigures {
    fn of(name: String, queue: &QueueDefinition, agents: &[AgentRecord]) -> Self {
        let worked = |agent: &&AgentRecord| !agent.available.is_zero();
        let agents: Vec<_> = agents
            .iter()
            .filter(|agent| queue.admits(&agent.profile))
            .filter(worked)
            .collect();
        let busy: f64 = agents.iter().map(|agent| busy(agent)).sum();
        let available = agents.iter().map(|agent| agent.available.as_secs_f64());
        let calls = agents.iter().map(|agent| f64::from(agent.answered));
        let talks = agents.iter().map(|agent| agent.talked.as_secs_f64());
        Self {
            name,
            agents: agents.len(),
            calls: agents.iter().map(|agent| u64::from(agent.answered)).sum(),
            occupancy: share(busy, available.sum()),
            gini_of_calls: gini(calls),
            gini_of_talk_time: gini(talks),
        }
    }
}

impl AgentFigures {
    fn of(agent: &AgentRecord) -> Self {
        Self {
            id: agent.profile.id.to_string(),
            calls: agent.answered,
            clicks: agent.clicks,
            talk_time: agent.talked,
            wrap_up: agent.wrapped_up,
            available: agent.available,
            occupancy: share(busy(agent), agent.available.as_secs_f64()),
            missed: agent.missed,
            declined: agent.declined,
            failed: agent.failed,
        }
    }
}

fn click_figures(record: &Record) -> Vec<ClickFigures> {
    let kinds = record.click_kinds.iter().enumerate();
    let figures = kinds.map(|(place, name)| ClickFigures::of(place, name, &record.clicks));
    figures.collect()
}

fn busy(agent: &AgentRecord) -> f64 {
    agent.talked.saturating_add(agent.wrapped_up).as_secs_f64()
}

fn tally(calls: &[&CallRecord], is_meant: impl Fn(&CallRecord) -> bool) -> u64 {
    let calls = calls.iter().filter(|call| is_meant(call)).count();
    u64::try_from(calls).unwrap_or(u64::MAX)
}

/// A part of a whole; of nothing there is none.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[cfg(test)]
mod tests;
