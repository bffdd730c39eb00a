//! Finding the first rule that takes a call, without asking every rule.
//!
//! Each rule stands in one kind of bucket, by the most telling thing that it wants: the dialed number, else
//! the caller, else the digits, else in the bucket of all calls. A call looks into the few buckets that fit it, and each
//! bucket keeps the order of the file, so the cost follows the rules that could take the call, not the rules there are.
//! What is left to ask of a rule in a bucket is kept as numbers side by side: a busy office's bucket is read from end to end.

use std::collections::HashMap;

use self::conditions::{Conditions, KnownFacts, Remaining};
use self::open_hours::HoursIndex;
use super::book::Contents;
use super::callers::{CallerIndex, CallerSets};
use super::rule::{Condition, When};
use crate::clock::Timestamp;
use crate::telephony::{CallSid, PhoneNumber};

mod conditions;
mod open_hours;
mod split;
mod unmet;

pub use split::RuleMatch;
pub use unmet::Unmet;

/// What a rule can ask of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallFacts<'a> {
    /// Exotel's name of the call: it decides the side of a split. Without one a call falls on the first side.
    pub call_sid: Option<&'a CallSid>,
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

/// A rule in a bucket.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Its position in the file.
    position: u32,
    /// What must hold besides what the bucket stands for.
    remaining: Remaining,
}

/// Where to look for the rules that could take a call.
#[derive(Debug)]
pub(super) struct RuleIndex {
    by_dialed: HashMap<PhoneNumber, Vec<Candidate>>,
    by_caller: HashMap<u32, Vec<Candidate>>,
    /// By the number of the text that was keyed.
    by_digits: HashMap<u32, Vec<Candidate>>,
    of_all_calls: Vec<Candidate>,
    conditions: Conditions,
    callers: CallerIndex,
    hours: HoursIndex,
}

impl RuleIndex {
    /// Sorts the rules into buckets.
    pub(super) fn new(contents: &Contents) -> Self {
        let mut sets = CallerSets::new(&contents.callers);
        let mut index = Self {
            by_dialed: HashMap::new(),
            by_caller: HashMap::new(),
            by_digits: HashMap::new(),
            of_all_calls: Vec::new(),
            conditions: Conditions::default(),
            callers: CallerIndex::default(),
            hours: HoursIndex::new(contents),
        };
        for (position, rule) in (0..).zip(&contents.rules) {
            let caller_sets = sets.of_conditions(rule.when.caller.named());
            let hours = index.hours.numbers_of(rule.when.hours.named());
            let remaining = index.conditions.add(&rule.when, &caller_sets, &hours);
            let candidate = Candidate {
                position,
                remaining,
            };
            index.insert(candidate, &rule.when, &caller_sets);
        }
        index.callers = CallerIndex::new(&sets);
        index
    }

    fn insert(&mut self, candidate: Candidate, when: &When, caller_sets: &[u32]) {
        if let Condition::AnyOf(dialed) = &when.dialed {
            for number in dialed {
                self.by_dialed.entry(*number).or_default().push(candidate);
            }
        } else if let Condition::AnyOf(_) = &when.caller {
            for set in caller_sets {
                self.by_caller.entry(*set).or_default().push(candidate);
            }
        } else if let Condition::AnyOf(digits) = &when.digits {
            for digits in digits {
                let digits = self.conditions.number(digits);
                self.by_digits.entry(digits).or_default().push(candidate);
            }
        } else {
            self.of_all_calls.push(candidate);
        }
    }

    /// The position of the first rule that takes the call.
    pub(super) fn find(&self, call: &CallFacts<'_>, now: Timestamp) -> Option<usize> {
        let caller_sets = call.caller.map(|caller| self.callers.sets_of(caller, now));
        let caller_sets = caller_sets.as_deref().unwrap_or_default();
        let known = self.conditions.known(call, caller_sets, self.hours.at(now));
        let mut first = None;
        let mut look_into = |bucket: Option<&Vec<Candidate>>| {
            first = self.first_of(bucket.map_or(&[], Vec::as_slice), &known, first);
        };
        look_into(call.dialed.and_then(|dialed| self.by_dialed.get(&dialed)));
        for set in caller_sets {
            look_into(self.by_caller.get(set));
        }
        look_into(known.digits.and_then(|digits| self.by_digits.get(&digits)));
        look_into(Some(&self.of_all_calls));
        usize::try_from(first?).ok()
    }

    /// The earlier of `first` and the first rule of the bucket that takes the call.
    fn first_of(
        &self,
        bucket: &[Candidate],
        known: &KnownFacts<'_>,
        first: Option<u32>,
    ) -> Option<u32> {
        bucket
            .iter()
            .take_while(|candidate| first.is_none_or(|first| candidate.position < first))
            .find(|candidate| self.conditions.hold(candidate.remaining, known))
            .map(|candidate| candidate.position)
            .or(first)
    }
}

#[cfg(test)]
mod tests;
