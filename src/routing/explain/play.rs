//! The call, played through attempt by attempt on a copy of the agents.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::document::EarlierStep;
use super::given::Given;
use super::question::{PastAttempt, Question};
use super::words;
use crate::presence::memory::Rehearsal;
use crate::presence::store::View;
use crate::presence::{
    DialEnd, DialNews, DialOutcome, Facts, Looked, Offer, OfferReply, OfferRequest, OfferTarget,
    Offered, PassedOver, Snapshot, Standing, Strategy, Whom,
};
use crate::routing::book::RoutingBook;
use crate::routing::plan::{Fetch, RulePlan};
use crate::telephony::{AgentId, CallSid};

/// How the attempts before are taken to have ended.
const NOBODY_ANSWERED: DialEnd = DialEnd {
    outcome: DialOutcome::NoAnswer,
    who: None,
    talks: Vec::new(),
};

/// What the attempts came to.
#[derive(Debug)]
pub(super) struct Played {
    /// The call's name in the copy.
    pub(super) call: Option<CallSid>,
    pub(super) earlier: Vec<PastAttempt>,
    /// The attempts before in which each agent was rung.
    pub(super) tried: BTreeMap<AgentId, Vec<u8>>,
    pub(super) waited: Duration,
    /// What the store would answer to the attempt that is asked about.
    pub(super) offer: Offer,
    /// Whom it would pass over for the sake of other calls.
    pub(super) passed: PassedOver,
    /// The agents with what the attempts make of them.
    after: Snapshot,
    pub(super) is_played_through: bool,
    pub(super) is_waiting_assumed: bool,
    pub(super) has_drawn: bool,
}

impl Played {
    pub(super) fn new(
        book: &RoutingBook,
        plan: &RulePlan,
        question: &Question,
        snapshot: &Snapshot,
    ) -> Self {
        let mut stage = Stage {
            book,
            plan,
            question,
            snapshot,
            call: question.call.clone().or_else(some_call),
            rehearsal: Rehearsal::of(snapshot),
        };
        stage.remember();
        let (earlier, waited) = stage.play();
        let (offer, passed) = stage.offer(question.attempt.get());
        Self {
            call: stage.call,
            tried: tried(&earlier),
            is_played_through: question.earlier.len() < earlier.len(),
            is_waiting_assumed: question.waiting.is_none() && !earlier.is_empty(),
            has_drawn: plan.targets.iter().any(is_drawn),
            earlier,
            waited,
            after: stage.rehearsal.snapshot(),
            offer,
            passed,
        }
    }

    /// The agents as the choice finds them: with what is left to those whom the attempts before rang in vain.
    pub(super) fn standings(&self, snapshot: &Snapshot, view: View) -> Vec<Standing> {
        let chosen = self.offer.destinations.iter();
        let chosen: BTreeSet<_> = chosen.filter_map(|to| to.agent.as_ref()).collect();
        let mut standings = snapshot.standings(view);
        for (standing, after) in standings.iter_mut().zip(self.after.standings(view)) {
            let id = &standing.agent.profile.id;
            if self.tried.contains_key(id) && !chosen.contains(id) {
                *standing = after;
            }
        }
        standings
    }

    /// What of it decides about agents.
    pub(super) fn given(&self) -> Given<'_> {
        Given {
            call: self.call.as_ref(),
            tried: &self.tried,
            held_back: &self.passed.held_back,
            count: self.offer.destinations.len(),
            instead: None,
        }
    }

    /// How many attempts were made before: answers that rang somebody.
    pub(super) fn made(&self) -> usize {
        self.earlier.iter().filter(|past| past.is_attempt()).count()
    }

    /// Which attempt this is, from 1.
    pub(super) fn number(&self) -> u8 {
        let made = u8::try_from(self.made()).unwrap_or(u8::MAX);
        made.saturating_add(1)
    }

    /// Why the call gets nobody any more at this attempt, whoever is ready.
    pub(super) fn ended(&self, most: u8) -> Option<String> {
        let number = self.number();
        (number > most).then(|| {
            format!(
                "the rule answers a call {}, and this is the {} attempt",
                words::times(most),
                words::ordinal(usize::from(number))
            )
        })
    }

    pub(super) fn earlier_steps(&self) -> Vec<EarlierStep> {
        let step = |(number, past): (u8, &PastAttempt)| EarlierStep {
            number,
            waiting: words::brief(past.waited),
            rings: past.destinations.iter().map(name).collect(),
        };
        numbered(&self.earlier).map(step).collect()
    }
}

/// The answers before, each with the number of its attempt; one that rang nobody shares it with the next.
fn numbered(earlier: &[PastAttempt]) -> impl Iterator<Item = (u8, &PastAttempt)> {
    earlier.iter().scan(1_u8, |next, past| {
        let number = *next;
        *next = next.saturating_add(u8::from(past.is_attempt()));
        Some((number, past))
    })
}

/// Without a name there is no offer; any will do.
fn some_call() -> Option<CallSid> {
    CallSid::parse("the-call-that-was-asked-about").ok()
}

