//! The agents of a queue: who of them rings, and why the others do not.

use std::collections::BTreeMap;
use std::time::Duration;

use super::document::{AgentStep, Reason};
use super::given::Given;
use super::sticky::Sticking;
use super::targets::Chosen;
use super::words::{self, Times};
use crate::presence::{Agent, AgentState, Full, QueueDefinition, Standing, Status, Strategy};
use crate::telephony::AgentId;

/// A queue, with everything that decides about its agents.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The target, from 1.
    pub(super) number: usize,
    pub(super) queue: &'a QueueDefinition,
    pub(super) is_open: bool,
    /// What left the target's queue no place for the call.
    pub(super) full: Option<Full>,
    /// The queue's agents in its order.
    pub(super) order: Vec<&'a AgentId>,
    pub(super) standings: &'a [Standing],
    pub(super) chosen: &'a BTreeMap<AgentId, Chosen>,
    pub(super) has_ended: bool,
    pub(super) sticking: Option<&'a Sticking<'a>>,
    pub(super) given: Given<'a>,
    pub(super) heartbeat: Option<Duration>,
    pub(super) times: &'a Times<'a>,
}

/// The queue's agents, those who ring first, and whoever misses it only by a skill.
pub(super) fn steps(line: &Line<'_>) -> Vec<AgentStep> {
    let places: BTreeMap<&AgentId, usize> = line.order.iter().copied().zip(0..).collect();
    let concerned = line.standings.iter().filter(|standing| {
        let profile = &standing.agent.profile;
        places.contains_key(&profile.id) || line.misses_narrowly(&standing.agent)
    });
    let mut steps: Vec<_> = concerned.map(|standing| line.step(standing)).collect();
    steps.sort_by_key(|step| {
        let place = places.get(&step.id).copied();
        (
            step.rings.unwrap_or(usize::MAX),
            step.reason,
            place.unwrap_or(usize::MAX),
        )
    });
    steps
}

