//! The one step, in memory: replay, free, choose, reserve, remember. `redis/offer.lua` is its twin.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::leg::Leg;
use super::super::offer::{Dialling, Facts, Handling, Offer, OfferReply, OfferRequest, Offered};
use super::super::record::day_of;
use super::super::report::DialEnd;
use super::super::sticky::{Binding, Customer};
use super::choice::{Choice, Found, Search};
use super::report::Moment;
use super::{AccountState, Memory};
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// The most attempts that a call's record keeps; a call that fetches on for ever must not grow it.
const KEPT_ATTEMPTS: usize = 20;

/// What is remembered of a call.
#[derive(Clone, Debug)]
pub(super) struct CallRecord {
    facts: Facts,
    /// Who calls, once a fetch has told.
    customer: Option<Customer>,
    pub(super) attempts: Vec<Attempt>,
    expires: Timestamp,
}

/// One answered fetch.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    progress: String,
    at: Timestamp,
    /// When nobody can be ringing any more.
    rings_until: Timestamp,
    pub(super) offer: Offer,
    pub(super) dialling: Dialling,
    /// Of each destination, in their order.
    pub(super) legs: Vec<Dialled>,
}

/// What becomes of one destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialled {
    pub(super) leg: Leg,
    pub(super) handling: Handling,
}

impl AccountState {
    pub(super) fn offer(
        &mut self,
        request: &OfferRequest,
        now: Timestamp,
        memory: Memory,
    ) -> OfferReply {
        let mut attempts = match self.recollect(request, now, memory) {
            Ok(attempts) => attempts,
            Err(reply) => return reply,
        };
        let tried = tried(&attempts);
        if is_news(&attempts, request) {
            let moment = Moment {
                call: &request.call,
                now,
                day: day_of(now, request.utc_offset_seconds),
            };
            let end = request.ended.clone().unwrap_or(DialEnd::UNKNOWN);
            self.conclude(&mut attempts, &end, true, moment);
            if let Some(known) = self.calls.get_mut(&request.call) {
                known.attempts.clone_from(&attempts);
            }
        }
        let attempt = attempts.len().saturating_add(1);
        let cap = usize::from(request.dialling.attempts.get());
        let exhausted =
            attempt > cap || attempts.last().is_some_and(|previous| previous.offer.last);
        let choice = if exhausted {
            Choice {
                found: Vec::new(),
                stale: Vec::new(),
                levels: Vec::new(),
            }
        } else {
            let waited = attempts
                .first()
                .map_or(Duration::ZERO, |first| now.since(first.at));
            let search = Search::new(&self.agents, request, &tried, attempts.len(), waited, now);
            search.run(self.last_agent_of(request, now).as_ref())
        };
        self.park(&choice.stale, now);
        self.level(choice.levels, day_of(now, request.utc_offset_seconds));
        let number = u8::try_from(attempt).unwrap_or(u8::MAX);
        let until = now.plus(request.dialling.lease(number, choice.found.len()));
        let offer = Offer {
            attempt: number,
            last: attempt >= cap || choice.found.is_empty(),
            template: Arc::clone(&request.template),
            replayed: false,
            destinations: self.reserve(&choice.found, request, until, &tried, now),
        };
        let made = Attempt {
            progress: request.progress.clone(),
            at: now,
            rings_until: now.plus(request.dialling.ringing(number, choice.found.len())),
            offer: offer.clone(),
            dialling: request.dialling.clone(),
            legs: legs(&choice.found),
        };
        self.remember(request, attempts, made, memory);
        OfferReply::Offer(offer)
    }

