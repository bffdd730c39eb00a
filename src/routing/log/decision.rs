//! The entry of a fetch that was answered.

use std::time::Duration;

use super::entry::{
    DecisionEntry, LogEntry, PathStep, ReplayEntry, RingEntry, Side, TargetEntry, ToldEntry,
    VERSION,
};
use super::told::FetchTold;
use super::{Numbers, fate, named, report, text};
use crate::clock::Timestamp;
use crate::exotel::Party;
use crate::presence::{Facts, LogPlace, NewEntry, OfferTarget, Offered, Whom, WhyNobody, Worth};
use crate::routing::decision::{Decision, Outcome, Part};
use crate::routing::explain::rule_path;
use crate::routing::plan::RulePlan;
use crate::rules::CallFacts;
use crate::telephony::{CallSid, without_numbers};

/// An account may have thousands of rules; so many of those that were asked are named.
const MOST_STEPS: usize = 40;

/// The entry, short for an answer that was given before.
pub(super) fn entry(told: &FetchTold, numbers: Numbers) -> NewEntry {
    let at = told.decision.background.settled_at.unwrap_or(told.now);
    let (entry, worth) = match told.decision.outcome {
        Outcome::Replayed => (LogEntry::Replay(replay(told, numbers, at)), Worth::Repeat),
        Outcome::Offered | Outcome::Nobody | Outcome::Fallback(_) => (
            LogEntry::Decision(Box::new(decision(told, numbers, at))),
            Worth::Decision,
        ),
    };
    NewEntry {
        place: LogPlace::Log,
        worth,
        call: told.request.call.clone(),
        at,
        customer: named(told.request.caller.phone(), numbers),
        text: text(&entry),
    }
}

fn replay(told: &FetchTold, numbers: Numbers, at: Timestamp) -> ReplayEntry {
    ReplayEntry {
        v: VERSION,
        at: told.book.local_time(at),
        call: name(told.request.call.as_ref()),
        caller: caller(&told.request.caller, numbers),
        rule: told.decision.rule.clone(),
        outcome: told.decision.outcome.code().to_owned(),
        attempt: told.decision.attempt,
        took_us: micros(told.took),
    }
}

fn decision(told: &FetchTold, numbers: Numbers, at: Timestamp) -> DecisionEntry {
    let (request, decision) = (&told.request, &told.decision);
    let said = said(told);
    let plain = DecisionEntry {
        v: VERSION,
        at: told.book.local_time(at),
        call: name(request.call.as_ref()),
        caller: caller(&request.caller, numbers),
        dialed: party(&request.dialed, numbers),
        direction: request.direction.as_deref().map(without_numbers),
        digits: without_numbers(&said.digits),
        custom_field: without_numbers(&said.custom_field),
        rule: decision.rule.clone(),
        rules_version: decision.version.clone(),
        rings: decision.destinations.iter().map(ring).collect(),
        sticky: decision.background.went_back,
        outcome: decision.outcome.code().to_owned(),
        why: why(decision).map(str::to_owned),
        attempt: decision.attempt,
        last: decision.background.last,
        waited_ms: decision.background.waited.map(millis),
        told: end_before(told),
        dialect: told.dialect.as_str().to_owned(),
        status: told.status,
        match_us: part(decision.timing.matching),
        store_us: part(decision.timing.store),
        took_us: micros(told.took),
        ..DecisionEntry::default()
    };
    with_path(told, &said, plain)
}

/// What the call's first fetch said, as far as it is known here.
fn said(told: &FetchTold) -> Facts {
    let own = Facts {
        digits: told.request.digits.clone().unwrap_or_default(),
        custom_field: told.request.custom_field.clone().unwrap_or_default(),
    };
    own.or(told.decision.background.facts.clone())
}