impl Line<'_> {
    fn step(&self, standing: &Standing) -> AgentStep {
        let profile = &standing.agent.profile;
        let (reason, why) = self.reason(standing);
        let chosen = self.chosen.get(&profile.id);
        AgentStep {
            id: profile.id.clone(),
            name: profile.name.clone(),
            rings: chosen
                .filter(|_| reason == Reason::Chosen)
                .map(|chosen| chosen.place),
            reason,
            why,
        }
    }

    /// In a group of the queue, or with all of its skills though not at the level: somebody who might be expected here.
    fn misses_narrowly(&self, agent: &Agent) -> bool {
        let profile = &agent.profile;
        let mut lacking = self.queue.lacking(profile).peekable();
        let is_expected = !self.queue.groups().is_empty() && self.queue.has_group_of(profile);
        let lacks = lacking.peek().is_some();
        let has_all_somewhat = self.queue.groups().is_empty()
            && self
                .queue
                .lacking(profile)
                .all(|lacking| lacking.has.is_some());
        lacks && (is_expected || has_all_somewhat)
    }

    fn reason(&self, standing: &Standing) -> (Reason, String) {
        let agent = &standing.agent;
        let id = &agent.profile.id;
        if !self.queue.admits(&agent.profile) {
            return (Reason::MissesSkill, self.lacking(agent));
        }
        if let Some(chosen) = self.chosen.get(id) {
            return self.chosen(standing, *chosen);
        }
        let tried = self.given.tried.get(id);
        // News of the call frees whom its earlier attempts still hold; who then is left alone, or wraps up, is not ready.
        let is_held = matches!(
            agent.state,
            AgentState::Reserved | AgentState::Ringing | AgentState::InCall
        );
        let is_own = agent.call.is_some() && agent.call.as_ref() == self.given.call;
        let is_freed = tried.is_some() && is_held && is_own;
        if let Some(away) = self.away(standing, is_freed) {
            return away;
        }
        let measure = self.measure(standing);
        match tried {
            _ if self.has_ended => (
                Reason::CallEnded,
                "ready, but the call gets no further answer".to_owned(),
            ),
            _ if let Some(alone) = self.alone() => (
                Reason::Kept,
                format!("ready ({measure}), but the caller goes back to {alone} alone"),
            ),
            _ if !self.is_open => (
                Reason::TargetClosed,
                format!("ready ({measure}), but this target is not open"),
            ),
            _ if let Some(full) = self.full => (
                Reason::QueueFull,
                format!("ready ({measure}), but {}", but(full)),
            ),
            _ if self.given.held_back.contains(id) => (
                Reason::HeldBack,
                format!("ready ({measure}), but held back for a call that has waited longer"),
            ),
            // Who was tried is asked again before nobody is.
            _ if let Some((reason, why)) = self
                .given
                .instead
                .filter(|_| tried.is_none() || self.given.count == 0) =>
            {
                (reason, format!("ready ({measure}), {why}"))
            }
            Some(attempts) => (
                Reason::Tried,
                format!("already rung in {}", in_attempts(attempts)),
            ),
            None => {
                let count = self.given.count;
                let verb = if count == 1 { "was" } else { "were" };
                let why = format!("ready ({measure}), but {count} {verb} chosen already");
                (Reason::Enough, why)
            }
        }
    }

    /// The one agent to whom the call may go; `None` when it may go to others.
    fn alone(&self) -> Option<&str> {
        self.sticking.and_then(Sticking::alone)
    }

    fn lacking(&self, agent: &Agent) -> String {
        let lacking = self.queue.lacking(&agent.profile);
        let said: Vec<_> = lacking
            .map(|lacking| match lacking.has {
                Some(has) => format!("{} {has} < {}", lacking.skill, lacking.wanted),
                None => format!("no {}, and {} is asked for", lacking.skill, lacking.wanted),
            })
            .collect();
        said.join(", ")
    }

    fn chosen(&self, standing: &Standing, chosen: Chosen) -> (Reason, String) {
        if chosen.target != self.number {
            let place = words::nth(chosen.place);
            let why = format!("rings {place}, through target {}", chosen.target);
            return (Reason::ChosenElsewhere, why);
        }
        let id = &standing.agent.profile.id;
        let is_first = |sticking: &&&Sticking<'_>| sticking.first() == Some(id);
        if let Some(sticking) = self.sticking.as_ref().filter(is_first) {
            return (Reason::Chosen, sticking.answered(self.times));
        }
        let measure = self.measure(standing);
        let why = match self.given.tried.get(id) {
            Some(attempts) => format!(
                "already rung in {}, but nobody else is ready",
                in_attempts(attempts)
            ),
            None => measure,
        };
        (Reason::Chosen, why)
    }

    /// Why an agent is not ready; `None` for one who is.
    fn away(&self, standing: &Standing, is_freed: bool) -> Option<(Reason, String)> {
        let agent = &standing.agent;
        match agent.status {
            Status::Offline => return Some((Reason::Offline, self.offline(agent))),
            Status::OnBreak => return Some((Reason::OnBreak, self.on_break(agent))),
            Status::Available => {}
        }
        if !is_freed && let Some(held) = self.held(agent) {
            return Some(held);
        }
        if agent.stale {
            return Some((Reason::Stale, self.stale(agent)));
        }
        let until = standing.left_out_until?;
        let why = format!(
            "left out for {} more, or until its next heartbeat: the last one came too late",
            self.times.left(until)
        );
        Some((Reason::LeftOut, why))
    }

    fn offline(&self, agent: &Agent) -> String {
        let since = self.times.time(agent.status_since);
        format!("offline since {since}{}", self.besides(agent))
    }

    fn on_break(&self, agent: &Agent) -> String {
        let since = self.times.time(agent.status_since);
        let reason = agent.reason.as_deref();
        let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        let until = agent
            .break_until
            .map(|until| format!(", until {}", self.times.time(until)));
        let until = until.unwrap_or_default();
        format!(
            "on break since {since}{reason}{until}{}",
            self.besides(agent)
        )
    }

    /// What still holds somebody who is away.
    fn besides(&self, agent: &Agent) -> String {
        let held = self.held(agent);
        held.map_or_else(String::new, |(_, why)| format!("; {why}"))
    }

    fn stale(&self, agent: &Agent) -> String {
        let asked = self.heartbeat.map_or_else(String::new, |heartbeat| {
            format!("; one every {} is asked for", words::brief(heartbeat))
        });
        match agent.seen_at {
            Some(seen) => format!(
                "stale: its last heartbeat came {} ago{asked}",
                self.times.since(seen)
            ),
            None => format!("stale: no heartbeat has come{asked}"),
        }
    }

    /// The state that holds an agent; `None` for idle.
    fn held(&self, agent: &Agent) -> Option<(Reason, String)> {
        let left = agent
            .until
            .map_or_else(|| "0s".to_owned(), |until| self.times.left(until));
        let call = match &agent.call {
            Some(call) if Some(call) == self.given.call => "this very call".to_owned(),
            Some(call) => format!("call {call}"),
            None => "a call".to_owned(),
        };
        Some(match agent.state {
            AgentState::Idle => return None,
            AgentState::Reserved => (
                Reason::Reserved,
                format!("reserved for {call}, {left} left"),
            ),
            AgentState::Ringing => (Reason::Ringing, format!("rings for {call}, {left} left")),
            AgentState::InCall => (
                Reason::InCall,
                format!("talks in {call}, for {left} more at most"),
            ),
            AgentState::WrapUp => (Reason::WrapUp, format!("wrap-up, {left} left")),
            AgentState::BackOff => {
                let call = match &agent.call {
                    Some(call) if Some(call) == self.given.call => "this very call, which",
                    Some(_) | None => "a call that",
                };
                (
                    Reason::BackOff,
                    format!("left alone after {call} was not taken, {left} left"),
                )
            }
        })
    }

    /// What the queue's order compares.
    fn measure(&self, standing: &Standing) -> String {
        let agent = &standing.agent;
        let today = agent.offered_today;
        let calls = words::counted(usize::try_from(today).unwrap_or(usize::MAX), "call");
        match self.queue.strategy() {
            Strategy::LongestIdle => match agent.idle_since {
                Some(since) => format!("idle for {}", self.times.since(since)),
                None => "just freed".to_owned(),
            },
            Strategy::RoundRobin => match standing.last_offered {
                Some(last) => format!("last offered a call {} ago", self.times.since(last)),
                None => "never offered a call yet".to_owned(),
            },
            Strategy::FewestCalls => format!("{calls} today{}", self.ahead(standing)),
            Strategy::LeastTalkTime => {
                let talked = words::brief(standing.talked_today);
                format!("talked {talked} today{}, {calls}", self.ahead(standing))
            }
            Strategy::TopDown => match agent.profile.position {
                Some(position) => format!("position {position}"),
                None => "no position".to_owned(),
            },
            Strategy::Random => "drawn by lot".to_owned(),
            Strategy::Weighted => {
                let (ahead, weight) = (self.ahead(standing), agent.profile.weight);
                format!("{calls} today{ahead}, weight {weight}")
            }
        }
    }

    /// What is added for somebody who came in the middle of the day.
    fn ahead(&self, standing: &Standing) -> String {
        let Some(ahead) = standing.ahead.get(self.queue.id()) else {
            return String::new();
        };
        let added = match self.queue.strategy() {
            Strategy::LeastTalkTime => words::brief(Duration::from_millis(*ahead)),
            Strategy::Weighted => {
                let weight = u64::from(standing.agent.profile.weight);
                let calls = ahead.saturating_mul(weight).saturating_add(500_000) / 1_000_000;
                calls.to_string()
            }
            Strategy::LongestIdle
            | Strategy::RoundRobin
            | Strategy::FewestCalls
            | Strategy::TopDown
            | Strategy::Random => ahead.to_string(),
        };
        format!(" and {added} for coming later")
    }
}

fn but(full: Full) -> &'static str {
    match full.kept {
        0 => "the queue has all the calls that it may have",
        _ => "the queue's last places are kept for calls that have waited longer",
    }
}

/// `the first attempt`, `the first and third attempts`.
fn in_attempts(attempts: &[u8]) -> String {
    let ordinals: Vec<_> = attempts
        .iter()
        .map(|attempt| words::ordinal(usize::from(*attempt)))
        .collect();
    let plural = if ordinals.len() == 1 { "" } else { "s" };
    format!("the {} attempt{plural}", words::list(&ordinals, "and"))
}
