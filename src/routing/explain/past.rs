//! A call that is over, explained from what was written down of it. Nothing is decided again: whom it rang, by which rule and
//! through which targets is what the log says. Why the others were not rung comes from the agents as they were, in the words
//! in which a call to come is explained.
//!
//! Who belongs to a queue is known by the queue of that name in the rules in force; where those of then were others, that is
//! said. Of whom it is not known what they were, that is said too.
//!
//! Reading order: [`document`], `events` (what was heard, beside its answer), `became` (what that
//! says of each phone), `queues` (agents as they were), `sentence`, `whole`, `text`.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{self, Times};
use crate::clock::Timestamp;
use crate::presence::Past;
use crate::routing::book::RoutingBook;
use crate::routing::log::LogEntry;
use crate::routing::log::entry::{DecisionEntry, RingEntry};
use crate::telephony::{AccountName, AgentId, CallSid};

mod became;
pub mod document;
mod events;
mod fate;
mod passed_over;
mod queues;
mod sentence;
mod text;
mod whole;

pub use document::PastExplanation;
use document::{AttemptTold, RingTold};
use events::Answered;
pub use passed_over::passed_over;
use queues::Scene;

/// A call, and everything that was written down of it.
#[derive(Clone, Debug)]
pub struct PastCall {
    /// The tenant.
    pub account: AccountName,
    /// The call.
    pub call: CallSid,
    /// In the order in which it happened.
    pub entries: Vec<LogEntry>,
    /// How many entries cannot be read.
    pub unreadable: usize,
    /// How many more there were, that are not kept any more.
    pub gone: u64,
}

impl PastCall {
    /// From the first to the last answer; `None` without any.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let moments = self.entries.iter().filter_map(|entry| match entry {
            LogEntry::Decision(decision) => moment(&decision.at),
            LogEntry::Replay(_) | LogEntry::Click(_) | LogEntry::Report(_) | LogEntry::Unknown => {
                None
            }
        });
        let moments: Vec<_> = moments.collect();
        Some((*moments.iter().min()?, *moments.iter().max()?))
    }
}

/// When it was, if that can be read.
pub(in crate::routing) fn moment(at: &str) -> Option<Timestamp> {
    at.parse::<jiff::Timestamp>().ok().map(Timestamp::from)
}

/// Explains each answer of a call. `past` has the agents in the call's [`PastCall::span`].
pub fn explain_past(book: &RoutingBook, call: &PastCall, past: Option<&Past>) -> PastExplanation {
    let (answers, before) = events::by_answer(&call.entries);
    let mut tried = BTreeMap::new();
    let mut attempts = Vec::new();
    for answer in &answers {
        attempts.push(attempt(book, call, past, answer, &tried));
        note_tried(&mut tried, answer.decision);
    }
    let latest = answers.last().map(|answer| answer.decision);
    let text = |field: fn(&DecisionEntry) -> &String| latest.map(field).cloned();
    let now = latest.and_then(|latest| moment(&latest.at));
    let times = Times::new(book.time_zone(), now.unwrap_or(Timestamp::from_millis(0)));
    PastExplanation {
        summary: whole::of_call(&attempts, &before),
        account: call.account.to_string(),
        call: call.call.to_string(),
        caller: text(|entry| &entry.caller).unwrap_or_default(),
        dialed: text(|entry| &entry.dialed).unwrap_or_default(),
        time_zone: times.zone_name(),
        notes: notes(book, call, past, &attempts),
        attempts,
        before,
    }
}

/// Was it answered without a decision?
fn is_fallback(decision: &DecisionEntry) -> bool {
    decision.outcome.starts_with("fallback-")
}

/// Whom this answer rang counts as tried from the next one on.
fn note_tried(tried: &mut BTreeMap<AgentId, Vec<u8>>, decision: &DecisionEntry) {
    let agents = decision.rings.iter().filter_map(|ring| ring.agent.as_ref());
    for id in agents.filter_map(|id| AgentId::parse(id).ok()) {
        tried.entry(id).or_default().push(decision.attempt);
    }
}

