//! The one step, in memory: replay, free, choose, reserve, remember. `redis/offer.lua` is its twin.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::agent::AgentState;
use super::super::leg::{Leg, Outcome as LegOutcome};
use super::super::offer::{Handling, Offer, OfferReply, OfferRequest, OfferTarget, Offered, Whom};
use super::super::past::Cause;
use super::super::record::day_of;
use super::super::report::{DialEnd, DialNews};
use super::super::sticky::Binding;
use super::super::told::{Looked, OfferEnd, WhyNobody};
use super::super::waiting::PassedOver;
use super::call::{Attempt, CallRecord, Dialled, KEPT_ATTEMPTS, is_news, legs, replayed, tried};
use super::choice::{Choice, Found, Search};
use super::report::{Moment, ends};
use super::traffic::waiting_call;
use super::{AccountState, Memory};
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// What is known of a call when it asks.
struct Past {
    first_at: Timestamp,
    /// The answers that had somebody.
    attempts: Vec<Attempt>,
    /// The answer behind them, if that had nobody.
    nobody: Option<Attempt>,
    /// Does this fetch say that the last dial is over?
    is_news: bool,
    /// What it says of the offers before.
    ends: Vec<OfferEnd>,
}

impl AccountState {
    pub(super) fn offer(
        &mut self,
        request: &OfferRequest,
        now: Timestamp,
        memory: Memory,
    ) -> OfferReply {
        self.decide(request, now, memory).0
    }

    /// The answer, and whom the search passed over for the sake of other calls.
    pub(super) fn decide(
        &mut self,
        request: &OfferRequest,
        now: Timestamp,
        memory: Memory,
    ) -> (OfferReply, PassedOver) {
        let past = match self.recollect(request, now, memory) {
            Ok(past) => past,
            Err(reply) => return (*reply, PassedOver::default()),
        };
        let past = self.take_news(past, request, now);
        let tried = tried(&past.attempts);
        let attempt = past.attempts.len().saturating_add(1);
        let cap = usize::from(request.dialling.attempts.get());
        let choice = self.choose(&past, request, &tried, now);
        self.park(&choice.stale, now);
        self.level(choice.levels, day_of(now, request.utc_offset_seconds));
        let number = u8::try_from(attempt).unwrap_or(u8::MAX);
        let until = now.plus(request.dialling.lease(number, choice.found.len()));
        let offer = Offer {
            at: now,
            waited: Some(now.since(past.first_at)),
            attempt: number,
            last: attempt >= cap || choice.found.is_empty(),
            template: Arc::clone(&request.template),
            replayed: false,
            destinations: self.reserve(&choice.found, request, until, &tried, now),
            nobody: choice.nobody,
            went_back: choice.went_back,
            looked: choice.looked,
            ends: past.ends.clone(),
        };
        let made = Attempt {
            progress: request.progress.clone(),
            at: now,
            rings_until: now.plus(request.dialling.ringing(number, choice.found.len())),
            offer: offer.clone(),
            dialling: request.dialling.clone(),
            legs: legs(&choice.found),
            waits_in: choice.waits_in,
        };
        self.line_up(&past, &made, request, now);
        self.remember(request, past.attempts, made, past.first_at, memory);
        (OfferReply::Offer(offer), choice.passed)
    }

    /// Whom to dial; nobody any more once the call has had all its attempts.
    fn choose(
        &self,
        past: &Past,
        request: &OfferRequest,
        tried: &BTreeMap<AgentId, usize>,
        now: Timestamp,
    ) -> Choice {
        let made = past.attempts.len();
        let cap = usize::from(request.dialling.attempts.get());
        let has_had_its_last = past
            .attempts
            .last()
            .is_some_and(|previous| previous.offer.last);
        if made >= cap || has_had_its_last {
            return Choice {
                nobody: Some(WhyNobody::Attempts),
                ..Choice::default()
            };
        }
        let waited = now.since(past.first_at);
        let others = self.others(request, past.first_at, now);
        Search::new(&self.agents, request, tried, made, waited, now)
            .among(others)
            .run(self.last_agent_of(request, now).as_ref())
    }

