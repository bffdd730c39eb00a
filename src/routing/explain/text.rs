//! The explanation for people: the sentence first, then what it rests on, in columns.

use std::fmt::{self, Formatter, Write as _};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::document::{AgentStep, Explanation, Reason, RuleStep, TargetStep};
use super::{summary, words};
use crate::telephony::PhoneNumber;

/// The most agents of a target, and rules, that are written out.
const MOST_LINES: usize = 40;
/// From so many rules on, those for other numbers are only counted.
const MANY_RULES: usize = 12;
/// Labels that are longer do not widen their column.
const WIDEST: usize = 32;

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n", self.summary)?;
        self.head(formatter)?;
        self.rule_lines(formatter)?;
        self.earlier_lines(formatter)?;
        self.sticky_line(formatter)?;
        self.target_lines(formatter)?;
        self.answer_lines(formatter)
    }
}

impl Explanation {
    fn head(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let version = self
            .rules_version
            .as_deref()
            .map_or_else(|| "none".to_owned(), |version| format!("version {version}"));
        writeln!(formatter, "Call      {}", self.call_words())?;
        writeln!(formatter, "When      {}, {}", self.moment, self.time_zone)?;
        writeln!(formatter, "Attempt   {}", self.attempt_words())?;
        writeln!(formatter, "Rules     {version}, account {}", self.account)?;
        for note in &self.notes {
            writeln!(formatter, "Note      {note}")?;
        }
        Ok(())
    }

    fn call_words(&self) -> String {
        let call = &self.call;
        let or = |number: Option<PhoneNumber>, other: &str| {
            number.map_or_else(|| other.to_owned(), |number| number.to_string())
        };
        let (from, to) = (
            or(call.from, "a hidden number"),
            or(call.to, "a number that is not known"),
        );
        let mut said = format!("{from} calls {to}");
        let more = [
            (", direction ", &call.direction, ""),
            (", keyed \"", &call.digits, "\""),
            (", custom field \"", &call.custom_field, "\""),
        ];
        for (before, value, after) in more {
            if let Some(value) = value {
                said.push_str(before);
                said.push_str(value);
                said.push_str(after);
            }
        }
        if let Some(sid) = &call.call_sid {
            said.push_str(", CallSid ");
            said.push_str(sid.as_str());
        }
        said
    }

    fn attempt_words(&self) -> String {
        let attempt = &self.attempt;
        let nth = words::ordinal(usize::from(attempt.number));
        if self.rule.is_none() {
            return format!("the {nth}");
        }
        let (most, waiting) = (attempt.most, &attempt.waiting);
        let of = if attempt.number > most {
            format!(", though the rule answers a call {}", words::times(most))
        } else {
            format!(" of {most} at most")
        };
        format!("the {nth}{of}, after {waiting} of waiting")
    }

    fn rule_lines(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.rules.is_empty() && self.rules_left == 0 {
            return Ok(());
        }
        writeln!(formatter, "\nThe rules, in order")?;
        let is_counted =
            |rule: &RuleStep| self.rules.len() > MANY_RULES && rule.condition == Some("dialed");
        let shown: Vec<_> = self.rules.iter().filter(|rule| !is_counted(rule)).collect();
        let counted = self.rules.len().saturating_sub(shown.len());
        if counted > 0 {
            let counted = words::counted(counted, "rule");
            writeln!(formatter, "  {counted} for other numbers")?;
        }
        // The last ones lead to the one that takes the call.
        let skipped = shown.len().saturating_sub(MOST_LINES);
        if skipped > 0 {
            writeln!(
                formatter,
                "  {} do not take it",
                words::counted(skipped, "more rule")
            )?;
        }
        let shown: Vec<_> = shown.into_iter().skip(skipped).collect();
        let width = width(shown.iter().map(|rule| &*rule.name));
        for rule in shown {
            let verdict = if rule.takes { "takes it" } else { "no" };
            let (name, why) = (&rule.name, &rule.why);
            writeln!(formatter, "  {name:width$}  {verdict:8}  {why}")?;
        }
        if let Some(split) = &self.split {
            let (side, sides, why) = (split.side, split.sides, &split.why);
            writeln!(formatter, "  it is split: side {side} of {sides}; {why}")?;
        }
        match self.rules_left {
            0 => Ok(()),
            1 => writeln!(formatter, "  1 rule behind it was not asked"),
            left => writeln!(formatter, "  {left} rules behind it were not asked"),
        }
    }

