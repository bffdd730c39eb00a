//! What was heard of a call, beside the answer that it is about.

use std::collections::BTreeSet;

use super::became::{Phones, Whose};
use super::document::{AttemptTold, Became, EventTold, RingTold};
use super::is_fallback;
use crate::routing::log::LogEntry;
use crate::routing::log::entry::{
    ClickEntry, DecisionEntry, LegEntry, ReplayEntry, ReportEntry, RingEntry,
};

/// An answer, and what was heard of it.
#[derive(Debug)]
pub(super) struct Answered<'a> {
    pub(super) decision: &'a DecisionEntry,
    /// Can it be meant by what names nobody? The fallback is not, where an answer before it rang somebody: the store knows
    /// nothing of it, and what is told may be about that one still.
    takes_unnamed: bool,
    heard: Vec<&'a ReportEntry>,
    /// Reports of other answers with legs of this one.
    beside: Vec<&'a ReportEntry>,
    /// The answer behind it, which may say how this one's dial ended.
    next: Option<&'a DecisionEntry>,
    again: Vec<&'a ReplayEntry>,
}

/// The answers with what was heard of each, and what happened before the first.
pub(super) fn by_answer(entries: &[LogEntry]) -> (Vec<Answered<'_>>, Vec<EventTold>) {
    let (mut answers, mut before): (Vec<Answered<'_>>, _) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            LogEntry::Decision(decision) => {
                if let Some(last) = answers.last_mut() {
                    last.next = Some(decision);
                }
                let has_rung = |answer: &Answered<'_>| !answer.decision.rings.is_empty();
                answers.push(Answered {
                    decision,
                    takes_unnamed: !is_fallback(decision) || !answers.iter().any(has_rung),
                    heard: Vec::new(),
                    beside: Vec::new(),
                    next: None,
                    again: Vec::new(),
                });
            }
            LogEntry::Report(report) => match place_of(&answers, report) {
                Some(place) => note(&mut answers, place, report),
                None => before.push(report_event(report, 0, &[])),
            },
            LogEntry::Replay(replay) => match answers.last_mut() {
                Some(answer) => answer.again.push(replay),
                None => before.push(again_event(replay)),
            },
            LogEntry::Click(click) => before.push(click_event(click)),
            LogEntry::Unknown => {}
        }
    }
    (answers, before)
}

/// The place of the answer that a report is about. Reports are late: it is the one to the attempt that the store says, else
/// the last answer that names the phone, else the last one.
fn place_of(answers: &[Answered<'_>], report: &ReportEntry) -> Option<usize> {
    if let Some(place) = report
        .attempt
        .and_then(|attempt| of_attempt(answers, attempt))
    {
        return Some(place);
    }
    let legs = report.legs.iter().map(Whose::of_leg);
    let legs: Vec<_> = legs.filter(Whose::is_named).collect();
    let named = |whose: &[Whose<'_>]| {
        let has = |ring: &RingEntry| {
            let mut whose = whose.iter();
            whose.any(|whose| whose.can_be(ring.agent.as_deref(), &ring.contact_uri))
        };
        answers
            .iter()
            .rposition(|answer| answer.decision.rings.iter().any(has))
    };
    let own = Whose::of_report(report);
    let place = if own.is_named() { named(&[own]) } else { None };
    let place = place.or_else(|| named(&legs));
    place.or_else(|| answers.len().checked_sub(1))
}

/// Where the last answer to that attempt stands. One with nobody has the number of the next.
fn of_attempt(answers: &[Answered<'_>], attempt: u8) -> Option<usize> {
    let is_it = |answer: &Answered<'_>| {
        answer.decision.attempt == attempt && !answer.decision.rings.is_empty()
    };
    answers.iter().rposition(is_it)
}

/// Notes the report with its answer, and with those of other attempts that its legs tell of.
fn note<'a>(answers: &mut [Answered<'a>], place: usize, report: &'a ReportEntry) {
    let attempts = report.legs.iter().filter_map(|leg| leg.attempt);
    let others = attempts.filter_map(|attempt| of_attempt(answers, attempt));
    let others: BTreeSet<_> = others.filter(|other| *other != place).collect();
    for other in others {
        if let Some(answer) = answers.get_mut(other) {
            answer.beside.push(report);
        }
    }
    if let Some(answer) = answers.get_mut(place) {
        answer.heard.push(report);
    }
}