    /// The call waits in the queues that had nobody for it, and nowhere when it got somebody.
    fn line_up(&mut self, past: &Past, made: &Attempt, request: &OfferRequest, now: Timestamp) {
        let before = past.nobody.as_ref();
        let waited_in = before.map_or(&[][..], |nobody| &nobody.waits_in);
        let asked_before = before.map(|nobody| nobody.at);
        let call = waiting_call(&request.call, past.first_at, asked_before, now);
        self.lines.wait_in(&made.waits_in, waited_in, &call, now);
    }

    /// What this fetch says of the dial before is taken in.
    fn take_news(&mut self, mut past: Past, request: &OfferRequest, now: Timestamp) -> Past {
        if past.is_news {
            let moment = Moment {
                call: &request.call,
                now,
                day: day_of(now, request.utc_offset_seconds),
            };
            let end = match &request.told {
                DialNews::Ended(end) => end,
                DialNews::Nothing | DialNews::GoesOn => &DialEnd::UNKNOWN,
            };
            let before = past.attempts.clone();
            self.conclude(&mut past.attempts, end, true, moment);
            past.ends = ends(&before, &past.attempts, now);
            if let Some(known) = self.calls.get_mut(&request.call) {
                known.attempts.clone_from(&past.attempts);
            }
        }
        past
    }

    /// What is known of the call; or the reply, when nothing new is to be decided.
    fn recollect(
        &self,
        request: &OfferRequest,
        now: Timestamp,
        memory: Memory,
    ) -> Result<Past, Box<OfferReply>> {
        let Some(call) = self.calls.get(&request.call) else {
            return Ok(Past {
                first_at: now,
                attempts: Vec::new(),
                nobody: None,
                is_news: true,
                ends: Vec::new(),
            });
        };
        if let Some(made) = replayed(&call.attempts, request, memory, now) {
            return Err(Box::new(OfferReply::Offer(Offer {
                at: now,
                waited: None,
                replayed: true,
                nobody: None,
                went_back: None,
                looked: Looked::default(),
                ends: Vec::new(),
                ..made.offer.clone()
            })));
        }
        let complete = request.facts.clone().or(call.facts.clone());
        if complete != request.facts {
            return Err(Box::new(OfferReply::Recall(call.facts.clone())));
        }
        let mut attempts = call.attempts.clone();
        Ok(Past {
            first_at: call.first_at,
            is_news: is_news(&attempts, request),
            nobody: attempts.pop_if(|latest| latest.offer.destinations.is_empty()),
            attempts,
            ends: Vec::new(),
        })
    }

    /// Who answered the customer last, as long as the rule of this call minds.
    fn last_agent_of(&self, request: &OfferRequest, now: Timestamp) -> Option<AgentId> {
        let customer = request.customer?;
        let sticky = customer.sticky?;
        let binding = self.bindings.of(customer.number, now)?;
        sticky
            .holds(binding.answered, now)
            .then(|| binding.agent.clone())
    }

    /// An agent has answered this call.
    pub(super) fn bind(&mut self, call: &CallSid, agent: &AgentId, now: Timestamp) {
        let Some(known) = self.calls.get(call) else {
            return;
        };
        if let Some(customer) = known.customer {
            let binding = Binding {
                agent: agent.clone(),
                begun: known.first_at,
                answered: now,
            };
            self.bindings.bind(&customer, binding);
        }
    }

    fn reserve(
        &mut self,
        found: &[Found],
        request: &OfferRequest,
        until: Timestamp,
        tried: &BTreeMap<AgentId, usize>,
        now: Timestamp,
    ) -> Vec<Offered> {
        let day = day_of(now, request.utc_offset_seconds);
        let mut offered = Vec::with_capacity(found.len());
        for destination in found {
            match destination {
                Found::Number(uri) => offered.push(Offered {
                    uri: uri.clone(),
                    agent: None,
                    queue: None,
                }),
                Found::Agent(id, _, _, queue) => {
                    let Some(member) = self.agents.get_mut(id) else {
                        continue;
                    };
                    self.changes
                        .keep_offered(id, &member.record, Cause::Reservation, now);
                    member.record.reserve(&request.call, until, now, day);
                    let times = tried.get(id).copied().unwrap_or(0);
                    if let Some(uri) = member.profile.destinations.iter().cycle().nth(times) {
                        offered.push(Offered {
                            uri: uri.clone(),
                            agent: Some(id.clone()),
                            queue: queue.clone(),
                        });
                    }
                }
            }
        }
        offered
    }

