//! The agents of the queues that were asked, as the choice found them.

use std::collections::{BTreeMap, BTreeSet};

use super::document::TargetTold;
use super::fate;
use crate::clock::Timestamp;
use crate::presence::{Agent, OfferTarget, Past, QueueDefinition, Snapshot, Standing};
use crate::routing::book::RoutingBook;
use crate::routing::explain::agents::Line;
use crate::routing::explain::document::{AgentStep, Reason};
use crate::routing::explain::given::Given;
use crate::routing::explain::targets::Chosen;
use crate::routing::explain::words::Times;
use crate::routing::log::entry::{DecisionEntry, RingEntry, TargetEntry};
use crate::routing::log::fate::target_of;
use crate::routing::plan::RulePlan;
use crate::telephony::{AgentId, CallSid};

/// An answer, with everything that it is looked at with.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) book: &'a RoutingBook,
    pub(super) decision: &'a DecisionEntry,
    pub(super) call: &'a CallSid,
    pub(super) at: Timestamp,
    pub(super) past: Option<&'a Past>,
    /// `None` where it is not kept what agents were.
    pub(super) snapshot: Option<&'a Snapshot>,
    /// The agents of the snapshot.
    pub(super) standings: Vec<Standing>,
    pub(super) tried: &'a BTreeMap<AgentId, Vec<u8>>,
    pub(super) held_back: &'a BTreeSet<AgentId>,
    pub(super) times: Times<'a>,
}

