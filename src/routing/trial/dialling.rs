//! Exotel's part in a test: it asks, dials whom it is told, and asks again when nobody answered.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::Miss;
use super::stage::Stage;
use crate::clock::Timestamp;
use crate::exotel::{ConnectRequest, Parameters};
use crate::presence::{AgentProfile, StoreError};
use crate::routing::{Decision, Outcome, PastAttempt, Question, Reply};
use crate::rules::{CallFacts, QueueName, RuleMatch, VirtualCall, Whom, Written};
use crate::telephony::ContactUri;

/// How many names a call is given in search of one that falls on the wanted side. A share of one in a hundred is missed
/// twice in a thousand million times.
const NAMES_TRIED: u32 = 2_000;

/// Whom Exotel dialled, and how it ended.
type Leg = (ContactUri, &'static str);

/// A call, with what Exotel knows of it.
#[derive(Debug)]
pub(super) struct PlayedCall {
    call: VirtualCall,
    sid: String,
    began: Timestamp,
    /// The legs so far, with how each ended.
    legs: Vec<Leg>,
    /// Since when Exotel has dialled, in seconds.
    dialled: u64,
    /// The attempts so far.
    earlier: Vec<PastAttempt>,
    /// Whom the last answer named, and whether Exotel asks again after it.
    last: Option<(Vec<ContactUri>, bool)>,
}

/// What Exotel was told, and where it came from.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) decision: Decision,
    /// The answer's JSON; `None` for a bare status.
    pub(super) answer: Option<Value>,
    /// The side of the rule's split, from 1.
    pub(super) side: Option<usize>,
    /// For each destination, the queue that it comes from.
    pub(super) queues: Vec<Option<QueueName>>,
}

impl Observed {
    /// Will Exotel ask again for this call, unless somebody answers?
    pub(super) fn is_last(&self) -> bool {
        let again = |answer: &Value| answer.get("fetch_after_attempt").cloned();
        self.answer.as_ref().and_then(again) != Some(Value::Bool(true))
    }
}

impl PlayedCall {
    /// A call that comes now. Its name follows from the test's, so that it is the same at every run.
    pub(super) fn new(
        call: &VirtualCall,
        test: &str,
        step: usize,
        stage: &Stage,
    ) -> Result<Self, Miss> {
        let name = format!("{:x}", Sha256::digest(format!("{test}\n{step}")));
        let name = name.get(..24).unwrap_or_default();
        let mut played = Self {
            call: call.clone(),
            sid: name.to_owned(),
            began: stage.now(),
            legs: Vec::new(),
            dialled: 0,
            earlier: Vec::new(),
            last: None,
        };
        if let Some(side) = &call.side {
            played.fall_on(side, name, stage)?;
        }
        Ok(played)
    }

    /// Gives the call a name with which it falls on this side of its rule's split.
    fn fall_on(&mut self, side: &Written<u8>, name: &str, stage: &Stage) -> Result<(), Miss> {
        let wanted = usize::from(side.value);
        for number in 0..NAMES_TRIED {
            self.sid = format!("{name}-{number}");
            let falls_on = self.find(stage, |found| found.side.saturating_add(1));
            if falls_on == Some(wanted) {
                return Ok(());
            }
        }
        let sides = self.find(stage, |found| {
            let name = &found.rule.name;
            match found.rule.branches.len() {
                sides if sides >= wanted => {
                    format!("a share of 0 on that side of rule \"{name}\"")
                }
                1 => format!("rule \"{name}\", which is not split"),
                sides => format!("rule \"{name}\", which has {sides} sides"),
            }
        });
        Err(Miss {
            key: "side".to_owned(),
            place: side.place,
            expected: format!("a call that falls on side {wanted}"),
            got: sides.unwrap_or_else(|| "no rule that takes the call".to_owned()),
        })
    }

    /// The last attempt ended like this, so long after the answer.
    pub(super) fn attempt_ended(
        &mut self,
        status: &'static str,
        after: &Written<Duration>,
    ) -> Result<(), Miss> {
        match self.last.take() {
            // Nobody was dialled, and the flow asks again.
            Some((destinations, _)) if destinations.is_empty() => Ok(()),
            Some((destinations, true)) => {
                self.legs
                    .extend(destinations.into_iter().map(|uri| (uri, status)));
                self.dialled = self.dialled.saturating_add(after.value.as_secs());
                Ok(())
            }
            _ => Err(Miss {
                key: "then".to_owned(),
                place: after.place,
                expected: "Exotel to ask again".to_owned(),
                got: "an answer before that was the last of this call (fetch_after_attempt: false)"
                    .to_owned(),
            }),
        }
    }

    /// Asks whom to ring, as Exotel does, and remembers what it was told.
    pub(super) async fn fetch(&mut self, stage: &Stage) -> Observed {
        let request = self.request(stage, &self.legs);
        let full = self.full(stage).await;
        let dialect = stage.book.dialect();
        let decision = stage
            .router
            .answer(
                &stage.account,
                &stage.book,
                &request,
                dialect,
                Instant::now(),
            )
            .await;
        let answer = match &decision.reply {
            Reply::Answer(json) => serde_json::from_str(json).ok(),
            Reply::Status(_) => None,
        };
        let rule = decision.rule.as_ref();
        let found = rule.and_then(|_| self.find(stage, |found| found.side.saturating_add(1)));
        let observed = Observed {
            side: found,
            queues: self.queues(&decision, &full, stage),
            answer,
            decision,
        };
        let offered = &observed.decision.destinations;
        let destinations = offered.iter().map(|offered| offered.uri.clone()).collect();
        if observed.decision.outcome != Outcome::Replayed {
            self.earlier.push(PastAttempt {
                waited: self.waited(stage),
                destinations: offered.clone(),
            });
        }
        self.last = Some((destinations, !observed.is_last()));
        observed
    }