    fn earlier_lines(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.attempt.earlier.is_empty() {
            return Ok(());
        }
        writeln!(formatter, "\nThe attempts before")?;
        for earlier in &self.attempt.earlier {
            let nth = words::ordinal(usize::from(earlier.number));
            let rang = if earlier.rings.is_empty() {
                "rang nobody".to_owned()
            } else {
                format!("rang {}", earlier.rings.join(", "))
            };
            let waited = &earlier.waiting;
            writeln!(formatter, "  the {nth}, after {waited}, {rang}")?;
        }
        Ok(())
    }

    fn sticky_line(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.sticky {
            Some(sticky) => writeln!(formatter, "\nThe last call\n  {}", sticky.why),
            None => Ok(()),
        }
    }

    fn target_lines(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.targets.is_empty() {
            return Ok(());
        }
        let ring = &self.ring;
        let together = match ring.at_once {
            1 => String::new(),
            together => format!(", {together} at a time"),
        };
        let (most, lasting) = (ring.agents, &ring.lasting);
        writeln!(
            formatter,
            "\nWhom to ring: {most} at most{together}, {lasting} each"
        )?;
        for (number, target) in (1..).zip(&self.targets) {
            target_line(formatter, number, target)?;
        }
        Ok(())
    }

    fn answer_lines(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Some(body) = &self.answer.body else {
            let status = self.answer.status;
            return write!(
                formatter,
                "\nExotel gets the status {status}, without a body"
            );
        };
        writeln!(formatter, "\nExotel gets")?;
        write!(formatter, "{}", laid_out(body))
    }
}

fn target_line(formatter: &mut Formatter<'_>, number: usize, target: &TargetStep) -> fmt::Result {
    let what = match (&target.queue, target.strategy) {
        (Some(queue), Some(strategy)) => format!("queue {queue}, {}", summary::order(strategy)),
        (Some(queue), None) => format!("queue {queue}"),
        (None, _) => {
            let numbers: Vec<_> = target.numbers.iter().map(ToString::to_string).collect();
            format!("numbers {}", numbers.join(", "))
        }
    };
    writeln!(formatter, "  {number}. {what}: {}", target.why)?;
    let shown = target.agents.iter().take(MOST_LINES);
    let width = width(shown.clone().map(agent_label));
    for agent in shown {
        let label = agent_label(agent);
        let (verdict, why) = (verdict(agent), &agent.why);
        writeln!(formatter, "     {label:width$}  {verdict:9}  {why}")?;
    }
    let rest = target.agents.iter().skip(MOST_LINES);
    if rest.len() > 0 {
        let count = rest.len();
        let tally = summary::tally(rest.map(|agent| agent.reason));
        writeln!(formatter, "     and {count} more: {tally}")?;
    }
    Ok(())
}

fn verdict(agent: &AgentStep) -> String {
    match (agent.rings, agent.reason) {
        (Some(place), _) => format!("rings {}", words::nth(place)),
        (None, Reason::ChosenElsewhere) => "already".to_owned(),
        (None, _) => "no".to_owned(),
    }
}

fn agent_label(agent: &AgentStep) -> String {
    summary::named(&agent.name, agent.id.as_str())
}

/// The width of a column with these labels.
fn width(labels: impl Iterator<Item = impl AsRef<str>>) -> usize {
    let lengths = labels.map(|label| label.as_ref().chars().count());
    lengths
        .filter(|length| *length <= WIDEST)
        .max()
        .unwrap_or(0)
}

/// The fields of a JSON object, in its own order, a line for each; what nests in them stays on the line.
fn laid_out(body: &RawValue) -> String {
    let Ok(fields) = serde_json::from_str::<Ordered>(body.get()) else {
        return body.get().to_owned();
    };
    let mut text = "  {".to_owned();
    for (index, (name, value)) in fields.0.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _infallible: fmt::Result = write!(text, "{comma}\n    \"{name}\": {}", value.get());
    }
    text.push_str("\n  }");
    text
}

/// A JSON object whose fields keep their order.
struct Ordered(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Ordered;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Ordered(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
