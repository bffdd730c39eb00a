//! The choice: target after target, nobody twice, whom the call has tried only when there is nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::offer::{Handling, OfferRequest, OfferTarget, Whom};
use super::super::queue::{QueueDefinition, Strategy};
use super::super::record::{AgentRecord, Place, day_of};
use super::super::snapshot::Member;
use super::super::told::{Looked, LookedAt, WhyNobody};
use super::super::waiting::{Full, PassedOver, QueueTerms, is_held_back};
use super::traffic::Others;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

/// A search through the targets of one request. It changes nothing; the caller acts on what it found.
pub(super) struct Search<'a> {
    members: &'a BTreeMap<AgentId, Member>,
    request: &'a OfferRequest,
    tried: &'a BTreeMap<AgentId, usize>,
    attempts_made: usize,
    waited: Duration,
    now: Timestamp,
    seed: u64,
    considered: BTreeSet<AgentId>,
    tried_again: Vec<Found>,
    found: Vec<Found>,
    stale: Vec<AgentId>,
    levels: Vec<(Arc<QueueDefinition>, u64)>,
    others: Others,
    waits_in: Vec<Arc<str>>,
    passed: PassedOver,
    looked: Looked,
    /// How many agents of the present queue were held back.
    held_back: usize,
    /// Is there somebody for whom the call has to wait longer?
    is_waited_for: bool,
}

/// One destination of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The agent, how the queue treats them, its name if it has a cap, and its name if it has one.
    Agent(AgentId, Handling, Option<Arc<str>>, Option<Arc<str>>),
    Number(ContactUri),
}

