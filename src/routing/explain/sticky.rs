//! The agent of the caller's last answered call, and what that makes of this one.

use super::document::StickyStep;
use super::play::Played;
use super::question::Question;
use super::words::{self, Times};
use crate::presence::{Binding, OfferTarget, Snapshot, Sticky, Whom};
use crate::routing::book::RoutingBook;
use crate::routing::plan::RulePlan;
use crate::telephony::AgentId;

/// A rule that asks who answered the caller last.
#[derive(Debug)]
pub(super) struct Sticking<'a> {
    sticky: Sticky,
    last: Last<'a>,
    /// Is that agent the first in the answer because of it?
    comes_first: bool,
    is_alone: bool,
    is_tried: bool,
}

/// Who answered the caller last, and what of it counts here.
#[derive(Debug)]
enum Last<'a> {
    /// The caller can't be told from others.
    Hidden,
    /// Nobody is remembered, or not for that long.
    Nobody,
    /// There is no such agent any more.
    Gone(&'a Binding),
    /// By this name, in no queue of the rule's targets.
    Elsewhere(&'a Binding, String),
    /// By this name, in a queue of the rule's targets.
    Ours(&'a Binding, String),
}

impl<'a> Last<'a> {
    fn new(plan: &RulePlan, sticky: Sticky, question: &'a Question, snapshot: &Snapshot) -> Self {
        if question.caller.is_none() {
            return Self::Hidden;
        }
        let last = question.last_answered.as_ref();
        let Some(last) = last.filter(|last| sticky.holds(last.answered, snapshot.at())) else {
            return Self::Nobody;
        };
        let Some(name) = snapshot.name_of(&last.agent) else {
            return Self::Gone(last);
        };
        let admits = |target: &OfferTarget| match &target.whom {
            Whom::Queue(queue) => snapshot.is_admitted(&last.agent, queue),
            Whom::Agent(_) | Whom::Numbers(_) => false,
        };
        if plan.targets.iter().any(admits) {
            Self::Ours(last, name)
        } else {
            Self::Elsewhere(last, name)
        }
    }

    fn binding(&self) -> Option<&'a Binding> {
        match self {
            Self::Hidden | Self::Nobody => None,
            Self::Gone(last) | Self::Elsewhere(last, _) | Self::Ours(last, _) => Some(last),
        }
    }
}

impl<'a> Sticking<'a> {
    /// `None` for a rule that does not ask.
    pub(super) fn new(
        plan: &RulePlan,
        question: &'a Question,
        snapshot: &Snapshot,
        played: &Played,
    ) -> Option<Self> {
        let sticky = plan.stickiness?.sticky?;
        let last = Last::new(plan, sticky, question, snapshot);
        let agent = match &last {
            Last::Ours(last, _) => Some(&last.agent),
            Last::Hidden | Last::Nobody | Last::Gone(_) | Last::Elsewhere(..) => None,
        };
        let is_alone = agent.is_some() && sticky.is_alone(played.waited);
        let is_tried = agent.is_some_and(|agent| played.tried.contains_key(agent));
        let first = played.offer.destinations.first();
        let first = first.and_then(|first| first.agent.as_ref());
        Some(Self {
            sticky,
            comes_first: agent.is_some() && first == agent && (is_alone || !is_tried),
            is_alone,
            is_tried,
            last,
        })
    }

    /// The agent who comes first because of it.
    pub(super) fn first(&self) -> Option<&AgentId> {
        let last = self.last.binding().filter(|_| self.comes_first)?;
        Some(&last.agent)
    }

    /// The one agent to whom this call may go, by name; `None` when it may go to others.
    pub(super) fn alone(&self) -> Option<&str> {
        match &self.last {
            Last::Ours(_, name) if self.is_alone => Some(name),
            Last::Hidden | Last::Nobody | Last::Gone(_) | Last::Elsewhere(..) | Last::Ours(..) => {
                None
            }
        }
    }

    pub(super) fn step(&self, book: &RoutingBook, times: &Times<'_>) -> StickyStep {
        let last = self.last.binding();
        StickyStep {
            agent: last.map(|last| last.agent.clone()),
            answered: last.map(|last| book.local_time(last.answered)),
            first: self.comes_first,
            alone: self.is_alone,
            why: self.why(times),
        }
    }

    /// When the agent answered, for the agent's own line.
    pub(super) fn answered(&self, times: &Times<'_>) -> String {
        let last = self.last.binding();
        last.map_or_else(String::new, |last| answered(last, times))
    }

    fn why(&self, times: &Times<'_>) -> String {
        match &self.last {
            Last::Hidden => "who hides the number can't be told from others".to_owned(),
            Last::Nobody => {
                let lasts = words::brief(self.sticky.lasts);
                format!("nobody has answered a call of this caller in the last {lasts}")
            }
            Last::Gone(last) => {
                let (agent, answered) = (&last.agent, answered(last, times));
                format!("{agent} {answered}, and is no agent any more")
            }
            Last::Elsewhere(last, name) => {
                let answered = answered(last, times);
                format!("{name} {answered}, and is in no queue of the targets")
            }
            Last::Ours(last, name) => {
                let (answered, verdict) = (answered(last, times), self.verdict());
                format!("{name} {answered}, {verdict}")
            }
        }
    }

    fn verdict(&self) -> String {
        let alone = match self.sticky.wait {
            _ if !self.is_alone => "",
            None => "; nobody else is asked",
            Some(_) => "; nobody else is asked yet",
        };
        let first = if self.comes_first {
            "and comes first"
        } else if self.is_tried && !self.is_alone {
            "but was rung in an earlier attempt"
        } else {
            "but is not ready"
        };
        format!("{first}{alone}")
    }
}

fn answered(last: &Binding, times: &Times<'_>) -> String {
    let ago = times.since(last.answered);
    format!("answered this caller's last call {ago} ago")
}
