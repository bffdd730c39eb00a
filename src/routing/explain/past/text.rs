//! What is told of a call, on one page: the sentences first, then what they rest on.

use std::fmt::{self, Formatter};

use super::document::{AttemptTold, Became, PastExplanation, RingTold, TargetTold};
use crate::routing::explain::document::AgentStep;
use crate::routing::explain::{summary, words};

/// The most agents of a target that are written out.
const MOST_LINES: usize = 40;

/// Of so many agents who were not rung it is seen at a glance why; more are counted.
const MOST_AT_A_GLANCE: usize = 5;

impl fmt::Display for PastExplanation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n\n{}", self.summary, self.head())?;
        for event in &self.before {
            write!(formatter, "\n{}  {}", time(&event.at), event.words)?;
        }
        for attempt in &self.attempts {
            write!(formatter, "\n\n{attempt}")?;
        }
        Ok(())
    }
}

impl PastExplanation {
    fn head(&self) -> String {
        let or = |text: &str, other: &str| {
            if text.is_empty() {
                other.to_owned()
            } else {
                text.to_owned()
            }
        };
        let (from, to) = (
            or(&self.caller, "a hidden number"),
            or(&self.dialed, "a number that is not known"),
        );
        let first = self.attempts.first().map(|first| first.at.as_str());
        let day = first.map_or_else(String::new, |at| format!("{}, ", day(at)));
        let mut lines = vec![
            format!("Call      {from} called {to}, CallSid {}", self.call),
            format!("When      {day}{}", self.time_zone),
        ];
        if let Some(version) = self.only_version() {
            lines.push(format!(
                "Rules     version {version}, account {}",
                self.account
            ));
        }
        lines.extend(self.notes.iter().map(|note| format!("Note      {note}")));
        lines.join("\n")
    }
}

impl PastExplanation {
    /// The version of the rules, if all answers came from one.
    fn only_version(&self) -> Option<&str> {
        let mut versions = self
            .attempts
            .iter()
            .map(|told| told.rules_version.as_deref());
        let first = versions.next()??;
        versions
            .all(|version| version == Some(first))
            .then_some(first)
    }
}

impl fmt::Display for AttemptTold {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let number = match (self.number, self.rings.is_empty()) {
            (0, _) => "no attempt".to_owned(),
            (number, false) => format!("attempt {number}"),
            (number, true) => format!("for attempt {number}"),
        };
        write!(formatter, "{}  {number}: {}", time(&self.at), self.sentence)?;
        self.rule_lines(formatter)?;
        for (number, target) in (1..).zip(&self.targets) {
            target_lines(formatter, number, target)?;
        }
        for ring in &self.rings {
            write!(formatter, "\n  rang {}", ring_words(ring))?;
        }
        for event in &self.events {
            write!(formatter, "\n    {}  {}", time(&event.at), event.words)?;
        }
        Ok(())
    }
}

impl AttemptTold {
    fn rule_lines(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let skipped = self.rules_asked.saturating_sub(self.rules.len());
        if skipped > 0 {
            let skipped = words::counted(skipped, "rule");
            write!(formatter, "\n  {skipped} before did not take it")?;
        }
        for step in &self.rules {
            let (rule, why) = (&step.rule, &step.why);
            let verb = if step.condition.is_none() && Some(rule) == self.rule.as_ref() {
                "takes it"
            } else {
                "no"
            };
            write!(formatter, "\n  rule {rule}: {verb}: {why}")?;
        }
        if let Some(split) = &self.split {
            let (side, sides, share) = (split.side, split.sides, split.share);
            write!(
                formatter,
                "\n  it is split: side {side} of {sides}, which takes {share} of 100 calls"
            )?;
        }
        if let Some(version) = self.rules_version.as_ref().filter(|_| !self.rules_in_force) {
            write!(
                formatter,
                "\n  by version {version} of the rules, which is no longer in force"
            )?;
        }
        Ok(())
    }
}

fn target_lines(formatter: &mut Formatter<'_>, number: usize, target: &TargetTold) -> fmt::Result {
    let what = match (&target.queue, target.strategy) {
        (Some(queue), Some(strategy)) => format!("queue {queue}, {}", summary::order(strategy)),
        (Some(queue), None) => format!("queue {queue}"),
        (None, _) => format!("numbers {}", target.numbers.join(", ")),
    };
    write!(formatter, "\n  {number}. {what}: {}", target.why)?;
    if let Some(counts) = &target.passed_over
        && counts.values().sum::<usize>() > MOST_AT_A_GLANCE
    {
        write!(formatter, " (not rung: {})", summary::counted(counts))?;
    }
    let shown = target.agents.iter().take(MOST_LINES);
    let label = |step: &AgentStep| summary::named(&step.name, step.id.as_str());
    let lengths = shown.clone().map(|step| label(step).chars().count());
    let width = lengths.max().unwrap_or(0);
    for step in shown {
        let verdict = match step.rings {
            Some(place) => format!("rang {}", words::nth(place)),
            None => "no".to_owned(),
        };
        let (label, why) = (label(step), &step.why);
        write!(formatter, "\n     {label:width$}  {verdict:8}  {why}")?;
    }
    let rest = target.agents.iter().skip(MOST_LINES);
    if rest.len() > 0 {
        let count = rest.len();
        let tally = summary::tally(rest.map(|step| step.reason));
        write!(formatter, "\n     and {count} more: {tally}")?;
    }
    Ok(())
}

fn ring_words(ring: &RingTold) -> String {
    let became = match ring.became {
        Became::Unknown => "nothing was heard",
        Became::Dialled => "dialled, and no more was heard",
        Became::Rang => "rang, and no more was heard",
        Became::Ended => "over, it was not said how",
        Became::MaybeAnswered => "this phone or another one answered, it was not said which",
        Became::AnsweredElsewhere => "another phone was answered",
        Became::Cancelled => "the caller hung up",
        Became::NoAnswer => "no answer",
        Became::Declined => "busy or declined",
        Became::Failed => "could not be reached",
        Became::Answered => "answered",
    };
    let talked = ring
        .talked_s
        .map(|seconds| format!(", talked for {seconds}s"));
    let (label, uri) = (ring.label(), &ring.contact_uri);
    let at = if label == uri {
        String::new()
    } else {
        format!(" at {uri}")
    };
    format!("{label}{at}: {became}{}", talked.unwrap_or_default())
}

/// `11:00:05` of `2026-11-23T11:00:05.000+05:30`.
fn time(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

/// `2026-11-23` of it.
fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}