    /// The next answer of this call, to be explained.
    pub(super) async fn question(&self, stage: &Stage) -> Result<Question, StoreError> {
        // What was keyed comes with the first request only, and counts for all of them.
        let request = self.request(stage, &[]);
        let made = u8::try_from(self.earlier.len()).unwrap_or(u8::MAX);
        let question = Question::new(stage.account.clone(), &request, stage.now());
        Ok(Question {
            last_answered: match question.caller {
                Some(caller) => stage.router.store().binding(&stage.account, caller).await?,
                None => None,
            },
            attempt: NonZeroU8::MIN.saturating_add(made),
            waiting: Some(self.waited(stage)),
            earlier: self.earlier.clone(),
            ..question
        })
    }

    /// How long the call has waited by now.
    fn waited(&self, stage: &Stage) -> Duration {
        stage.now().since(self.began)
    }

    /// The request as Exotel would send it after these legs: what was keyed, and the custom field, come with the first
    /// one only.
    fn request(&self, stage: &Stage, legs: &[Leg]) -> ConnectRequest {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut pairs = vec![
            ("CallSid".to_owned(), self.sid.clone()),
            ("From".to_owned(), text(&self.call.from)),
            ("To".to_owned(), text(&self.call.to)),
        ];
        let direction = self.call.direction.clone();
        let direction = direction.unwrap_or_else(|| "incoming".to_owned());
        pairs.push(("Direction".to_owned(), direction));
        if legs.is_empty() {
            let keyed = self.call.digits.as_ref();
            pairs.extend(keyed.map(|keyed| ("digits".to_owned(), format!("\"{keyed}\""))));
            pairs.push(("CustomField".to_owned(), text(&self.call.custom_field)));
        }
        if let Some((whom, status)) = legs.last() {
            pairs.push(("DialWhomNumber".to_owned(), whom.to_string()));
            pairs.push(("DialCallStatus".to_owned(), (*status).to_owned()));
            pairs.push(("DialCallDuration".to_owned(), self.dialled.to_string()));
        }
        for (number, (whom, status)) in legs.iter().enumerate() {
            pairs.push((format!("Legs[{number}][Number]"), whom.to_string()));
            pairs.push((format!("Legs[{number}][Cause]"), (*status).to_owned()));
        }
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            // A test has few steps, and an answer at most ten destinations: the limit is far off, and beyond it the
            // request is as valid.
            let _taken = parameters.push(name, value);
        }
        ConnectRequest::read(&parameters, stage.book.country())
    }

    /// What the rules make of the call at this moment.
    fn find<T>(&self, stage: &Stage, read: impl FnOnce(RuleMatch<'_>) -> T) -> Option<T> {
        let request = self.request(stage, &[]);
        let call = CallFacts {
            call_sid: request.call.as_ref(),
            dialed: request.dialed.phone(),
            caller: request.caller.phone(),
            digits: request.digits.as_deref(),
            direction: request.direction.as_deref(),
            custom_field: request.custom_field.as_deref(),
        };
        stage.rules.find(&call, stage.now()).map(read)
    }

    /// The queues that have no place for this call.
    async fn full(&self, stage: &Stage) -> Vec<Arc<str>> {
        // The store is in this process and cannot fail.
        let traffic = stage.traffic().await.unwrap_or_default();
        let is_full = |name: &&Arc<str>| {
            let terms = stage.book.terms(name);
            let full = terms.and_then(|terms| traffic.full(&terms, &self.sid, self.began));
            full.is_some()
        };
        traffic.queues.keys().filter(is_full).cloned().collect()
    }

    /// Targets are searched in order, so an agent comes from the first open queue of the rule that it belongs to.
    fn queues(
        &self,
        decision: &Decision,
        full: &[Arc<str>],
        stage: &Stage,
    ) -> Vec<Option<QueueName>> {
        let waited = self.waited(stage);
        let made = decision.attempt.saturating_sub(1);
        let rule = decision.rule.as_ref();
        let open = rule.and_then(|_| {
            self.find(stage, |found| {
                let open = found.branch.targets.iter();
                let open = open.filter(|target| target.after.is_open(made, waited));
                let names = open.filter_map(|target| match &target.whom {
                    Whom::Queue(queue) => Some(queue.name.clone()),
                    Whom::Numbers(_) => None,
                });
                names.collect::<Vec<_>>()
            })
        });
        let open = open.unwrap_or_default();
        let queue_of = |profile: &AgentProfile| {
            let admits = |name: &&QueueName| {
                let queue = stage.book.queue(name.as_str());
                queue.is_some_and(|queue| queue.admits(profile))
            };
            let has_room = |name: &&QueueName| !full.iter().any(|full| **full == *name.as_str());
            let mut with_room = open.iter().filter(has_room);
            let found = with_room.find(admits);
            // No place is kept from the agent whom a caller goes back to.
            found.or_else(|| open.iter().find(admits)).cloned()
        };
        let agents = decision.destinations.iter().map(|offered| &offered.agent);
        agents
            .map(|agent| queue_of(&stage.profile(agent.as_ref()?)?))
            .collect()
    }
}
