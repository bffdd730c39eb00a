//! What answers promise to calls, judged from outside: whoever is named once more is held for that call.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ringmaster::clock::Timestamp;
use ringmaster::presence::{Agent, DialNews, LegEvent, News, Offer, OfferRequest};
use ringmaster::telephony::{AgentId, CallSid};

/// What the latest answers of a call promise, as far as that is seen from outside.
#[derive(Clone, Debug, Default)]
struct Promises {
    /// When each attempt was answered.
    answered: BTreeMap<u8, Timestamp>,
    /// Whom the latest answer reserved, and until when; nobody any more once something was heard that may free them.
    held: BTreeSet<AgentId>,
    until: Option<Timestamp>,
    /// Do they ring one round? Then that one of them is dialled frees nobody.
    is_one_round: bool,
}

impl Promises {
    fn take(&mut self, request: &OfferRequest, offer: &Offer, now: Timestamp) {
        let dialling = &request.dialling;
        let count = offer.destinations.len();
        let agents = offer.destinations.iter().filter_map(|to| to.agent.clone());
        self.answered.retain(|attempt, _| *attempt < offer.attempt);
        self.answered.insert(offer.attempt, now);
        self.held = agents.collect();
        self.until = Some(now.plus(dialling.lease(offer.attempt, count)));
        self.is_one_round = count <= usize::from(dialling.at_once(offer.attempt));
    }

    fn hear(&mut self, news: &News) {
        let is_harmless = matches!(
            news,
            News::Leg {
                event: LegEvent::Dial | LegEvent::Ringing,
                ..
            }
        );
        if !(is_harmless && self.is_one_round) {
            self.held.clear();
        }
    }

    /// A replay of the latest answer names only those whom the call holds, unless something was heard of them. It may be
    /// later than their lease only when a fetch says itself that the dial goes on. An earlier answer, or one with
    /// nobody, is given again only to who may still wait for it.
    fn judge(&self, request: &OfferRequest, offer: &Offer, before: &[Agent], now: Timestamp) {
        let goes_on = request.told == DialNews::GoesOn;
        let is_latest = self.answered.keys().next_back() == Some(&offer.attempt);
        if !goes_on && (!is_latest || offer.destinations.is_empty()) {
            let waited = now.since(self.answered[&offer.attempt]);
            assert!(waited < Duration::from_secs(5), "given again too late");
        } else if is_latest {
            let is_alive = self.until.is_some_and(|until| now < until);
            assert!(goes_on || is_alive, "given again after its lease");
            let held = before.iter().filter(|_| is_alive);
            for agent in held.filter(|agent| self.held.contains(&agent.profile.id)) {
                let holder = agent.call.as_ref();
                assert_eq!(holder, Some(&request.call), "{}", agent.profile.id);
            }
        }
    }
}

/// Of all calls.
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeMap<CallSid, Promises>);

impl Ledger {
    /// A new answer.
    pub(super) fn promise(&mut self, request: &OfferRequest, offer: &Offer, now: Timestamp) {
        let promises = self.0.entry(request.call.clone()).or_default();
        promises.take(request, offer, now);
    }

    /// An answer that was given again, by the agents as they were then.
    pub(super) fn judge(
        &self,
        request: &OfferRequest,
        offer: &Offer,
        before: &[Agent],
        now: Timestamp,
    ) {
        self.0[&request.call].judge(request, offer, before, now);
    }

    pub(super) fn hear(&mut self, call: &str, news: &News) {
        let call = CallSid::parse(call).unwrap();
        self.0.entry(call).or_default().hear(news);
    }

    pub(super) fn release(&mut self, agent: &AgentId) {
        for promises in self.0.values_mut() {
            promises.held.remove(agent);
        }
    }
}