/// How many of the queue were not rung, by why.
pub(super) fn passed_over(agents: &[AgentStep]) -> BTreeMap<Reason, usize> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    let is_passed_over = |reason: &Reason| {
        !matches!(
            reason,
            Reason::Chosen | Reason::ChosenElsewhere | Reason::MissesSkill
        )
    };
    for reason in agents.iter().map(|step| step.reason).filter(is_passed_over) {
        let count = counts.entry(reason).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

impl Scene<'_> {
    /// Are the rules of then those of now?
    pub(super) fn is_in_force(&self) -> bool {
        let version = self.book.version().map(|version| version.to_string());
        self.decision.rules_version.as_deref() == version.as_deref()
    }

    /// The plan by which it was answered, if it is there still.
    pub(super) fn plan(&self) -> Option<&RulePlan> {
        let rule = self.decision.rule.as_ref().filter(|_| self.is_in_force())?;
        let side = self.decision.split.as_ref().map_or(1, |split| split.side);
        self.book.plan_of(rule, side)
    }

    /// The target of that number by the plan of then.
    pub(super) fn planned(&self, number: usize) -> Option<&OfferTarget> {
        self.plan()?.targets.get(number.checked_sub(1)?)
    }

    /// The target through which it rang, from 1; of several that name the queue the first open one.
    pub(super) fn target_of(&self, ring: &RingEntry) -> Option<usize> {
        target_of(&self.decision.targets, ring)
    }

    /// Where somebody was looked for.
    pub(super) fn targets(&self) -> Vec<TargetTold> {
        let targets = (1..).zip(&self.decision.targets);
        targets
            .map(|(number, target)| self.target(number, target))
            .collect()
    }

    fn target(&self, number: usize, target: &TargetEntry) -> TargetTold {
        let queue = target.queue.as_ref().and_then(|name| self.book.queue(name));
        let agents = queue.map_or_else(Vec::new, |queue| self.agents(number, queue, target));
        let rings = self.decision.rings.iter();
        let targets: Vec<_> = rings.map(|ring| self.target_of(ring)).collect();
        let used = targets.contains(&Some(number));
        let is_behind = targets.iter().flatten().any(|before| *before < number);
        let opening = if target.open {
            "open"
        } else {
            "closed to this answer"
        };
        let but = if used || !target.open {
            ""
        } else if let Some(but) = fate::unused(target) {
            but
        } else if is_behind || target.queue.is_none() {
            ", but not needed"
        } else if queue.is_none() || self.snapshot.is_none() {
            ", but it is not known who was there"
        } else {
            ", but nobody in it was rung"
        };
        TargetTold {
            queue: target.queue.clone(),
            strategy: queue.map(QueueDefinition::strategy),
            numbers: target.numbers.clone(),
            open: target.open,
            used,
            why: format!("{opening}{but}"),
            fate: target.fate,
            passed_over: (!agents.is_empty()).then(|| passed_over(&agents)),
            agents,
        }
    }

    pub(super) fn is_fallback(&self) -> bool {
        self.decision.outcome.starts_with("fallback-")
    }

    fn agents(
        &self,
        number: usize,
        queue: &QueueDefinition,
        target: &TargetEntry,
    ) -> Vec<AgentStep> {
        let Some(snapshot) = self.snapshot.filter(|_| !self.is_fallback()) else {
            return Vec::new();
        };
        let view = self.book.view(self.at);
        let chosen = self.chosen();
        let line = Line {
            number,
            queue,
            is_open: target.open,
            full: None,
            order: snapshot.line(queue, view),
            standings: &self.standings,
            chosen: &chosen,
            has_ended: self.decision.why.as_deref() == Some("attempts"),
            sticking: None,
            given: Given {
                call: Some(self.call),
                tried: self.tried,
                held_back: self.held_back,
                count: self.decision.rings.len(),
                instead: None,
            },
            heartbeat: view.heartbeat,
            times: &self.times,
        };
        let mut steps = self.steps(line, target);
        not_come_to(target, &mut steps);
        self.mend(number, snapshot, &mut steps);
        steps
    }

    /// What was written down holds, also where it is no longer seen why: who rang through the target rang through it.
    fn mend(&self, number: usize, snapshot: &Snapshot, steps: &mut Vec<AgentStep>) {
        for (place, ring) in (1..).zip(&self.decision.rings) {
            let id = ring.agent.as_ref().and_then(|id| AgentId::parse(id).ok());
            let Some(id) = id.filter(|_| self.target_of(ring) == Some(number)) else {
                continue;
            };
            let goes_back = place == 1 && self.decision.sticky == Some(true);
            let found = steps.iter_mut().find(|step| step.id == id);
            match found {
                Some(step) if step.reason == Reason::Chosen => {
                    if goes_back {
                        "answered this caller's last call".clone_into(&mut step.why);
                    }
                }
                Some(step) => {
                    step.rings = Some(place);
                    step.reason = Reason::Chosen;
                    "belonged to the queue then".clone_into(&mut step.why);
                }
                None => steps.push(AgentStep {
                    name: snapshot.name_of(&id).unwrap_or_else(|| id.to_string()),
                    id,
                    rings: Some(place),
                    reason: Reason::Chosen,
                    why: "belonged to the queue then".to_owned(),
                }),
            }
        }
        steps.sort_by_key(|step| (step.rings.unwrap_or(usize::MAX), step.reason));
    }

    pub(super) fn chosen(&self) -> BTreeMap<AgentId, Chosen> {
        let rings = (1..).zip(&self.decision.rings);
        let chosen = rings.filter_map(|(place, ring)| {
            let id = AgentId::parse(ring.agent.as_ref()?).ok()?;
            let target = self.target_of(ring)?;
            Some((id, Chosen { place, target }))
        });
        chosen.collect()
    }

    /// The agents of the open queues of whom it is not known what they were.
    pub(super) fn unknown(&self) -> Vec<String> {
        let Some(past) = self.past.filter(|_| self.snapshot.is_some()) else {
            return Vec::new();
        };
        let open = self.decision.targets.iter().filter(|target| target.open);
        let queues = open.filter_map(|target| self.book.queue(target.queue.as_ref()?));
        let unknown: BTreeSet<_> = queues
            .flat_map(|queue| past.unknown_in(queue, self.at))
            .collect();
        unknown.into_iter().map(ToString::to_string).collect()
    }

    /// The agent as seen then.
    pub(super) fn agent(&self, id: &AgentId) -> Option<&Agent> {
        let mut agents = self.standings.iter().map(|standing| &standing.agent);
        agents.find(|agent| agent.profile.id == *id)
    }

    /// After how many misses in a row the agent is given a break, if all queues of the agent's that do so agree.
    pub(super) fn most_missed(&self, agent: &Agent) -> Option<u8> {
        let rules = self.book.rules().filter(|_| self.is_in_force())?;
        let of_agent = rules.queues().iter().filter(|(name, _)| {
            let queue = self.book.queue(name.as_str());
            queue.is_some_and(|queue| queue.admits(&agent.profile))
        });
        let all: BTreeSet<_> = of_agent
            .filter_map(|(_, queue)| queue.handling.most_missed)
            .collect();
        let mut all = all.into_iter();
        all.next()
            .filter(|_| all.next().is_none())
            .map(std::num::NonZeroU8::get)
    }

    /// Which of the queues it is, in order, from 1; `None` for fixed numbers.
    pub(super) fn place_among_queues(&self, number: usize) -> Option<usize> {
        let target = self.decision.targets.get(number.checked_sub(1)?)?;
        target.queue.as_ref()?;
        let before = self.decision.targets.iter().take(number);
        Some(before.filter(|target| target.queue.is_some()).count())
    }
}

/// The choice came to no more of those who were rung before than it says: the others stood behind whoever was rung.
fn not_come_to(target: &TargetEntry, steps: &mut [AgentStep]) {
    if target.fate.is_none() {
        return;
    }
    let tried = steps.iter_mut().filter(|step| step.reason == Reason::Tried);
    for step in tried.skip(target.tried) {
        step.reason = Reason::Enough;
        step.why = [&step.why, ", but others came first"].concat();
    }
}
