//! What came of comparing, for people: how much would change, then what, in columns.

use std::fmt::{self, Formatter};

use super::Report;
use crate::routing::replay::{Comparison, Verdict};

/// Longer cells do not widen their column.
const WIDEST: usize = 28;

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n", self.sentence())?;
        let totals = &self.totals;
        for (count, what) in [
            (totals.same, "the same phones by the same rule"),
            (totals.other_rule, "the same phones by another rule"),
            (totals.changed, "other phones, or none, or some for none"),
            (
                totals.not_comparable,
                "not comparable: behind an answer that is another, or may be",
            ),
            (totals.untold, "cannot be told: the reason stands with each"),
        ] {
            writeln!(formatter, "  {count:>7}  {what}")?;
        }
        for note in &self.notes {
            writeln!(formatter, "\nNote: {note}")?;
        }
        self.table(formatter)
    }
}

impl Report {
    fn sentence(&self) -> String {
        let (calls, answers) = (self.calls, self.totals.answers);
        let (since, until) = (&self.since, &self.until);
        let end = if self.complete {
            String::new()
        } else {
            "; it was stopped before the end".to_owned()
        };
        let changed = self.totals.changed;
        let untold = match self
            .totals
            .not_comparable
            .saturating_add(self.totals.untold)
        {
            0 => String::new(),
            count => format!("; of {count} it cannot be told"),
        };
        format!(
            "Of {answers} answers to {calls} calls that began from {since} to {until}, {changed} would ring other phones{untold}{end}."
        )
    }

    fn table(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 6]> = self.answers.iter().map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let heading = ["call", "when", "attempt", "rule", "rings", "why"].map(str::to_owned);
        let all = || [&heading].into_iter().chain(&rows);
        let widths: Vec<usize> = (0..heading.len())
            .map(|column| {
                let cells = all().filter_map(|row| row.get(column));
                let lengths = cells.map(|cell| cell.chars().count());
                lengths
                    .filter(|length| *length <= WIDEST)
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in all() {
            let cells = row.iter().zip(&widths);
            let line: Vec<_> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            write!(formatter, "\n{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn row(answer: &Comparison) -> [String; 6] {
    let rule = |rule: Option<&str>| rule.unwrap_or("none").to_owned();
    let rings = |rings: &[String]| {
        if rings.is_empty() {
            "nobody".to_owned()
        } else {
            rings.join(", ")
        }
    };
    let (rule_then, rings_then) = (rule(answer.rule_then.as_deref()), rings(&answer.rings_then));
    let is_compared = matches!(answer.verdict, Verdict::Changed | Verdict::OtherRule);
    let change = |then: String, now: String| {
        if is_compared && then != now {
            format!("{then} → {now}")
        } else {
            then
        }
    };
    [
        answer.call.clone(),
        answer.at.get(..19).unwrap_or(&answer.at).replace('T', " "),
        answer.attempt.to_string(),
        change(rule_then, rule(answer.rule_now.as_deref())),
        change(rings_then, rings(&answer.rings_now)),
        answer.why.clone(),
    ]
}