impl Answered<'_> {
    /// What was heard, in order.
    pub(super) fn events(&self, rings: &[RingTold]) -> Vec<EventTold> {
        let attempt = self.decision.attempt;
        let heard = self.heard.iter();
        let heard = heard.map(|report| report_event(report, attempt, rings));
        let mut events: Vec<_> = heard.collect();
        events.extend(self.again.iter().map(|replay| again_event(replay)));
        events.extend(self.told_event(rings));
        // RFC 3339 with one offset: what is later is greater.
        events.sort_by(|one, other| one.at.cmp(&other.at));
        events
    }

    fn told_event(&self, rings: &[RingTold]) -> Option<EventTold> {
        let next = self.next?;
        let told = next.told.as_ref()?;
        Some(EventTold {
            at: next.at.clone(),
            event: "told".to_owned(),
            who: label(Whose::of_number(told.who.as_deref()), rings),
            outcome: Some(told.outcome.clone()),
            words: format!(
                "the next fetch said how the dial had ended: {}",
                plain(&told.outcome)
            ),
        })
    }

    /// What became of each phone, and how long was talked.
    pub(super) fn became(&self) -> Vec<(Became, Option<u64>)> {
        let mut phones = Phones::of(self.decision, self.takes_unnamed);
        self.heard.iter().for_each(|report| phones.hear(report));
        self.beside
            .iter()
            .for_each(|report| phones.legs(&report.legs));
        // A fetch that says once more what the one before it said tells nothing of the answer between.
        let own = self.decision.told.as_ref();
        let told = self.next.and_then(|next| next.told.as_ref());
        if let Some(told) = told.filter(|told| !is_fallback(self.decision) || own != Some(*told)) {
            phones.be_told(told);
        }
        phones.settled()
    }
}

/// An outcome as people say it.
fn plain(outcome: &str) -> &str {
    match outcome {
        "no_answer" => "no answer",
        "declined" => "busy or declined",
        "unknown" | "" => "it was not said how",
        other => other,
    }
}

/// Whose phone: the agent's name where it is known or only one phone of the answer looks like that, else the number.
fn label(whose: Whose<'_>, rings: &[RingTold]) -> Option<String> {
    let can_be = |ring: &&RingTold| whose.can_be(ring.agent.as_deref(), &ring.contact_uri);
    let mut meant = rings.iter().filter(can_be);
    let one = match (meant.next(), meant.next()) {
        (Some(ring), None) => Some(ring.label()),
        (Some(_), Some(_)) | (None, _) => None,
    };
    let one = one.filter(|_| whose.is_named());
    one.or(whose.agent).or(whose.who).map(str::to_owned)
}

impl RingTold {
    /// The agent's name or id, or the number.
    pub(super) fn label(&self) -> &str {
        let named = self.name.as_deref().or(self.agent.as_deref());
        named.unwrap_or(&self.contact_uri)
    }
}

impl AttemptTold {
    /// The agents of all targets who are told of.
    pub(super) fn has_agents(&self) -> bool {
        self.targets.iter().any(|target| !target.agents.is_empty())
    }
}

/// Beside the answer to that attempt.
fn report_event(report: &ReportEntry, attempt: u8, rings: &[RingTold]) -> EventTold {
    let who = label(Whose::of_report(report), rings);
    let whose = who.as_deref().unwrap_or("a phone");
    let outcome = plain(report.outcome.as_deref().unwrap_or_default());
    let talked = |seconds: Option<u64>| {
        seconds.map_or_else(String::new, |seconds| {
            format!(", after {seconds}s of talking")
        })
    };
    let words = match report.event.as_str() {
        "dial" => format!("{whose} was dialled"),
        "ringing" => format!("{whose} rang"),
        "answered" => format!("{whose} answered"),
        "terminal" => format!("{whose}: over ({outcome}){}", talked(report.talked_s)),
        "end" => {
            let legs = report.legs.iter().map(|leg| {
                let who = leg_label(leg, attempt, rings);
                let outcome = plain(&leg.outcome);
                format!("; {who}: {outcome}{}", talked(leg.talked_s))
            });
            format!("the dial was over ({outcome}){}", legs.collect::<String>())
        }
        "callback" => format!("Exotel said of the call: {outcome}"),
        _ => "a report that says nothing of a phone".to_owned(),
    };
    EventTold {
        at: report.at.clone(),
        event: report.event.clone(),
        outcome: report.outcome.clone(),
        words,
        who,
    }
}

/// Whose leg, with the attempt if it is another than that.
fn leg_label(leg: &LegEntry, attempt: u8, rings: &[RingTold]) -> String {
    match leg.attempt.filter(|own| *own != attempt) {
        Some(other) => {
            let who = label(Whose::of_leg(leg), &[]);
            format!("{} in attempt {other}", who.as_deref().unwrap_or("a phone"))
        }
        None => label(Whose::of_leg(leg), rings).unwrap_or_else(|| "a phone".to_owned()),
    }
}

fn again_event(replay: &ReplayEntry) -> EventTold {
    EventTold {
        at: replay.at.clone(),
        event: "replay".to_owned(),
        who: None,
        outcome: Some(replay.outcome.clone()),
        words: "an equal fetch got the same answer again".to_owned(),
    }
}

fn click_event(click: &ClickEntry) -> EventTold {
    let agent = click.agent.as_deref().or(click.queue.as_deref());
    let (to, agent) = (&click.to, agent.unwrap_or("somebody"));
    let words = match &click.why {
        None => format!("a call to {to} was started for {agent}"),
        Some(why) => format!("a call to {to} for {agent} was not started: {why}"),
    };
    EventTold {
        at: click.at.clone(),
        event: "click".to_owned(),
        who: click.agent.clone(),
        outcome: Some(click.outcome.clone()),
        words,
    }
}
