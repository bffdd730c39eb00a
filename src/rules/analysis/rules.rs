//! Rules that never take a call.

use std::collections::HashMap;

use super::budget::Budget;
use super::coverage::takes_all;
use super::subject::{Subject, rule_span};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::rule::{Condition, Rule, When};
use crate::rules::tree::Node;
use crate::telephony::PhoneNumber;

/// Reports every rule all of whose calls an earlier one takes.
pub(super) fn unreachable(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut earlier = EarlierRules::default();
    let budget = Budget::new();
    for (rule, node) in subject.sound_rules() {
        match earlier.taker(rule, subject, &budget) {
            Some((taker, place)) => {
                let line = report.line(place.span.start);
                let message = format!(
                    "rule \"{}\" never takes a call: \"{}\" in line {line} takes all of them before it",
                    rule.name, taker.name
                );
                let help =
                    "the first rule that holds decides: put the narrower one first".to_owned();
                report.add_with_help(rule_span(node), Code::UnreachableRule, message, help);
            }
            // A rule that takes nothing takes nothing away from later ones.
            None => earlier.insert(rule, node),
        }
    }
}

type Placed<'a> = (&'a Rule, &'a Node);

/// The rules so far, by the most telling thing that they ask, so that few of them are compared with a later one.
#[derive(Default)]
struct EarlierRules<'a> {
    by_dialed: HashMap<PhoneNumber, Vec<Placed<'a>>>,
    by_digits: HashMap<&'a str, Vec<Placed<'a>>>,
    others: Vec<Placed<'a>>,
}

impl<'a> EarlierRules<'a> {
    fn insert(&mut self, rule: &'a Rule, node: &'a Node) {
        let When { dialed, digits, .. } = &rule.when;
        if let Condition::AnyOf(numbers) = dialed {
            for number in numbers {
                self.by_dialed
                    .entry(*number)
                    .or_default()
                    .push((rule, node));
            }
        } else if let Condition::AnyOf(texts) = digits {
            for text in texts {
                self.by_digits.entry(text).or_default().push((rule, node));
            }
        } else {
            self.others.push((rule, node));
        }
    }

    /// The first of them that takes every call of this rule. What asks for dialed numbers can only be one that
    /// asks for the rule's first number too.
    fn taker(&self, rule: &Rule, subject: &Subject<'_>, budget: &Budget) -> Option<Placed<'a>> {
        let When { dialed, digits, .. } = &rule.when;
        let same_dialed = first(dialed).and_then(|number| self.by_dialed.get(number));
        let same_digits = first(digits).and_then(|text| self.by_digits.get(&**text));
        let mut first = None;
        for bucket in [same_dialed, same_digits, Some(&self.others)]
            .into_iter()
            .flatten()
        {
            if !budget.spend(bucket.len()) {
                break;
            }
            let takes_all = |(earlier, _): &&Placed<'a>| {
                takes_all(&earlier.when, &rule.when, &subject.lists, budget)
            };
            first = first
                .into_iter()
                .chain(bucket.iter().find(takes_all).copied())
                .min_by_key(|(_, node): &Placed<'a>| node.span.start);
        }
        first
    }
}

fn first<T>(condition: &Condition<T>) -> Option<&T> {
    match condition {
        Condition::AnyOf(wanted) => wanted.first(),
        Condition::Anything | Condition::NoneOf(_) => None,
    }
}