/// With the rules that were asked, and where somebody was looked for.
fn with_path(told: &FetchTold, said: &Facts, entry: DecisionEntry) -> DecisionEntry {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (digits, custom_field) = (given(&said.digits), given(&said.custom_field));
    let call = CallFacts {
        call_sid: told.request.call.as_ref(),
        dialed: told.request.dialed.phone(),
        caller: told.request.caller.phone(),
        digits: digits.as_deref(),
        direction: told.request.direction.as_deref(),
        custom_field: custom_field.as_deref(),
    };
    let background = &told.decision.background;
    let at = background.planned_at.unwrap_or(told.now);
    let planned = told.book.planned(&call, at);
    let path = rule_path(&told.book, &call, planned.found, at, MOST_STEPS);
    let targets = match background.planned_at {
        Some(_) => targets(told, planned.plan),
        None => Vec::new(),
    };
    let targets = if has_looked(&told.decision) {
        fate::with_fates(targets, &entry.rings, &background.looked)
    } else {
        targets
    };
    DecisionEntry {
        path: path
            .steps
            .into_iter()
            .map(|step| PathStep {
                rule: step.name,
                condition: step.condition.map(str::to_owned),
                why: without_numbers(&step.why),
            })
            .collect(),
        rules_asked: path.asked,
        split: path.split.map(|split| Side {
            side: split.side,
            sides: split.sides,
            share: split.share,
        }),
        targets,
        ..entry
    }
}

/// Was somebody looked for?
fn has_looked(decision: &Decision) -> bool {
    let is_made = matches!(decision.outcome, Outcome::Offered | Outcome::Nobody);
    is_made && decision.nobody != Some(WhyNobody::Attempts)
}

/// Where somebody was looked for. The queues of calls that we start have no part in it.
fn targets(told: &FetchTold, plan: &RulePlan) -> Vec<TargetEntry> {
    let background = &told.decision.background;
    let made = usize::from(told.decision.attempt.saturating_sub(1));
    let waited = background.waited.unwrap_or_default();
    let entry = |target: &OfferTarget| TargetEntry {
        queue: target.terms.as_ref().map(|terms| terms.name.clone()),
        numbers: match &target.whom {
            Whom::Numbers(numbers) => numbers
                .iter()
                .map(|number| number.masked().to_string())
                .collect(),
            Whom::Queue(_) | Whom::Agent(_) => Vec::new(),
        },
        open: target.opens.is_open(made, waited),
        ..TargetEntry::default()
    };
    plan.targets.iter().map(entry).collect()
}

fn ring(offered: &Offered) -> RingEntry {
    RingEntry {
        agent: offered.agent.as_ref().map(ToString::to_string),
        contact_uri: offered.uri.masked().to_string(),
        queue: offered.queue.clone(),
    }
}

/// Why nobody is rung, in the words of the metrics.
fn why(decision: &Decision) -> Option<&'static str> {
    if !decision.destinations.is_empty() {
        return None;
    }
    Some(match (decision.outcome, decision.nobody) {
        (Outcome::Fallback(_), _) => "fallback",
        (_, Some(WhyNobody::NoTargets)) => "rule",
        (_, Some(WhyNobody::Cap)) => "cap",
        (_, Some(WhyNobody::Waiting)) => "waiting",
        (_, Some(WhyNobody::Attempts)) => "attempts",
        (_, Some(WhyNobody::NobodyReady) | None) => "nobody_ready",
    })
}

fn end_before(told: &FetchTold) -> Option<ToldEntry> {
    let end = told.request.last_dial()?;
    Some(ToldEntry {
        outcome: end.outcome.as_str().to_owned(),
        who: end.who.as_ref().map(|who| who.masked().to_string()),
        // Whose they are is not asked: the store has enough to do with the fetch.
        legs: report::legs(&end, &[]),
    })
}

fn name(call: Option<&CallSid>) -> String {
    call.map(ToString::to_string).unwrap_or_default()
}

/// Who calls; nothing for a hidden number, whatever word stands in its place.
fn caller(caller: &Party, numbers: Numbers) -> String {
    if caller.is_hidden() {
        String::new()
    } else {
        party(caller, numbers)
    }
}

/// A party as it is written down: only a telephone number is ever in full.
fn party(party: &Party, numbers: Numbers) -> String {
    match party.phone() {
        Some(number) if numbers == Numbers::Full => number.to_string(),
        Some(_) | None => party.to_string(),
    }
}

fn part(part: Option<Part>) -> Option<u64> {
    part.map(|part| micros(part.took))
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
