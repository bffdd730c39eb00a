//! What became of each phone of an answer, from everything that was heard of it.
//!
//! Reports say whose ring they are about where the store knew it; only of those that do not, the number has to tell, which is
//! masked, so that two may look alike. What can be meant of several phones is said of none of them, but that one of them
//! answered.

use super::document::Became;
use crate::routing::log::entry::{DecisionEntry, LegEntry, ReportEntry, RingEntry, ToldEntry};

/// Whose ring something is said of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose<'a> {
    /// The number, masked.
    pub(super) who: Option<&'a str>,
    pub(super) agent: Option<&'a str>,
    /// In which attempt; the agent is known too then, unless it is a fixed number.
    pub(super) attempt: Option<u8>,
}

impl<'a> Whose<'a> {
    pub(super) fn of_report(report: &'a ReportEntry) -> Self {
        Self {
            who: report.who.as_deref(),
            agent: report.agent.as_deref(),
            attempt: report.attempt,
        }
    }

    pub(super) fn of_leg(leg: &'a LegEntry) -> Self {
        Self {
            who: leg.who.as_deref(),
            agent: leg.agent.as_deref(),
            attempt: leg.attempt,
        }
    }

    /// By the number alone.
    pub(super) fn of_number(who: Option<&'a str>) -> Self {
        Self {
            who,
            agent: None,
            attempt: None,
        }
    }

    /// Does it say whose at all?
    pub(super) fn is_named(&self) -> bool {
        self.who.is_some() || self.agent.is_some()
    }

    /// Can it be this phone of this agent, in the attempt that it is about?
    pub(super) fn can_be(&self, agent: Option<&str>, number: &str) -> bool {
        match (self.agent, self.who) {
            (Some(own), _) => agent == Some(own),
            (None, Some(who)) => who == number && (self.attempt.is_none() || agent.is_none()),
            (None, None) => true,
        }
    }
}

/// The phones of an answer.
#[derive(Debug)]
pub(super) struct Phones<'a> {
    decision: &'a DecisionEntry,
    /// May what names nobody be about them?
    takes_unnamed: bool,
    became: Vec<(Became, Option<u64>)>,
}

impl<'a> Phones<'a> {
    pub(super) fn of(decision: &'a DecisionEntry, takes_unnamed: bool) -> Self {
        Self {
            decision,
            takes_unnamed,
            became: vec![(Became::Unknown, None); decision.rings.len()],
        }
    }

    /// A report of this answer.
    pub(super) fn hear(&mut self, report: &ReportEntry) {
        self.legs(&report.legs);
        let (whose, became) = (Whose::of_report(report), event(report));
        if report.event == "end" {
            self.over(whose, became, !report.legs.is_empty());
        }
        // Legs say it each for itself; but who took the call, the dial says.
        if report.legs.is_empty() || became == Became::Answered {
            self.say(whose, became, report.talked_s);
        }
    }

    /// What the next fetch says of the dial.
    pub(super) fn be_told(&mut self, told: &ToldEntry) {
        self.legs(&told.legs);
        let (whose, became) = (Whose::of_number(told.who.as_deref()), word(&told.outcome));
        self.over(whose, became, !told.legs.is_empty());
        if told.legs.is_empty() || became == Became::Answered {
            self.say(whose, became, None);
        }
    }

    /// The legs of a dial, in the order in which they were tried.
    pub(super) fn legs(&mut self, legs: &[LegEntry]) {
        let mut rest = legs;
        while let Some((leg, behind)) = rest.split_first() {
            rest = behind;
            let whose = Whose::of_leg(leg);
            // Where it is not known in which attempt a phone rang, it rang last in this one.
            let recurs = |other: &LegEntry| other.attempt.is_none() && other.who == leg.who;
            let is_earlier = whose.attempt.is_none() && behind.iter().any(recurs);
            if whose.is_named() && !is_earlier {
                self.say(whose, word(&leg.outcome), leg.talked_s);
            }
        }
    }

    /// Of one phone, if it is clear which.
    fn say(&mut self, whose: Whose<'_>, became: Became, talked: Option<u64>) {
        let places = self.meant(whose);
        let is_clear = places.len() == 1;
        for place in places {
            let Some(known) = self.became.get_mut(place) else {
                continue;
            };
            if is_clear {
                *known = (known.0.max(became), known.1.or(talked));
            } else if became == Became::Answered {
                known.0 = known.0.max(Became::MaybeAnswered);
            }
        }
    }

    /// The places of those who can be meant.
    fn meant(&self, whose: Whose<'_>) -> Vec<usize> {
        let is_other = whose
            .attempt
            .is_some_and(|attempt| attempt != self.decision.attempt);
        if is_other || !(whose.is_named() || self.takes_unnamed) {
            return Vec::new();
        }
        let rings = || self.decision.rings.iter().enumerate();
        let can_be = |ring: &RingEntry| whose.can_be(ring.agent.as_deref(), &ring.contact_uri);
        let places = |is_it: &dyn Fn(&RingEntry) -> bool| {
            let found = rings().filter(|(_, ring)| is_it(ring));
            found.map(|(place, _)| place).collect::<Vec<_>>()
        };
        // An agent may have been offered at two numbers.
        let exactly =
            |ring: &RingEntry| can_be(ring) && whose.who.is_none_or(|who| who == ring.contact_uri);
        match places(&exactly) {
            exact if exact.is_empty() => places(&can_be),
            exact => exact,
        }
    }

    /// A dial that is over without an answer is so for all phones. Without legs its word is that of all, as the store takes it,
    /// where it can be: not one of several was busy because one was.
    fn over(&mut self, whose: Whose<'_>, became: Became, has_legs: bool) {
        let is_of_all = became == Became::Cancelled || (became == Became::NoAnswer && !has_legs);
        let is_alone = self.became.len() == 1;
        let is_meant = whose.is_named() || self.takes_unnamed;
        if became == Became::Answered || is_alone || !is_meant {
            return;
        }
        let least = if is_of_all { became } else { Became::Ended };
        for (known, _) in &mut self.became {
            *known = (*known).max(least);
        }
    }

    /// What became of each, and how long was talked.
    pub(super) fn settled(mut self) -> Vec<(Became, Option<u64>)> {
        let is_answered = |(became, _): &(Became, Option<u64>)| *became == Became::Answered;
        if self.became.iter().any(is_answered) {
            for (became, _) in &mut self.became {
                if *became < Became::NoAnswer {
                    *became = Became::AnsweredElsewhere;
                }
            }
        }
        self.became
    }
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
