//! The targets of the rule: which of them are open to this attempt, and who rings through them.

use std::collections::BTreeMap;

use super::agents::{self, Line};
use super::document::{AgentStep, Reason, TargetStep};
use super::play::Played;
use super::sticky::Sticking;
use super::words::{self, Times};
use crate::presence::store::View;
use crate::presence::{
    Full, OfferTarget, Opens, QueueDefinition, Snapshot, Standing, Whom as StoreWhom,
};
use crate::routing::book::Planned;
use crate::rules::{Target, Whom};
use crate::telephony::AgentId;

/// Everything that a target is looked at with.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) planned: Planned<'a>,
    pub(super) played: &'a Played,
    pub(super) sticking: Option<&'a Sticking<'a>>,
    pub(super) snapshot: &'a Snapshot,
    pub(super) view: View,
    pub(super) times: &'a Times<'a>,
}

/// All targets of the rule, in order. The fallback has none.
pub(super) fn steps(scene: &Scene<'_>) -> Vec<TargetStep> {
    let Some(found) = scene.planned.found else {
        return Vec::new();
    };
    let standings = scene.played.standings(scene.snapshot, scene.view);
    let targets = &scene.planned.plan.targets;
    let chosen = chosen(scene, &standings);
    let most = scene.planned.plan.dialling.attempts.get();
    let ended = scene.played.ended(most);
    let look = Look {
        scene,
        standings: &standings,
        chosen: &chosen,
        has_ended: ended.is_some(),
        numbers: numbers_used(scene),
    };
    (1..)
        .zip(targets.iter().zip(&found.branch.targets))
        .map(|(number, (target, named))| look.step(number, target, named))
        .collect()
}

impl Scene<'_> {
    /// What left the target's queue no place for the call.
    fn full(&self, target: &OfferTarget) -> Option<Full> {
        let terms = target.terms.as_ref()?;
        self.played.passed.full.get(&terms.name).copied()
    }

    fn is_open(&self, opens: Opens) -> bool {
        opens.is_open(self.played.made(), self.played.waited)
    }
}

/// Who rings: the place in the answer, and the number of the target through which the agent came into it: the first open
/// one that admits the agent, for whoever is passed over there is so everywhere; or any, for the agent of the last call.
fn chosen(scene: &Scene<'_>, standings: &[Standing]) -> BTreeMap<AgentId, Chosen> {
    let mut chosen = BTreeMap::new();
    for (place, offered) in (1..).zip(&scene.played.offer.destinations) {
        let Some(id) = &offered.agent else { continue };
        let standing = standings
            .iter()
            .find(|standing| standing.agent.profile.id == *id);
        let goes_back = scene.sticking.and_then(Sticking::first) == Some(id);
        let admits = |target: &OfferTarget| match &target.whom {
            StoreWhom::Queue(queue) => {
                (goes_back || scene.is_open(target.opens))
                    && scene
                        .full(target)
                        .is_none_or(|full| goes_back && full.kept > 0)
                    && standing.is_some_and(|standing| queue.admits(&standing.agent.profile))
            }
            StoreWhom::Agent(_) | StoreWhom::Numbers(_) => false,
        };
        let mut targets = (1..).zip(scene.planned.plan.targets.iter());
        if let Some((target, _)) = targets.find(|(_, target)| admits(target)) {
            chosen.insert(id.clone(), Chosen { place, target });
        }
    }
    chosen
}

/// An agent in the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    /// The place in the answer, from 1.
    pub(super) place: usize,
    /// The target, from 1.
    pub(super) target: usize,
}

/// The target whose fixed numbers ring: the first open one, if any do.
fn numbers_used(scene: &Scene<'_>) -> Option<usize> {
    let destinations = &scene.played.offer.destinations;
    destinations
        .iter()
        .find(|offered| offered.agent.is_none())?;
    let has_numbers = |target: &OfferTarget| match &target.whom {
        StoreWhom::Queue(_) | StoreWhom::Agent(_) => false,
        StoreWhom::Numbers(numbers) => !numbers.is_empty() && scene.is_open(target.opens),
    };
    let mut targets = (1..).zip(scene.planned.plan.targets.iter());
    targets
        .find(|(_, target)| has_numbers(target))
        .map(|(number, _)| number)
}

/// Why nobody rings for a call that has had all its answers.
const NO_FURTHER: &str = ", but the call gets no further answer";

/// What all targets of one answer have in common.
struct Look<'a> {
    scene: &'a Scene<'a>,
    standings: &'a [Standing],
    chosen: &'a BTreeMap<AgentId, Chosen>,
    has_ended: bool,
    numbers: Option<usize>,
}