    /// The number of the call's next attempt, from 1.
    pub(super) fn next_attempt(&self, call: &CallSid) -> u8 {
        let attempts = self.calls.get(call).map(|call| call.attempts.iter());
        let dialled = |made: &&Attempt| !made.offer.destinations.is_empty();
        let made = attempts.map_or(0, |attempts| attempts.filter(dialled).count());
        u8::try_from(made.saturating_add(1)).unwrap_or(u8::MAX)
    }

    /// Remembers an attempt that was made elsewhere.
    pub(super) fn add_past(&mut self, request: &OfferRequest, offer: Offer, now: Timestamp) {
        let earlier = self.calls.get(&request.call);
        let first_at = earlier.map_or(now, |call| call.first_at);
        let mut earlier = earlier.map_or_else(Vec::new, |call| call.attempts.clone());
        earlier.pop_if(|latest| latest.offer.destinations.is_empty());
        let made = Attempt {
            progress: request.progress.clone(),
            at: now,
            rings_until: now,
            legs: offer
                .destinations
                .iter()
                .map(|to| self.leg_of(request, to, now))
                .collect(),
            waits_in: Vec::new(),
            offer,
            dialling: request.dialling.clone(),
        };
        self.remember(request, earlier, made, first_at, Memory::default());
    }

    /// A destination of an attempt that was made elsewhere. Whom the call holds no longer, of them what followed is in their
    /// records already.
    fn leg_of(&self, request: &OfferRequest, to: &Offered, now: Timestamp) -> Dialled {
        let Some(member) = to.agent.as_ref().and_then(|id| self.agents.get(id)) else {
            return Dialled::offered(Handling::default(), None);
        };
        let is_it = |target: &&OfferTarget| match (&to.queue, &target.whom, &target.terms) {
            (Some(name), Whom::Queue(_), Some(terms)) => terms.name == *name,
            (None, Whom::Queue(queue), _) => queue.admits(&member.profile),
            (_, Whom::Queue(_) | Whom::Agent(_) | Whom::Numbers(_), _) => false,
        };
        let target = request.targets.iter().find(is_it);
        let handling = target.map(|target| target.handling).unwrap_or_default();
        let record = &member.record;
        let is_held = record.is_held_by(&request.call, now);
        let leg = match record.state {
            AgentState::Reserved if is_held => Leg::Offered,
            AgentState::Ringing if is_held => Leg::Ringing(record.since),
            AgentState::InCall if is_held => Leg::Answered(record.since),
            AgentState::Idle
            | AgentState::Reserved
            | AgentState::Ringing
            | AgentState::InCall
            | AgentState::WrapUp
            | AgentState::BackOff => Leg::Over(LegOutcome::Missed),
        };
        Dialled {
            leg,
            ..Dialled::offered(handling, None)
        }
    }

    /// All that happened to the call was that much earlier.
    pub(super) fn age(&mut self, call: &CallSid, by: Duration) {
        let Some(call) = self.calls.get_mut(call) else {
            return;
        };
        call.first_at = call.first_at.minus(by);
        for made in &mut call.attempts {
            made.at = made.at.minus(by);
            made.rings_until = made.rings_until.minus(by);
        }
    }

    fn remember(
        &mut self,
        request: &OfferRequest,
        mut attempts: Vec<Attempt>,
        made: Attempt,
        first_at: Timestamp,
        memory: Memory,
    ) {
        if attempts.len() >= KEPT_ATTEMPTS {
            return;
        }
        let expires = made.at.plus(memory.calls_kept);
        attempts.push(made);
        let known = self.calls.get(&request.call);
        let record = CallRecord {
            facts: request.facts.clone(),
            customer: request
                .customer
                .or_else(|| known.and_then(|known| known.customer)),
            first_at,
            attempts,
            expires,
        };
        if let Some(old) = self.calls.insert(request.call.clone(), record) {
            self.expiry.remove(&(old.expires, request.call.clone()));
        }
        self.expiry.insert((expires, request.call.clone()));
    }
}
