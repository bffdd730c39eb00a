//! Finding the first rule that takes a call, without asking every rule.
//!
//! Each rule stands in one kind of bucket, by the most telling thing that it names: the dialed number, else
//! the caller, else the digits, else in the bucket of all calls. A call looks into the few buckets that fit it, and each
//! bucket keeps the order of the file, so the cost follows the rules that could take the call, not the rules there are.

use std::collections::HashMap;

use super::callers::{CallerIndex, CallerSets};
use super::rule::{Rule, When};
use crate::telephony::PhoneNumber;

/// What a rule can ask of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallFacts<'a> {
    /// The number that was called.
    pub dialed: Option<PhoneNumber>,
    /// Who calls. `None` for a hidden number or one that can't be read.
    pub caller: Option<PhoneNumber>,
    /// What the caller keyed, without quotes.
    pub digits: Option<&'a str>,
    /// Exotel's word for the direction.
    pub direction: Option<&'a str>,
    /// The text given to a call begun by the API.
    pub custom_field: Option<&'a str>,
}

/// The position of a rule in the file.
type Position = u32;

/// Where to look for the rules that could take a call.
#[derive(Debug, Default)]
pub(super) struct RuleIndex {
    by_dialed: HashMap<PhoneNumber, Vec<Position>>,
    by_caller: HashMap<u32, Vec<Position>>,
    by_digits: HashMap<Box<str>, Vec<Position>>,
    of_all_calls: Vec<Position>,
    /// The caller sets that each rule names, by position.
    caller_sets: Vec<Vec<u32>>,
    callers: CallerIndex,
}

impl RuleIndex {
    /// Sorts the rules into buckets. `callers` are the named lists of the file.
    pub(super) fn new(rules: &[Rule], callers: &CallerSets) -> Self {
        let mut sets = callers.clone();
        let caller_sets: Vec<_> = rules
            .iter()
            .map(|rule| sets.of_conditions(&rule.when.caller))
            .collect();
        let mut index = Self {
            callers: CallerIndex::new(&sets),
            ..Self::default()
        };
        for ((position, rule), sets) in (0..).zip(rules).zip(&caller_sets) {
            index.insert(position, &rule.when, sets);
        }
        index.caller_sets = caller_sets;
        index
    }

    fn insert(&mut self, position: Position, when: &When, caller_sets: &[u32]) {
        if !when.dialed.is_empty() {
            for number in &when.dialed {
                self.by_dialed.entry(*number).or_default().push(position);
            }
        } else if !caller_sets.is_empty() {
            for set in caller_sets {
                self.by_caller.entry(*set).or_default().push(position);
            }
        } else if !when.digits.is_empty() {
            for digits in &when.digits {
                self.by_digits
                    .entry(digits.clone())
                    .or_default()
                    .push(position);
            }
        } else {
            self.of_all_calls.push(position);
        }
    }

    /// The first rule that takes the call.
    pub(super) fn find<'rules>(
        &self,
        rules: &'rules [Rule],
        call: &CallFacts<'_>,
    ) -> Option<&'rules Rule> {
        let of_caller = call
            .caller
            .map(|caller| self.callers.sets_of(caller))
            .unwrap_or_default();
        let mut search = Search {
            index: self,
            rules,
            call,
            of_caller: &of_caller,
            first: None,
        };
        search.bucket(call.dialed.and_then(|dialed| self.by_dialed.get(&dialed)));
        for set in &of_caller {
            search.bucket(self.by_caller.get(set));
        }
        search.bucket(call.digits.and_then(|digits| self.by_digits.get(digits)));
        search.bucket(Some(&self.of_all_calls));
        search.first.map(|(_, rule)| rule)
    }
}

/// One call's way through the buckets: the earliest rule found so far bounds the search in the next bucket.
struct Search<'index, 'rules, 'call> {
    index: &'index RuleIndex,
    rules: &'rules [Rule],
    call: &'call CallFacts<'call>,
    of_caller: &'call [u32],
    first: Option<(Position, &'rules Rule)>,
}

impl Search<'_, '_, '_> {
    fn bucket(&mut self, positions: Option<&Vec<Position>>) {
        for position in positions.into_iter().flatten().copied() {
            if self.first.is_some_and(|(first, _)| first <= position) {
                return;
            }
            if let Some(rule) = self.rule_if_it_holds(position) {
                self.first = Some((position, rule));
                return;
            }
        }
    }
}

impl<'rules> Search<'_, 'rules, '_> {
    fn rule_if_it_holds(&self, position: Position) -> Option<&'rules Rule> {
        let position = usize::try_from(position).ok()?;
        let rule = self.rules.get(position)?;
        let caller_sets = self.index.caller_sets.get(position)?;
        let holds = holds(&rule.when, self.call)
            && (caller_sets.is_empty()
                || caller_sets.iter().any(|set| self.of_caller.contains(set)));
        holds.then_some(rule)
    }
}

/// Whether everything but the caller holds.
fn holds(when: &When, call: &CallFacts<'_>) -> bool {
    (when.dialed.is_empty()
        || call
            .dialed
            .is_some_and(|dialed| when.dialed.contains(&dialed)))
        && is_one_of(&when.digits, call.digits)
        && is_one_of(&when.direction, call.direction)
        && is_one_of(&when.custom_field, call.custom_field)
}

fn is_one_of(texts: &[Box<str>], text: Option<&str>) -> bool {
    texts.is_empty() || text.is_some_and(|text| texts.iter().any(|one| **one == *text))
}

#[cfg(test)]
mod tests;