fn is_drawn(target: &OfferTarget) -> bool {
    match &target.whom {
        Whom::Queue(queue) => queue.strategy() == Strategy::Random,
        Whom::Agent(_) | Whom::Numbers(_) => false,
    }
}

fn name(offered: &Offered) -> String {
    offered
        .agent
        .as_ref()
        .map_or_else(|| offered.uri.to_string(), ToString::to_string)
}

fn tried(earlier: &[PastAttempt]) -> BTreeMap<AgentId, Vec<u8>> {
    let mut tried: BTreeMap<AgentId, Vec<u8>> = BTreeMap::new();
    for (number, past) in numbered(earlier) {
        for id in past
            .destinations
            .iter()
            .filter_map(|offered| offered.agent.as_ref())
        {
            tried.entry(id.clone()).or_default().push(number);
        }
    }
    tried
}

/// The copy, and what is played on it.
struct Stage<'a> {
    book: &'a RoutingBook,
    plan: &'a RulePlan,
    question: &'a Question,
    snapshot: &'a Snapshot,
    call: Option<CallSid>,
    rehearsal: Rehearsal,
}

impl Stage<'_> {
    /// Who answered the caller last, if the rules ask.
    fn remember(&mut self) {
        let request = self.request(1);
        let customer = request.and_then(|request| request.customer);
        if let (Some(customer), Some(last)) = (customer, &self.question.last_answered) {
            self.rehearsal.was_answered(&customer, last.clone());
        }
    }

    /// The attempts before the one that is asked about, and how long the call has waited after them.
    fn play(&mut self) -> (Vec<PastAttempt>, Duration) {
        let (mut earlier, mut waited) = (Vec::new(), Duration::ZERO);
        for number in 1..self.question.attempt.get() {
            let past = PastAttempt {
                waited,
                destinations: self.past(number),
            };
            let next = self.waiting(number.saturating_add(1), &past);
            self.wait(next.saturating_sub(waited));
            earlier.push(past);
            waited = next;
        }
        (earlier, waited)
    }

    /// Whom an attempt before rang: as the question says, else as the store would have answered.
    fn past(&mut self, number: u8) -> Vec<Offered> {
        let index = usize::from(number).saturating_sub(1);
        let Some(past) = self.question.earlier.get(index) else {
            return self.offer(number).0.destinations;
        };
        if let Some(request) = self.request(number) {
            let destinations = past.destinations.clone();
            self.rehearsal.was_offered(&request, destinations);
        }
        past.destinations.clone()
    }

    fn offer(&mut self, number: u8) -> (Offer, PassedOver) {
        let reply = self
            .request(number)
            .map(|request| self.rehearsal.offer(&request));
        match reply {
            Some((OfferReply::Offer(offer), passed)) => (offer, passed),
            // All attempts say the same of the call, and the copy needs no index.
            Some((OfferReply::Recall(_) | OfferReply::Unindexed(_), _)) | None => {
                let nobody = Offer {
                    at: self.snapshot.at(),
                    waited: None,
                    attempt: number,
                    last: true,
                    template: "".into(),
                    replayed: false,
                    destinations: Vec::new(),
                    nobody: None,
                    went_back: None,
                    looked: Looked::default(),
                    ends: Vec::new(),
                };
                (nobody, PassedOver::default())
            }
        }
    }

    /// What the router would ask of the store. Each attempt reports something else, as real ones do.
    fn request(&self, number: u8) -> Option<OfferRequest> {
        let progress = number.saturating_sub(1).to_string();
        let fetch = Fetch {
            account: &self.question.account,
            call: self.call.as_ref()?,
            progress: &progress,
            caller: self.question.caller,
            told: match number {
                0 | 1 => DialNews::Nothing,
                _ => DialNews::Ended(NOBODY_ANSWERED),
            },
            view: self.book.view(self.snapshot.at()),
        };
        let facts = Facts {
            digits: self.question.digits.clone().unwrap_or_default(),
            custom_field: self.question.custom_field.clone().unwrap_or_default(),
        };
        Some(self.plan.request(&fetch, facts))
    }

    fn wait(&mut self, longer: Duration) {
        if let Some(call) = &self.call {
            self.rehearsal.wait(call, longer);
        }
    }

    /// How long the call has waited at its attempt `number`, after the one before.
    fn waiting(&self, number: u8, before: &PastAttempt) -> Duration {
        let index = usize::from(number).saturating_sub(1);
        if let Some(past) = self.question.earlier.get(index) {
            return past.waited;
        }
        let made = u32::from(number.saturating_sub(1));
        if let Some(waiting) = self.question.waiting {
            // Without better knowledge the attempts are taken to lie equally far apart.
            let gaps = u32::from(self.question.attempt.get()).saturating_sub(1);
            let waited = waiting.saturating_mul(made).checked_div(gaps);
            return waited.unwrap_or_default();
        }
        let rang = before.destinations.len();
        let ringing = self.plan.dialling.ringing(number.saturating_sub(1), rang);
        before.waited.saturating_add(ringing)
    }
}
