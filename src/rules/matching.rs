//! Finding the first rule that takes a call, without asking every rule.
//!
//! Rules are sorted twice: by the dialed number that they want, and for each number, and for all rules that want none, into
//! buckets by the most telling thing that they want besides: the caller, else the digits, else nothing. A call looks into the few
//! buckets that fit it, and each bucket keeps the order of the file, so the cost follows the rules that could take the call, not the
//! rules there are. What is left to ask of a rule in a bucket is kept as numbers side by side.

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

/// The rules that want one dialed number, or those that want none, in buckets.
#[derive(Debug, Default)]
struct Buckets {
    by_caller: HashMap<u32, Vec<Candidate>>,
    /// By the number of the text that was keyed.
    by_digits: HashMap<u32, Vec<Candidate>>,
    others: Vec<Candidate>,
}

/// What a rule wants besides the dialed number; the first that it wants is where it stands.
#[derive(Clone, Copy, Debug)]
struct Wanted<'rule> {
    caller_sets: Option<&'rule [u32]>,
    digits: Option<&'rule [u32]>,
}

impl Buckets {
    fn insert(&mut self, candidate: Candidate, wanted: Wanted<'_>) {
        let (buckets, keys) = match wanted {
            Wanted {
                caller_sets: Some(sets),
                ..
            } => (&mut self.by_caller, sets),
            Wanted {
                digits: Some(digits),
                ..
            } => (&mut self.by_digits, digits),
            Wanted {
                caller_sets: None,
                digits: None,
            } => return self.others.push(candidate),
        };
        for key in keys {
            buckets.entry(*key).or_default().push(candidate);
        }
    }

    /// The buckets that fit a call.
    fn fitting<'a>(&'a self, known: &'a KnownFacts<'_>) -> impl Iterator<Item = &'a [Candidate]> {
        let of_caller = known
            .caller_sets
            .iter()
            .filter_map(|set| self.by_caller.get(set));
        let of_digits = known.digits.and_then(|digits| self.by_digits.get(&digits));
        of_caller
            .chain(of_digits)
            .chain([&self.others])
            .map(Vec::as_slice)
    }
}

/// Where to look for the rules that could take a call.
#[derive(Debug)]
pub(super) struct RuleIndex {
    by_dialed: HashMap<PhoneNumber, Buckets>,
    of_any_dialed: Buckets,
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
            of_any_dialed: Buckets::default(),
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
        let digits = match &when.digits {
            Condition::AnyOf(digits) => Some(self.conditions.numbers(digits)),
            Condition::Anything | Condition::NoneOf(_) => None,
        };
        let wanted = Wanted {
            caller_sets: matches!(when.caller, Condition::AnyOf(_)).then_some(caller_sets),
            digits: digits.as_deref(),
        };
        if let Condition::AnyOf(dialed) = &when.dialed {
            for number in dialed {
                let of_number = self.by_dialed.entry(*number).or_default();
                of_number.insert(candidate, wanted);
            }
        } else {
            self.of_any_dialed.insert(candidate, wanted);
        }
    }

    /// The position of the first rule that takes the call.
    pub(super) fn find(&self, call: &CallFacts<'_>, now: Timestamp) -> Option<usize> {
        let caller_sets = call.caller.map(|caller| self.callers.sets_of(caller, now));
        let caller_sets = caller_sets.as_deref().unwrap_or_default();
        let known = self.conditions.known(call, caller_sets, self.hours.at(now));
        let of_dialed = call.dialed.and_then(|dialed| self.by_dialed.get(&dialed));
        let first = of_dialed
            .into_iter()
            .chain([&self.of_any_dialed])
            .flat_map(|buckets| buckets.fitting(&known))
            .fold(None, |first, bucket| self.first_of(bucket, &known, first));
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
            .find(|candidate| self.conditions.hold(&candidate.remaining, known))
            .map(|candidate| candidate.position)
            .or(first)
    }
}

#[cfg(test)]
mod tests;