/// What a search came to.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) found: Vec<Found>,
    /// Agents whose heartbeat has lapsed, met on the way.
    pub(super) stale: Vec<AgentId>,
    /// The queues that count the day and yielded somebody, with the place of the first.
    pub(super) levels: Vec<(Arc<QueueDefinition>, u64)>,
    /// The open queues that had nobody, if nobody was found at all.
    pub(super) waits_in: Vec<Arc<str>>,
    pub(super) passed: PassedOver,
    /// Why nobody was found.
    pub(super) nobody: Option<WhyNobody>,
    /// Was the agent found who answered the customer last, if the rule asks for one?
    pub(super) went_back: Option<bool>,
    pub(super) looked: Looked,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        members: &'a BTreeMap<AgentId, Member>,
        request: &'a OfferRequest,
        tried: &'a BTreeMap<AgentId, usize>,
        attempts_made: usize,
        waited: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            attempts_made,
            waited,
            members,
            request,
            tried,
            now,
            seed: u64::from(request.seed),
            considered: BTreeSet::new(),
            tried_again: Vec::new(),
            found: Vec::new(),
            stale: Vec::new(),
            levels: Vec::new(),
            others: Others::default(),
            waits_in: Vec::new(),
            passed: PassedOver::default(),
            looked: Looked::default(),
            held_back: 0,
            is_waited_for: false,
        }
    }

    /// The same search, with regard to other calls.
    pub(super) fn among(self, others: Others) -> Self {
        Self { others, ..self }
    }

    /// The choice, with the agent of the customer's last answered call first.
    pub(super) fn run(mut self, last_agent: Option<&AgentId>) -> Choice {
        let targets = Arc::clone(&self.request.targets);
        let is_alone = last_agent.is_some_and(|id| self.go_back_to(id, &targets));
        self.is_waited_for = is_alone;
        self.looked.for_last_agent_only = is_alone;
        for (number, target) in (1..).zip(targets.iter()).filter(|_| !is_alone) {
            if !target.opens.is_open(self.attempts_made, self.waited) {
                self.is_waited_for = true;
                continue;
            }
            match &target.whom {
                Whom::Queue(queue) => self.look_at(number, queue, target),
                Whom::Agent(id) => self.one(id, target),
                Whom::Numbers(numbers) if self.found.is_empty() => {
                    let most = usize::from(self.request.dialling.agents.get());
                    self.found
                        .extend(numbers.iter().take(most).cloned().map(Found::Number));
                }
                Whom::Numbers(_) => {}
            }
        }
        if self.found.is_empty() {
            let most = usize::from(self.request.dialling.agents.get());
            self.found.extend(self.tried_again.drain(..).take(most));
        }
        if !self.found.is_empty() {
            self.waits_in.clear();
        }
        let nobody = self.found.is_empty().then(|| self.why_nobody());
        let got = |id| {
            let found = self.found.iter();
            found
                .into_iter()
                .any(|found| matches!(found, Found::Agent(one, ..) if one == id))
        };
        Choice {
            nobody,
            went_back: last_agent.map(got),
            found: self.found,
            stale: self.stale,
            levels: self.levels,
            waits_in: self.waits_in,
            passed: self.passed,
            looked: self.looked,
        }
    }

    fn why_nobody(&self) -> WhyNobody {
        if self.request.targets.is_empty() {
            WhyNobody::NoTargets
        } else if !self.passed.full.is_empty() {
            WhyNobody::Cap
        } else if self.is_waited_for || !self.passed.held_back.is_empty() {
            WhyNobody::Waiting
        } else {
            WhyNobody::NobodyReady
        }
    }

    /// Takes the agent of the customer's last answered call, if ready and if any target of the rule would have that
    /// agent, open or not. Says whether nobody else is to be taken, ready or not: then the call waits for that agent in
    /// the target's queue.
    fn go_back_to(&mut self, id: &AgentId, targets: &[OfferTarget]) -> bool {
        let (Some(sticky), Some(member)) = (
            self.request.customer.and_then(|customer| customer.sticky),
            self.members.get(id),
        ) else {
            return false;
        };
        let admits = |target: &&OfferTarget| match &target.whom {
            Whom::Queue(queue) => queue.admits(&member.profile),
            Whom::Agent(_) | Whom::Numbers(_) => false,
        };
        let Some(target) = targets.iter().find(admits) else {
            return false;
        };
        let is_alone = sticky.is_alone(self.waited);
        if self.is_ready(member)
            && self.full(target, &[]).is_none()
            && (is_alone || !self.tried.contains_key(id))
        {
            self.considered.insert(id.clone());
            self.found.push(found_in(target, id));
        }
        if is_alone {
            let name = target.terms.as_ref().map(|terms| terms.name.clone());
            self.waits_in.extend(name);
        }
        is_alone
    }

    /// Can somebody be offered who is not looked for in a queue?
    fn is_ready(&self, member: &Member) -> bool {
        let record = &member.record;
        record.ready_at() <= self.now && !record.is_stale(self.now, self.request.heartbeat)
    }

    /// This agent and nobody else.
    fn one(&mut self, id: &AgentId, target: &OfferTarget) {
        let ready = self.members.get(id).filter(|member| self.is_ready(member));
        if ready.is_none() || self.is_full() || !self.considered.insert(id.clone()) {
            return;
        }
        let found = found_in(target, id);
        if self.tried.contains_key(id) {
            self.tried_again.push(found);
        } else {
            self.found.push(found);
        }
    }

    /// Looks at a queue, and notes what isn't seen from whom it yields.
    fn look_at(&mut self, number: usize, queue: &Arc<QueueDefinition>, target: &OfferTarget) {
        if self.is_full() {
            return;
        }
        self.held_back = 0;
        let counts = |search: &Self| {
            [
                search.found.len(),
                search.tried_again.len(),
                search.stale.len(),
            ]
        };
        let [found, tried, stale] = counts(self);
        let is_full = !self.open_queue(queue, target);
        let [found_now, tried_now, stale_now] = counts(self);
        let met = LookedAt {
            target: number,
            is_full,
            held_back: self.held_back,
            tried: tried_now.saturating_sub(tried),
            stale: stale_now.saturating_sub(stale),
        };
        if found_now == found || !met.is_plain() {
            self.looked.at.push(met);
        }
    }

    /// Says whether the queue had a place for the call.
    fn open_queue(&mut self, queue: &Arc<QueueDefinition>, target: &OfferTarget) -> bool {
        let name = target.terms.as_ref().map(|terms| terms.name.clone());
        self.waits_in.extend(name);
        let has_place = self.has_place(target);
        if has_place {
            self.queue(queue, target);
        }
        has_place
    }

    /// May the call have agents of the target's queue, with regard to those that have waited longer?
    fn has_place(&mut self, target: &OfferTarget) -> bool {
        let Some(terms) = &target.terms else {
            return true;
        };
        // Who goes back to an agent of the queue has got a place in it.
        let is_in = self.found.iter().any(
            |found| matches!(found, Found::Agent(_, _, Some(queue), _) if *queue == terms.name),
        );
        let older = self.others.older.get(&terms.name);
        let older = older.filter(|_| !is_in).map_or(&[][..], Vec::as_slice);
        let full = self.full(target, older);
        let full = full.map(|full| (terms.name.clone(), full));
        let has_place = full.is_none();
        self.passed.full.extend(full);
        has_place
    }

    /// What leaves the target's queue no place for the call, if these are the older calls.
    fn full(&self, target: &OfferTarget, older: &[Timestamp]) -> Option<Full> {
        let terms = target.terms.as_ref()?;
        let holding = self.others.holding.get(&terms.name).copied();
        Full::of(terms.max_calls?, holding.unwrap_or(0), older, self.now)
    }

    fn queue(&mut self, queue: &Arc<QueueDefinition>, target: &OfferTarget) {
        let mut line = self.line(queue);
        if queue.strategy() == Strategy::Random {
            return self.draw(&mut line, target);
        }
        let found_before = self.found.len();
        for id in &line {
            if self.is_full() {
                break;
            }
            self.consider(id, target);
        }
        if queue.strategy().is_daily() {
            let first = self.found.get(found_before);
            let place = first.and_then(|first| self.place(first, queue));
            self.levels
                .extend(place.map(|place| (Arc::clone(queue), place)));
        }
    }

    /// What the queue's order compares first of somebody who was found.
    fn place(&self, found: &Found, queue: &QueueDefinition) -> Option<u64> {
        let Found::Agent(id, ..) = found else {
            return None;
        };
        let Member { profile, record } = self.members.get(id)?;
        let (place, _) = record.order(queue, profile, self.day());
        Some(place)
    }

    fn day(&self) -> i64 {
        day_of(self.now, self.request.utc_offset_seconds)
    }

    /// The agents of a queue whose lease has passed, in the queue's order.
    fn line(&self, queue: &QueueDefinition) -> Vec<AgentId> {
        let day = self.day();
        let mut line: Vec<Place<'_>> = self
            .members
            .iter()
            .filter(|(_, member)| {
                member.record.ready_at() <= self.now && queue.admits(&member.profile)
            })
            .map(|(id, member)| (member.record.order(queue, &member.profile, day), id))
            .collect();
        line.sort_unstable();
        line.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// Draws without repetition: a Fisher-Yates shuffle that stops when the answer is full.
    ///
    /// The generator is the minimal standard one (48271 modulo 2³¹ − 1): exact in doubles, so a script draws the same.
    fn draw(&mut self, line: &mut [AgentId], target: &OfferTarget) {
        for drawn in 0..line.len() {
            if self.is_full() {
                return;
            }
            self.seed = self.seed.saturating_mul(48_271) % 2_147_483_647;
            let left = u64::try_from(line.len().saturating_sub(drawn)).unwrap_or(1);
            let step = usize::try_from(self.seed.checked_rem(left).unwrap_or(0)).unwrap_or(0);
            line.swap(drawn, drawn.saturating_add(step));
            if let Some(id) = line.get(drawn).cloned() {
                self.consider(&id, target);
            }
        }
    }

    fn consider(&mut self, id: &AgentId, target: &OfferTarget) {
        let Some(member) = self.members.get(id) else {
            return;
        };
        if !self.considered.insert(id.clone()) {
            return;
        }
        let terms = target.terms.as_deref();
        if member.record.is_stale(self.now, self.request.heartbeat) {
            self.stale.push(id.clone());
        } else if terms.is_some_and(|terms| self.is_held_back(&member.record, terms)) {
            self.held_back = self.held_back.saturating_add(1);
            self.passed.held_back.insert(id.clone());
        } else {
            let found = found_in(target, id);
            if self.tried.contains_key(id) {
                self.tried_again.push(found);
            } else {
                self.found.push(found);
            }
        }
    }

    /// Is the agent kept for calls that have waited longer?
    fn is_held_back(&self, record: &AgentRecord, terms: &QueueTerms) -> bool {
        let older = self.others.older.get(&terms.name);
        older
            .is_some_and(|older| is_held_back(record.free_since(), older, self.held_back, self.now))
    }

    fn is_full(&self) -> bool {
        self.found.len() >= usize::from(self.request.dialling.agents.get())
    }
}

/// The agent, found through this target.
fn found_in(target: &OfferTarget, id: &AgentId) -> Found {
    let terms = target.terms.as_ref();
    let queue = terms.map(|terms| terms.name.clone());
    let has_cap = terms.is_some_and(|terms| terms.max_calls.is_some());
    let capped = queue.clone().filter(|_| has_cap);
    Found::Agent(id.clone(), target.handling, capped, queue)
}
