//! What was heard of a call, beside the answer that it is about.

use super::document::{AttemptTold, Became, EventTold, RingTold};
use crate::routing::log::LogEntry;
use crate::routing::log::entry::{
    ClickEntry, DecisionEntry, LegEntry, ReplayEntry, ReportEntry, RingEntry,
};

/// An answer, and what was heard of it.
#[derive(Debug)]
pub(super) struct Answered<'a> {
    pub(super) decision: &'a DecisionEntry,
    heard: Vec<&'a ReportEntry>,
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
                answers.push(Answered {
                    decision,
                    heard: Vec::new(),
                    next: None,
                    again: Vec::new(),
                });
            }
            LogEntry::Report(report) => match answer_of(&mut answers, report) {
                Some(answer) => answer.heard.push(report),
                None => before.push(report_event(report, &[])),
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

/// Reports are late: the last answer that names the phone, else the last one.
fn answer_of<'list, 'a>(
    answers: &'list mut [Answered<'a>],
    report: &ReportEntry,
) -> Option<&'list mut Answered<'a>> {
    let named = |answer: &Answered<'_>| {
        let mut rings = answer.decision.rings.iter();
        rings.any(|ring| is_about(report, ring))
    };
    let place = answers.iter().rposition(named);
    answers.get_mut(place.unwrap_or(answers.len().saturating_sub(1)))
}

fn is_about(report: &ReportEntry, ring: &RingEntry) -> bool {
    let legs = report.legs.iter().map(|leg| &leg.who);
    let mut named = legs.chain([&report.who]).flatten();
    named.any(|who| *who == ring.contact_uri)
}

impl Answered<'_> {
    /// What was heard, in order.
    pub(super) fn events(&self, rings: &[RingTold]) -> Vec<EventTold> {
        let heard = self.heard.iter().map(|report| report_event(report, rings));
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
            who: told.who.as_deref().map(|who| label(who, rings)),
            outcome: Some(told.outcome.clone()),
            words: format!(
                "the next fetch said how the dial had ended: {}",
                plain(&told.outcome)
            ),
        })
    }

    /// What became of each phone, and how long was talked.
    pub(super) fn became(&self) -> Vec<(Became, Option<u64>)> {
        let mut all = vec![(Became::Unknown, None); self.decision.rings.len()];
        for report in &self.heard {
            for leg in &report.legs {
                self.say(&mut all, leg.who.as_deref(), outcome(leg), leg.talked_s);
            }
            let became = event(report);
            if report.event == "end" {
                self.over(&mut all, became);
            }
            if report.legs.is_empty() {
                self.say(&mut all, report.who.as_deref(), became, report.talked_s);
            }
        }
        if let Some(told) = self.next.and_then(|next| next.told.as_ref()) {
            let became = word(&told.outcome);
            self.over(&mut all, became);
            self.say(&mut all, told.who.as_deref(), became, None);
        }
        all
    }

    /// Of one phone, if it is clear which.
    fn say(
        &self,
        all: &mut [(Became, Option<u64>)],
        who: Option<&str>,
        became: Became,
        talked: Option<u64>,
    ) {
        let is_it = |ring: &RingEntry| who.is_none_or(|who| who == ring.contact_uri);
        let mut meant = all
            .iter_mut()
            .zip(&self.decision.rings)
            .filter(|(_, ring)| is_it(ring));
        if let (Some((known, _)), None) = (meant.next(), meant.next()) {
            *known = (known.0.max(became), known.1.or(talked));
        }
    }

    /// A dial that is over without an answer is so for all phones.
    fn over(&self, all: &mut [(Became, Option<u64>)], became: Became) {
        if became != Became::Answered && self.decision.rings.len() > 1 {
            for (known, _) in all {
                *known = (*known).max(Became::Ended);
            }
        }
    }
}

fn outcome(leg: &LegEntry) -> Became {
    word(&leg.outcome)
}

fn event(report: &ReportEntry) -> Became {
    match report.event.as_str() {
        "dial" => Became::Dialled,
        "ringing" => Became::Rang,
        "answered" => Became::Answered,
        "terminal" | "end" => word(report.outcome.as_deref().unwrap_or_default()),
        _ => Became::Unknown,
    }
}

/// Of a leg or a dial that is over.
fn word(outcome: &str) -> Became {
    match outcome {
        "answered" => Became::Answered,
        "no_answer" => Became::NoAnswer,
        "declined" => Became::Declined,
        "failed" => Became::Failed,
        "cancelled" => Became::Cancelled,
        _ => Became::Ended,
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

/// Whose phone: the agent's name, if only one phone of the answer looks like that.
fn label(who: &str, rings: &[RingTold]) -> String {
    let mut meant = rings.iter().filter(|ring| ring.contact_uri == who);
    match (meant.next(), meant.next()) {
        (Some(ring), None) => ring.label().to_owned(),
        (Some(_), Some(_)) | (None, _) => who.to_owned(),
    }
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

fn report_event(report: &ReportEntry, rings: &[RingTold]) -> EventTold {
    let who = report.who.as_deref().map(|who| label(who, rings));
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
                let who = leg.who.as_deref().unwrap_or("a phone");
                let (who, outcome) = (label(who, rings), plain(&leg.outcome));
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
