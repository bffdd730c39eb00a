//! The calls of a queue together, in memory: who holds its agents, who waits, who was there first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::agent::AgentState;
use super::super::offer::OfferRequest;
use super::super::sticky::Erased;
use super::super::waiting::{
    LONGEST_INTERVAL, MOST_LISTED, QueueCalls, QueueTerms, Traffic, WaitingCall, older,
};
use super::AccountState;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid, PhoneNumber};

/// What is remembered of the calls of an account's queues.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The waiting calls of each queue.
    waiting: BTreeMap<Arc<str>, BTreeMap<CallSid, WaitingCall>>,
    usual_interval: Option<Duration>,
    /// Calls that hold agents of queues, though no record here says so: a rehearsal is told them.
    holding: BTreeMap<Arc<str>, BTreeSet<CallSid>>,
}

/// The other calls of the queues of one request, as far as they matter to it.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// How many of them hold agents of a queue with a cap.
    pub(super) holding: BTreeMap<Arc<str>, usize>,
    /// When each older one that waits in a fair queue is expected to ask again.
    pub(super) older: BTreeMap<Arc<str>, Vec<Timestamp>>,
}

impl Lines {
    pub(super) fn of(traffic: &Traffic) -> Self {
        let by_call = |call: &WaitingCall| (call.call.clone(), call.clone());
        let queues = traffic.queues.iter();
        Self {
            waiting: queues
                .clone()
                .map(|(name, calls)| (name.clone(), calls.longest.iter().map(by_call).collect()))
                .collect(),
            usual_interval: traffic.usual_interval,
            holding: queues
                .map(|(name, calls)| (name.clone(), calls.holding.clone()))
                .collect(),
        }
    }

    /// The call waits in the queues `names` from now on, and in no other of those in which it waited before.
    pub(super) fn wait_in(
        &mut self,
        names: &[Arc<str>],
        before: &[Arc<str>],
        call: &WaitingCall,
        now: Timestamp,
    ) {
        self.leave(before, &call.call);
        if !names.is_empty() && call.interval.is_some() {
            self.usual_interval = call.interval;
        }
        for name in names {
            let line = self.waiting.entry(name.clone()).or_default();
            line.retain(|_, other| !other.is_forgotten(now));
            line.insert(call.call.clone(), call.clone());
        }
    }

    /// The call waits no longer. Did it?
    pub(super) fn leave(&mut self, names: &[Arc<str>], call: &CallSid) -> bool {
        let lines = names.iter().filter(|name| {
            let line = self.waiting.get_mut(*name);
            line.is_some_and(|line| line.remove(call).is_some())
        });
        lines.count() > 0
    }

    /// Those who wait in a queue, who asked first in front.
    fn line(&self, name: &str) -> Vec<&WaitingCall> {
        let waiting = self.waiting.get(name).map(BTreeMap::values);
        let mut line: Vec<_> = waiting.into_iter().flatten().collect();
        line.sort_by_key(|call| (call.since, &call.call));
        line
    }

    /// When each call is expected that has waited longer. A rehearsal may be told that the call itself waits.
    fn older(
        &self,
        name: &str,
        call: &CallSid,
        first_at: Timestamp,
        now: Timestamp,
    ) -> Vec<Timestamp> {
        let line = self.line(name).into_iter();
        let line = line.filter(|other| other.call != *call);
        older(line, self.usual_interval, first_at, now)
    }
}

/// A call that asked now and got nobody, as it did before.
pub(super) fn waiting_call(
    call: &CallSid,
    since: Timestamp,
    asked_before: Option<Timestamp>,
    now: Timestamp,
) -> WaitingCall {
    let interval = asked_before.map(|before| now.since(before).min(LONGEST_INTERVAL));
    WaitingCall {
        call: call.clone(),
        since,
        asked: now,
        interval: interval.filter(|interval| !interval.is_zero()),
    }
}

impl AccountState {
    /// What the other calls mean for this one.
    pub(super) fn others(
        &self,
        request: &OfferRequest,
        first_at: Timestamp,
        now: Timestamp,
    ) -> Others {
        let mut others = Others::default();
        let terms = request.targets.iter();
        for terms in terms.filter_map(|target| target.terms.as_deref()) {
            let QueueTerms { name, .. } = terms;
            if terms.max_calls.is_some() {
                let mut holding = self.holding(name, now);
                holding.remove(&request.call);
                others.holding.insert(name.clone(), holding.len());
            }
            if terms.oldest_first {
                let older = self.lines.older(name, &request.call, first_at, now);
                others.older.insert(name.clone(), older);
            }
        }
        others
    }

    /// The calls that hold somebody who was offered to them through this queue.
    fn holding(&self, name: &str, now: Timestamp) -> BTreeSet<CallSid> {
        let present = self.agents.iter().map(|(id, member)| (id, &member.record));
        let all = present.chain(&self.departed);
        let held = all.filter(|(_, record)| {
            let is_held = matches!(
                record.state,
                AgentState::Reserved | AgentState::Ringing | AgentState::InCall
            );
            is_held && record.until > now
        });
        let calls = held.filter_map(|(id, record)| Some((id, record.call.as_ref()?)));
        let through = calls.filter(|(id, call)| self.capped_queue(call, id) == Some(name));
        let known = through.map(|(_, call)| call.clone());
        let told = self.lines.holding.get(name).into_iter().flatten().cloned();
        known.chain(told).collect()
    }

    /// The queue with a cap through which the agent was last offered to the call.
    fn capped_queue(&self, call: &CallSid, agent: &AgentId) -> Option<&str> {
        let attempts = self.calls.get(call)?.attempts.iter().rev();
        let offered = attempts.flat_map(|made| made.offer.destinations.iter().zip(&made.legs));
        let mut last = offered.filter(|(to, _)| to.agent.as_ref() == Some(agent));
        last.next()?.1.capped.as_deref()
    }

    /// Forgets a customer, and the places in line of the customer's calls.
    pub(super) fn erase(&mut self, customer: PhoneNumber) -> Erased {
        let mut calls = 0_usize;
        for (call, record) in &mut self.calls {
            if record.forget(customer) {
                calls = calls.saturating_add(1);
                let latest = record.attempts.last();
                let names = latest.map_or(&[][..], |made| &made.waits_in);
                self.lines.leave(names, call);
            }
        }
        let binding = self.bindings.forget(customer);
        Erased { binding, calls }
    }

    /// The calls of these queues.
    pub(super) fn traffic(&self, names: &[Arc<str>], now: Timestamp) -> Traffic {
        let calls = |name: &Arc<str>| {
            let line = self.lines.line(name).into_iter();
            let line: Vec<_> = line.filter(|call| !call.is_forgotten(now)).collect();
            let calls = QueueCalls {
                holding: self.holding(name, now),
                waiting: line.len(),
                longest: line.into_iter().take(MOST_LISTED).cloned().collect(),
            };
            (name.clone(), calls)
        };
        Traffic {
            queues: names.iter().map(calls).collect(),
            usual_interval: self.lines.usual_interval,
            at: Some(now),
        }
    }
}
