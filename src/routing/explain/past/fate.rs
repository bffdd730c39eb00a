//! What became of a target, and of those in it who were ready: by the word of the choice, where that was written down.

use std::collections::BTreeSet;

use super::queues::Scene;
use crate::presence::{Full, QueueDefinition, Strategy};
use crate::routing::explain::agents::{self, Line};
use crate::routing::explain::document::{AgentStep, Reason};
use crate::routing::explain::given::Given;
use crate::routing::log::entry::{TargetEntry, TargetFate};
use crate::telephony::AgentId;

/// Why somebody who was ready was not rung.
type Instead = Option<(Reason, &'static str)>;

const UNCLEAR: Instead = Some((
    Reason::Unclear,
    "as far as it is known; why the choice passed over it was not written down",
));
const HELD_BACK: Instead = Some((
    Reason::HeldBack,
    "but held back for a call that had waited longer",
));
const KEPT: Instead = Some((
    Reason::Kept,
    "but the call waited for the agent of the caller's last one",
));

/// A queue that was full, as far as it is known what filled it.
const FULL: Full = Full {
    holding: 0,
    kept: 0,
};

/// Why nobody was rung through the target, to follow whether it was open.
pub(super) fn unused(target: &TargetEntry) -> Option<&'static str> {
    Some(match target.fate? {
        TargetFate::Used | TargetFate::Closed => "",
        TargetFate::NotNeeded => ", but not needed",
        TargetFate::NoneReady => ", but nobody in it was ready",
        TargetFate::Full => ", but the queue had all the calls that it may have",
        TargetFate::HeldBack => {
            ", but who was ready was held back for a call that had waited longer"
        }
        TargetFate::Tried => ", but who was ready had been rung before",
        TargetFate::LastAgent => ", but the call waited for the agent of the caller's last one",
        TargetFate::Unknown => return None,
    })
}

impl Scene<'_> {
    /// Why each agent of the target's queue was rung or not.
    pub(super) fn steps<'a>(&'a self, line: Line<'a>, target: &TargetEntry) -> Vec<AgentStep> {
        let number = line.number;
        let line = Line {
            full: self.full(number, target),
            ..line
        };
        if target.fate != Some(TargetFate::Used) || target.held_back == 0 {
            let instead = self.instead(number, target);
            return agents::steps(&self.with(line, self.held_back, instead));
        }
        // Of somebody who was ready, the order says whether the choice came to them.
        let (order, queue) = (line.order.clone(), line.queue);
        let line = self.with(line, self.held_back, None);
        let steps = agents::steps(&line);
        match self.kept_for_others(&steps, &order, queue, (number, target.held_back)) {
            Some(held_back) => agents::steps(&self.with(line, &held_back, None)),
            None => agents::steps(&self.with(line, self.held_back, UNCLEAR)),
        }
    }

    fn with<'a>(
        &'a self,
        line: Line<'a>,
        held_back: &'a BTreeSet<AgentId>,
        instead: Instead,
    ) -> Line<'a> {
        Line {
            given: Given {
                call: Some(self.call),
                tried: self.tried,
                held_back,
                count: self.decision.rings.len(),
                instead,
            },
            ..line
        }
    }

    /// Which of those who were ready were held back, so many; `None` where that can't be told. Who stands before somebody who
    /// was rung was; and all of them were where the choice came to the end of the queue.
    fn kept_for_others(
        &self,
        steps: &[AgentStep],
        order: &[&AgentId],
        queue: &QueueDefinition,
        (number, count): (usize, usize),
    ) -> Option<BTreeSet<AgentId>> {
        let ready = steps.iter().filter(|step| step.reason == Reason::Enough);
        let ready: BTreeSet<&AgentId> = ready.map(|step| &step.id).collect();
        let all = || ready.iter().copied().cloned().collect();
        if ready.len() == count {
            return Some(all());
        }
        let chosen = self.chosen();
        let is_chosen = |id: &&&AgentId| chosen.get(**id).is_some_and(|one| one.target == number);
        let last = order.iter().rposition(|id| is_chosen(&id))?;
        let before = order.iter().take(last).filter(|id| ready.contains(**id));
        let before: BTreeSet<AgentId> = before.copied().cloned().collect();
        let is_ordered = queue.strategy() != Strategy::Random;
        (is_ordered && before.len() == count).then_some(before)
    }

    /// Had the queue no place? Of an entry of before that is certain only where it must have been this queue.
    fn full(&self, number: usize, target: &TargetEntry) -> Option<Full> {
        let is_full = match target.fate {
            Some(fate) => fate == TargetFate::Full,
            None => target.open && self.must_be_full(number),
        };
        is_full.then_some(FULL)
    }

    fn must_be_full(&self, number: usize) -> bool {
        let has_cap = |number: usize| {
            let terms = self
                .planned(number)
                .and_then(|target| target.terms.as_ref());
            terms.is_some_and(|terms| terms.max_calls.is_some())
        };
        let open = (1..)
            .zip(&self.decision.targets)
            .filter(|(_, target)| target.open);
        let capped = open.filter(|(number, _)| has_cap(*number));
        self.decision.why.as_deref() == Some("cap") && has_cap(number) && capped.count() == 1
    }

    /// Why somebody who was ready was not rung, where it is not that the answer had enough.
    fn instead(&self, number: usize, target: &TargetEntry) -> Instead {
        match target.fate {
            Some(TargetFate::HeldBack) => HELD_BACK,
            Some(TargetFate::LastAgent) => KEPT,
            Some(TargetFate::Used) => UNCLEAR.filter(|_| self.has_room()),
            Some(TargetFate::NotNeeded | TargetFate::Full | TargetFate::Closed) => None,
            Some(TargetFate::NoneReady | TargetFate::Tried | TargetFate::Unknown) => UNCLEAR,
            None => self.guessed(number),
        }
    }

    /// The same of an entry that doesn't say what became of its targets.
    fn guessed(&self, number: usize) -> Instead {
        let terms = self
            .planned(number)
            .and_then(|target| target.terms.as_ref());
        let keeps_order = terms.is_some_and(|terms| terms.oldest_first);
        let rings = self.decision.rings.iter();
        let used = rings.filter_map(|ring| self.target_of(ring)).min();
        match (self.decision.why.as_deref(), self.decision.sticky) {
            (None, _) if used.is_some_and(|used| number < used) || keeps_order => UNCLEAR,
            (None, _) => UNCLEAR.filter(|_| self.has_room()),
            (Some("waiting"), Some(false)) if !keeps_order => KEPT,
            (Some("waiting"), None) if keeps_order => HELD_BACK,
            (Some(_), _) => UNCLEAR,
        }
    }

    /// Could the answer have rung more than it did, as far as it is known?
    fn has_room(&self) -> bool {
        self.plan()
            .is_some_and(|plan| self.decision.rings.len() < usize::from(plan.dialling.agents.get()))
    }
}