fn attempt(
    book: &RoutingBook,
    call: &PastCall,
    past: Option<&Past>,
    answer: &Answered<'_>,
    tried: &BTreeMap<AgentId, Vec<u8>>,
) -> AttemptTold {
    let at = moment(&answer.decision.at).unwrap_or(Timestamp::from_millis(0));
    let snapshot = past.and_then(|past| past.before(at, &call.call));
    let standings = snapshot
        .as_ref()
        .map(|snapshot| snapshot.standings(book.view(at)));
    told(
        answer,
        &Scene {
            book,
            decision: answer.decision,
            call: &call.call,
            at,
            past,
            snapshot: snapshot.as_ref(),
            standings: standings.unwrap_or_default(),
            tried,
            held_back: &BTreeSet::new(),
            times: Times::new(book.time_zone(), at),
        },
    )
}

fn told(answer: &Answered<'_>, scene: &Scene<'_>) -> AttemptTold {
    let decision = answer.decision;
    let rings = rings(scene, answer);
    let waited = decision.waited_ms.map(std::time::Duration::from_millis);
    let mut told = AttemptTold {
        number: decision.attempt,
        at: decision.at.clone(),
        sentence: String::new(),
        outcome: decision.outcome.clone(),
        why: decision.why.clone(),
        waiting: waited.map(words::brief),
        last: decision.last,
        rule: decision.rule.clone(),
        rules_version: decision.rules_version.clone(),
        rules_in_force: scene.is_in_force(),
        rules: decision.path.clone(),
        rules_asked: decision.rules_asked,
        split: decision.split.clone(),
        sticky: decision.sticky,
        targets: scene.targets(),
        events: answer.events(&rings),
        rings,
        unknown: scene.unknown(),
    };
    told.sentence = sentence::of_attempt(&told, scene);
    told
}

fn rings(scene: &Scene<'_>, answer: &Answered<'_>) -> Vec<RingTold> {
    let name = |ring: &RingEntry| {
        let id = AgentId::parse(ring.agent.as_ref()?).ok()?;
        scene.snapshot?.name_of(&id)
    };
    let told = |(ring, (became, talked_s)): (&RingEntry, _)| RingTold {
        agent: ring.agent.clone(),
        name: name(ring),
        contact_uri: ring.contact_uri.clone(),
        queue: ring.queue.clone(),
        target: scene.target_of(ring),
        became,
        talked_s,
    };
    let rings = answer.decision.rings.iter();
    rings.zip(answer.became()).map(told).collect()
}

/// What is not known, or was assumed.
fn notes(
    book: &RoutingBook,
    call: &PastCall,
    past: Option<&Past>,
    attempts: &[AttemptTold],
) -> Vec<String> {
    let mut notes = Vec::new();
    if attempts.iter().any(|attempt| !attempt.rules_in_force) {
        notes.push("The rules have changed since. Path, targets and whom it rang are as they were; who belongs to a queue is told by today's queue of that name.".to_owned());
    }
    if attempts.iter().any(AttemptTold::has_agents) {
        notes.push("Names, groups and skills of agents are those of now.".to_owned());
    }
    let queues = attempts.iter().flat_map(|attempt| &attempt.targets);
    let gone: BTreeSet<_> = queues
        .filter_map(|target| target.queue.as_deref())
        .filter(|name| book.queue(name).is_none())
        .collect();
    for name in gone {
        notes.push(format!(
            "Today's rules have no queue {name}: who belonged to it is not known."
        ));
    }
    let is_lost = |attempt: &AttemptTold| {
        let at = moment(&attempt.at);
        let asked = attempt.targets.iter().any(|target| target.queue.is_some());
        asked && past.zip(at).is_none_or(|(past, at)| past.at(at).is_none())
    };
    if attempts.iter().any(is_lost) {
        notes.push("What agents were at that time is not kept, or not any more.".to_owned());
    }
    if call.gone > 0 {
        let (count, verb) = match call.gone {
            1 => ("One entry".to_owned(), "is"),
            count => (format!("{count} entries"), "are"),
        };
        notes.push(format!("{count} of this call {verb} not kept any more: of a call with very many, repeats go first, then reports."));
    }
    match call.unreadable {
        0 => {}
        1 => notes.push("One entry of the log cannot be read.".to_owned()),
        count => notes.push(format!("{count} entries of the log cannot be read.")),
    }
    notes
}