    /// The call's attempts so far; or the reply, when nothing new is to be decided.
    fn recollect(
        &self,
        request: &OfferRequest,
        now: Timestamp,
        memory: Memory,
    ) -> Result<Vec<Attempt>, OfferReply> {
        let Some(call) = self.calls.get(&request.call) else {
            return Ok(Vec::new());
        };
        let window = memory.replay_window;
        let equal = |made: &&Attempt| {
            made.progress == request.progress && now < made.at.plus(window).max(made.rings_until)
        };
        if let Some(made) = call.attempts.iter().rev().find(equal) {
            return Err(OfferReply::Offer(Offer {
                replayed: true,
                ..made.offer.clone()
            }));
        }
        let complete = request.facts.clone().or(call.facts.clone());
        if complete != request.facts {
            return Err(OfferReply::Recall(call.facts.clone()));
        }
        Ok(call.attempts.clone())
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
        if let (Some(customer), Some(first)) = (known.customer, known.attempts.first()) {
            let binding = Binding {
                agent: agent.clone(),
                begun: first.at,
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
                }),
                Found::Agent(id, _) => {
                    let Some(member) = self.agents.get_mut(id) else {
                        continue;
                    };
                    member.record.reserve(&request.call, until, now, day);
                    let times = tried.get(id).copied().unwrap_or(0);
                    if let Some(uri) = member.profile.destinations.iter().cycle().nth(times) {
                        offered.push(Offered {
                            uri: uri.clone(),
                            agent: Some(id.clone()),
                        });
                    }
                }
            }
        }
        offered
    }

    /// The number of the call's next attempt, from 1.
    pub(super) fn next_attempt(&self, call: &CallSid) -> u8 {
        let made = self.calls.get(call).map_or(0, |call| call.attempts.len());
        u8::try_from(made.saturating_add(1)).unwrap_or(u8::MAX)
    }

    /// Remembers an attempt that was made elsewhere.
    pub(super) fn add_past(&mut self, request: &OfferRequest, offer: Offer, now: Timestamp) {
        let earlier = self.calls.get(&request.call);
        let earlier = earlier.map(|call| call.attempts.clone());
        let made = Attempt {
            progress: request.progress.clone(),
            at: now,
            rings_until: now,
            legs: offer
                .destinations
                .iter()
                .map(|_| Dialled::offered(Handling::default()))
                .collect(),
            offer,
            dialling: request.dialling.clone(),
        };
        self.remember(
            request,
            earlier.unwrap_or_default(),
            made,
            Memory::default(),
        );
    }

    /// The call's attempts were that much earlier.
    pub(super) fn age(&mut self, call: &CallSid, by: Duration) {
        let attempts = self.calls.get_mut(call).map(|call| &mut call.attempts);
        for made in attempts.into_iter().flatten() {
            made.at = made.at.minus(by);
            made.rings_until = made.rings_until.minus(by);
        }
    }

    fn remember(
        &mut self,
        request: &OfferRequest,
        mut attempts: Vec<Attempt>,
        made: Attempt,
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
            attempts,
            expires,
        };
        if let Some(old) = self.calls.insert(request.call.clone(), record) {
            self.expiry.remove(&(old.expires, request.call.clone()));
        }
        self.expiry.insert((expires, request.call.clone()));
    }
}

impl Dialled {
    fn offered(handling: Handling) -> Self {
        Self {
            leg: Leg::Offered,
            handling,
        }
    }
}

fn legs(found: &[Found]) -> Vec<Dialled> {
    let handling = |found: &Found| match found {
        Found::Agent(_, handling) => *handling,
        Found::Number(_) => Handling::default(),
    };
    found.iter().map(handling).map(Dialled::offered).collect()
}

impl Attempt {
    /// Do its phones ring one after the other?
    pub(super) fn is_in_turn(&self) -> bool {
        self.dialling.at_once(self.offer.attempt) == 1
    }

    fn agents(&self) -> impl Iterator<Item = &AgentId> {
        self.offer
            .destinations
            .iter()
            .filter_map(|offered| offered.agent.as_ref())
    }
}

/// A report that no attempt began with says that the last attempt is over. So does the report with which the last one
/// began, now that its phones can't ring any more and nobody has answered: somebody alone, rung twice in vain, makes two
/// equal reports.
fn is_news(attempts: &[Attempt], request: &OfferRequest) -> bool {
    let is_equal = |made: &Attempt| made.progress == request.progress;
    let is_answered = |made: &Attempt| {
        made.legs
            .iter()
            .any(|dialled| matches!(dialled.leg, Leg::Answered(_)))
    };
    match attempts.iter().rposition(is_equal) {
        None => true,
        Some(equal) => {
            equal.saturating_add(1) == attempts.len() && !attempts.last().is_some_and(is_answered)
        }
    }
}

/// How often each agent was offered to the call.
fn tried(attempts: &[Attempt]) -> BTreeMap<AgentId, usize> {
    let mut tried = BTreeMap::new();
    for id in attempts.iter().flat_map(Attempt::agents) {
        let times: &mut usize = tried.entry(id.clone()).or_default();
        *times = times.saturating_add(1);
    }
    tried
}