impl Look<'_> {
    fn step(&self, number: usize, target: &OfferTarget, named: &Target) -> TargetStep {
        let is_open = self.scene.is_open(target.opens);
        let opening = self.opening(target.opens, is_open);
        match (&target.whom, &named.whom) {
            (StoreWhom::Queue(queue), Whom::Queue(named)) => {
                let full = self.scene.full(target).filter(|_| is_open);
                let agents = self.agents(number, queue, is_open, full);
                let used = agents.iter().any(|agent| agent.rings.is_some());
                let but = match full {
                    Some(full) => but_full(full, target),
                    None => self.but(is_open, used, &agents),
                };
                TargetStep {
                    queue: Some(named.name.to_string()),
                    strategy: Some(queue.strategy()),
                    numbers: Vec::new(),
                    open: is_open,
                    used,
                    why: format!("{opening}{but}"),
                    agents,
                }
            }
            (
                StoreWhom::Numbers(_) | StoreWhom::Agent(_) | StoreWhom::Queue(_),
                Whom::Numbers(_) | Whom::Queue(_),
            ) => {
                let used = self.numbers == Some(number);
                let but = match (is_open, used, self.has_ended) {
                    (false, _, _) => String::new(),
                    (true, true, _) => ", and nobody was found before".to_owned(),
                    (true, false, true) => NO_FURTHER.to_owned(),
                    (true, false, false) => self.alone().unwrap_or_else(|| {
                        ", but not needed: somebody was found before".to_owned()
                    }),
                };
                TargetStep {
                    queue: None,
                    strategy: None,
                    numbers: numbers(target),
                    open: is_open,
                    used,
                    why: format!("{opening}{but}"),
                    agents: Vec::new(),
                }
            }
        }
    }

    fn agents(
        &self,
        number: usize,
        queue: &QueueDefinition,
        is_open: bool,
        full: Option<Full>,
    ) -> Vec<AgentStep> {
        agents::steps(&Line {
            number,
            queue,
            is_open,
            full,
            order: self.scene.snapshot.line(queue, self.scene.view),
            standings: self.standings,
            chosen: self.chosen,
            has_ended: self.has_ended,
            sticking: self.scene.sticking,
            given: self.scene.played.given(),
            heartbeat: self.scene.view.heartbeat,
            times: self.scene.times,
        })
    }

    /// That the call may go to one agent alone.
    fn alone(&self) -> Option<String> {
        let alone = self.scene.sticking.and_then(Sticking::alone)?;
        Some(format!(", but the caller goes back to {alone} alone"))
    }

    /// Why nobody rings through an open queue.
    fn but(&self, is_open: bool, used: bool, agents: &[AgentStep]) -> String {
        let has = |reason| agents.iter().any(|agent| agent.reason == reason);
        let is_empty = agents
            .iter()
            .all(|agent| agent.reason == Reason::MissesSkill);
        let but = if is_empty && is_open {
            ", but no agent belongs to it"
        } else if !is_open || used {
            ""
        } else if self.has_ended {
            NO_FURTHER
        } else if let Some(alone) = self.alone() {
            return alone;
        } else if has(Reason::Enough) {
            ", but the answer had enough before it"
        } else if has(Reason::HeldBack) {
            ", but who is ready is held back for a call that has waited longer"
        } else {
            ", but nobody in it can be rung"
        };
        but.to_owned()
    }

    /// Whether a target is open, and what opened it or will.
    fn opening(&self, opens: Opens, is_open: bool) -> String {
        if opens == Opens::default() {
            return "open".to_owned();
        }
        let (made, waited) = (self.scene.played.made(), self.scene.played.waited);
        // Of an open target only what has been reached is told.
        let by_attempt = opens
            .attempts
            .map(|attempts| usize::from(attempts.get()))
            .filter(|attempts| !is_open || made >= *attempts);
        let by_waiting = opens
            .waiting
            .filter(|waiting| !is_open || waited >= *waiting);
        let this = words::ordinal(made.saturating_add(1));
        let either = [
            by_attempt.map(|attempts| {
                let opening = words::ordinal(attempts.saturating_add(1));
                (
                    format!("with the {opening} attempt"),
                    format!("this is the {this}"),
                )
            }),
            by_waiting.map(|waiting| {
                let (waiting, waited) = (words::brief(waiting), words::brief(waited));
                (
                    format!("after {waiting} of waiting"),
                    format!("so far {waited}"),
                )
            }),
        ];
        let (when, now): (Vec<_>, Vec<_>) = either.into_iter().flatten().unzip();
        let verb = if is_open {
            "open: it opened"
        } else {
            "closed: it opens"
        };
        format!("{verb} {} ({})", words::list(&when, "or"), now.join(", "))
    }
}

/// That an open queue has no place for the call.
fn but_full(full: Full, target: &OfferTarget) -> String {
    let terms = target.terms.as_ref();
    let most = terms.and_then(|terms| terms.max_calls);
    let most = most.map_or(0, std::num::NonZeroU16::get);
    let Full { holding, kept } = full;
    match kept {
        0 => format!(", but full: {holding} of {most} calls"),
        _ => format!(
            ", but full for now: {holding} of {most} calls, and {} kept for calls that have waited longer",
            words::counted(kept, "place")
        ),
    }
}

fn numbers(target: &OfferTarget) -> Vec<crate::telephony::ContactUri> {
    match &target.whom {
        StoreWhom::Numbers(numbers) => numbers.clone(),
        StoreWhom::Queue(_) | StoreWhom::Agent(_) => Vec::new(),
    }
}
