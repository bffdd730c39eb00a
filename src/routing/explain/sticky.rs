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
    has_caller: bool,
    /// Who that was, while it counts.
    last: Option<&'a Binding>,
    /// As people call that agent; `None` for one who is gone.
    name: Option<String>,
    /// Does any target of the rule have that agent?
    is_admitted: bool,
    /// Is the agent the first in the answer because of it?
    pub(super) comes_first: bool,
    is_alone: bool,
    is_tried: bool,
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
        let last = question.last_answered.as_ref();
        let last = last.filter(|last| sticky.holds(last.answered, snapshot.at()));
        let name = last.and_then(|last| snapshot.name_of(&last.agent));
        let admits = |target: &OfferTarget| match &target.whom {
            Whom::Queue(queue) => last.is_some_and(|last| snapshot.is_admitted(&last.agent, queue)),
            Whom::Numbers(_) => false,
        };
        let is_admitted = plan.targets.iter().any(admits);
        let is_alone = is_admitted && sticky.is_alone(played.waited);
        let is_tried = last.is_some_and(|last| played.tried.contains_key(&last.agent));
        let first = played.offer.destinations.first();
        let first = first.and_then(|first| first.agent.as_ref());
        let is_first = last.is_some_and(|last| first == Some(&last.agent));
        Some(Self {
            sticky,
            has_caller: question.caller.is_some(),
            last,
            name,
            is_admitted,
            comes_first: is_admitted && is_first && (is_alone || !is_tried),
            is_alone,
            is_tried,
        })
    }

    /// The agent who comes first because of it.
    pub(super) fn first(&self) -> Option<&AgentId> {
        let last = self.last.filter(|_| self.comes_first)?;
        Some(&last.agent)
    }

    /// The one agent to whom this call may go, by name; `None` when it may go to others.
    pub(super) fn alone(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.is_alone)
    }

    pub(super) fn step(&self, book: &RoutingBook, times: &Times<'_>) -> StickyStep {
        StickyStep {
            agent: self.last.map(|last| last.agent.clone()),
            answered: self.last.map(|last| book.local_time(last.answered)),
            first: self.comes_first,
            alone: self.is_alone,
            why: self.why(times),
        }
    }

    /// When the agent answered, for the agent's own line.
    pub(super) fn answered(&self, times: &Times<'_>) -> String {
        let ago = self.last.map(|last| times.since(last.answered));
        format!(
            "answered this caller's last call {} ago",
            ago.unwrap_or_default()
        )
    }

    fn why(&self, times: &Times<'_>) -> String {
        let Some(last) = self.last else {
            return if self.has_caller {
                let lasts = words::brief(self.sticky.lasts);
                format!("nobody has answered a call of this caller in the last {lasts}")
            } else {
                "who hides the number can't be told from others".to_owned()
            };
        };
        let agent = self.name.as_deref().unwrap_or(last.agent.as_str());
        let answered = format!("{agent} {}", self.answered(times));
        if self.name.is_none() {
            return format!("{answered}, and is no agent any more");
        }
        if !self.is_admitted {
            return format!("{answered}, and is in no queue of the targets");
        }
        let alone = match self.sticky.wait {
            _ if !self.is_alone => "",
            None => "; nobody else is asked",
            Some(_) => "; nobody else is asked yet",
        };
        let verdict = if self.comes_first {
            ", and comes first"
        } else if self.is_tried && !self.is_alone {
            ", but was rung in an earlier attempt"
        } else {
            ", but is not ready"
        };
        format!("{answered}{verdict}{alone}")
    }
}
