//! Why a call would ring whom: the decision, played through and told. It reserves nothing.
//!
//! The answer is not found a second time: the plan is the one that [`Router`](super::Router) would use, and the choice is
//! the real step on a copy of the agents. What is told of rules, targets and agents is then derived from the plan, the
//! copy and what was chosen. Opening hours are as of the moment that is asked about, presence as of the snapshot.
//!
//! Reading order: [`question`], `play` (the attempts), `rule_path` with `conditions`, `sticky`, `targets` with `agents`,
//! [`document`] (what is said, for programs), `summary` and `text` (for people), `words`. Of calls that are over: [`past`].

use std::sync::Arc;

use super::book::RoutingBook;
use super::decide::{self, Settled};
use super::decision::{Decision, FallbackReason, Reply};
use super::plan::StoredAnswer;
use crate::clock::Timestamp;
use crate::presence::{Dialling, Facts, Offered, Snapshot};
use crate::rules::{CallFacts, RuleMatch};

mod agents;
mod conditions;
pub mod document;
mod given;
pub mod past;
mod play;
pub mod question;
mod rule_path;
mod sticky;
mod summary;
mod targets;
mod text;
mod words;

pub use document::Explanation;
use document::{AnswerStep, AttemptStep, CallStep, RingStep, RingsStep, TargetStep};
pub use past::{PastCall, PastExplanation, explain_past, passed_over};
use play::Played;
pub use question::{PastAttempt, Question};
pub(super) use rule_path::RulePath;
use sticky::Sticking;
use words::Times;

/// Which rules a call passes by, and which takes it, which is `found`; of many the last `most`.
pub(super) fn rule_path(
    book: &RoutingBook,
    call: &CallFacts<'_>,
    found: Option<RuleMatch<'_>>,
    at: Timestamp,
    most: usize,
) -> RulePath {
    let times = Times::new(book.time_zone(), at);
    RulePath::new(book, call, found, at, &times, most)
}

/// Explains the answer that a call would get.
pub fn explain(book: &RoutingBook, question: &Question, snapshot: &Snapshot) -> Explanation {
    let times = Times::new(book.time_zone(), snapshot.at());
    let call = question.facts();
    let planned = book.planned(&call, question.at);
    let path = RulePath::new(book, &call, planned.found, question.at, &times, usize::MAX);
    let played = Played::new(book, planned.plan, question, snapshot);
    let sticking = Sticking::new(planned.plan, question, snapshot, &played);
    let targets = targets::steps(&targets::Scene {
        planned,
        played: &played,
        sticking: sticking.as_ref(),
        snapshot,
        view: book.view(snapshot.at()),
        times: &times,
    });
    let decision = decision(book, planned.plan.answer.as_ref(), &played, question.at);
    let mut explanation = Explanation {
        summary: String::new(),
        outcome: decision.outcome.code(),
        account: question.account.to_string(),
        rules_version: decision.version.clone(),
        at: book.local_time(question.at),
        presence_at: book.local_time(snapshot.at()),
        time_zone: times.zone_name(),
        call: call_step(question),
        notes: notes(question, snapshot, &played, &times),
        rules: path.steps,
        rules_left: path.left,
        rule: decision.rule.clone(),
        split: path.split,
        sticky: sticking.map(|sticking| sticking.step(book, &times)),
        attempt: attempt_step(&planned.plan.dialling, &played),
        ring: ring_step(&planned.plan.dialling, &played),
        rings: rings(&decision, &targets, snapshot),
        targets,
        answer: answer(&decision.reply, played.offer.last),
        moment: times.day_and_time(question.at),
    };
    explanation.summary = summary::sentence(&explanation);
    explanation
}

fn attempt_step(dialling: &Dialling, played: &Played) -> AttemptStep {
    let most = dialling.attempts.get();
    AttemptStep {
        number: played.number(),
        most,
        waiting: words::brief(played.waited),
        ended: played.ended(most),
        earlier: played.earlier_steps(),
    }
}

fn ring_step(dialling: &Dialling, played: &Played) -> RingStep {
    RingStep {
        agents: dialling.agents.get(),
        at_once: dialling.at_once(played.number()),
        lasting: words::brief(dialling.ring),
    }
}

/// What the router would answer: by the same functions.
fn decision(book: &RoutingBook, answer: &StoredAnswer, played: &Played, at: Timestamp) -> Decision {
    if !book.has_rules() {
        return decide::fallback(book, book.dialect(), FallbackReason::NoRules);
    }
    let mut answer = answer.clone();
    let events = &mut answer.template.call_event_passthru_url;
    *events = events.as_ref().and_then(words::without_secrets);
    let settled = Settled {
        answer: Arc::new(answer),
        offer: played.offer.clone(),
        planned_at: at,
        facts: Facts::default(),
    };
    decide::decision(book.dialect(), settled)
}

fn answer(reply: &Reply, last: bool) -> AnswerStep {
    match reply {
        Reply::Status(status) => AnswerStep {
            status: *status,
            body: None,
            last: true,
        },
        Reply::Answer(json) => AnswerStep {
            status: 200,
            body: serde_json::from_str(json).ok(),
            last,
        },
    }
}

fn call_step(question: &Question) -> CallStep {
    CallStep {
        from: question.caller,
        to: question.dialed,
        direction: question.direction.clone(),
        digits: question.digits.clone(),
        custom_field: question.custom_field.clone(),
        call_sid: question.call.clone(),
    }
}

fn rings(decision: &Decision, targets: &[TargetStep], snapshot: &Snapshot) -> Vec<RingsStep> {
    let of_target = |target: &TargetStep, place: usize| match target.queue {
        Some(_) => target.agents.iter().any(|agent| agent.rings == Some(place)),
        None => target.used,
    };
    let destinations = decision.destinations.iter();
    let step = |(place, offered): (usize, &Offered)| RingsStep {
        agent: offered.agent.clone(),
        name: offered.agent.as_ref().and_then(|id| snapshot.name_of(id)),
        contact_uri: offered.uri.clone(),
        target: (1..)
            .zip(targets)
            .find(|(_, target)| of_target(target, place))
            .map(|(number, _)| number),
    };
    (1..).zip(destinations).map(step).collect()
}

/// What was assumed, where the question did not say it or could not know it.
fn notes(
    question: &Question,
    snapshot: &Snapshot,
    played: &Played,
    times: &Times<'_>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let apart = question
        .at
        .since(snapshot.at())
        .max(snapshot.at().since(question.at));
    if apart.as_secs() >= 60 {
        notes.push(format!(
            "Opening hours are as of {}; who is there and free is as of {}.",
            times.day_and_time(question.at),
            times.day_and_time(snapshot.at())
        ));
    }
    if played.is_played_through {
        notes.push(
            "The attempts before were played through on the agents as they are now: whom they ring did not answer."
                .to_owned(),
        );
    }
    if played.made() < played.earlier.len() {
        notes.push("An answer that rings nobody is no attempt: the call may ask again.".to_owned());
    }
    if played.is_waiting_assumed {
        notes.push(
            "The call is taken to have waited as long as the phones of the attempts before rang in vain."
                .to_owned(),
        );
    }
    if played.has_drawn {
        notes.push("A queue is drawn at random: another call may draw other agents.".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests;
