//! The conditions of rules as numbers: every text that rules name gets one, so that a call's own texts are looked up
//! once and each rule then compares numbers.

use std::collections::HashMap;

use super::CallFacts;
use super::open_hours::OpenHours;
use crate::rules::rule::{Condition, When};
use crate::telephony::PhoneNumber;

/// One condition on numbers.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Anything,
    One(u32),
    NotOne(u32),
    AnyOf(Stretch),
    NoneOf(Stretch),
}

/// A stretch of [`Conditions::lists`].
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: u32,
    end: u32,
}

/// What a rule asks besides what its bucket stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remaining {
    /// A wanted number is what the bucket stands for.
    not_dialed: Asked,
    caller: Asked,
    digits: Asked,
    direction: Asked,
    custom_field: Asked,
    hours: Asked,
}

/// The call's facts as numbers; a text that no rule names has none.
#[derive(Debug)]
pub(super) struct KnownFacts<'a> {
    dialed: Option<u32>,
    pub(super) caller_sets: &'a [u32],
    pub(super) digits: Option<u32>,
    direction: Option<u32>,
    custom_field: Option<u32>,
    hours: OpenHours<'a>,
}

/// The texts that rules name, and the lists that conditions point into.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    texts: HashMap<Box<str>, u32>,
    /// The numbers that rules do not want to be dialed.
    not_dialed: HashMap<PhoneNumber, u32>,
    lists: Vec<u32>,
}

impl Conditions {
    /// Takes in what a rule asks. Its lists of callers and its hours come as numbers.
    pub(super) fn add(&mut self, when: &When, caller_sets: &[u32], hours: &[u32]) -> Remaining {
        Remaining {
            not_dialed: self.not_dialed(&when.dialed),
            caller: self.asked(&when.caller, caller_sets),
            digits: self.asked_of_text(&when.digits),
            direction: self.asked_of_text(&when.direction),
            custom_field: self.asked_of_text(&when.custom_field),
            hours: self.asked(&when.hours, hours),
        }
    }

    fn not_dialed(&mut self, dialed: &Condition<PhoneNumber>) -> Asked {
        let Condition::NoneOf(unwanted) = dialed else {
            return Asked::Anything;
        };
        let mut number = |dialed: &PhoneNumber| {
            let next = count(self.not_dialed.len());
            *self.not_dialed.entry(*dialed).or_insert(next)
        };
        let numbers: Vec<_> = unwanted.iter().map(&mut number).collect();
        self.asked(dialed, &numbers)
    }

    fn asked_of_text(&mut self, condition: &Condition<Box<str>>) -> Asked {
        let numbers = self.numbers(condition.named());
        self.asked(condition, &numbers)
    }

    /// The condition on the numbers of what it names.
    fn asked<T>(&mut self, condition: &Condition<T>, numbers: &[u32]) -> Asked {
        match (condition, numbers) {
            (Condition::Anything, _) => Asked::Anything,
            (Condition::AnyOf(_), [one]) => Asked::One(*one),
            (Condition::NoneOf(_), [one]) => Asked::NotOne(*one),
            (Condition::AnyOf(_), list) => Asked::AnyOf(self.add_list(list)),
            (Condition::NoneOf(_), list) => Asked::NoneOf(self.add_list(list)),
        }
    }

    fn add_list(&mut self, list: &[u32]) -> Stretch {
        let start = count(self.lists.len());
        self.lists.extend_from_slice(list);
        Stretch {
            start,
            end: count(self.lists.len()),
        }
    }

    /// The numbers of texts.
    pub(super) fn numbers(&mut self, texts: &[Box<str>]) -> Vec<u32> {
        texts.iter().map(|text| self.number(text)).collect()
    }

    /// The number of a text, a new one if no rule named it before.
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        let number = count(self.texts.len());
        self.texts.insert(text.into(), number);
        number
    }

    /// Looks up a call's own texts.
    pub(super) fn known<'a>(
        &self,
        call: &CallFacts<'_>,
        caller_sets: &'a [u32],
        hours: OpenHours<'a>,
    ) -> KnownFacts<'a> {
        let number = |text: Option<&str>| text.and_then(|text| self.texts.get(text)).copied();
        KnownFacts {
            dialed: call
                .dialed
                .filter(|_| !self.not_dialed.is_empty())
                .and_then(|dialed| self.not_dialed.get(&dialed))
                .copied(),
            caller_sets,
            digits: number(call.digits),
            direction: number(call.direction),
            custom_field: number(call.custom_field),
            hours,
        }
    }

    /// Whether a rule's conditions hold.
    #[inline]
    pub(super) fn hold(&self, remaining: &Remaining, known: &KnownFacts<'_>) -> bool {
        self.holds(remaining.caller, |set| known.caller_sets.contains(&set))
            && self.holds(remaining.digits, |text| known.digits == Some(text))
            && self.holds(remaining.direction, |text| known.direction == Some(text))
            && self.holds(remaining.custom_field, |text| {
                known.custom_field == Some(text)
            })
            && self.holds(remaining.not_dialed, |dialed| known.dialed == Some(dialed))
            && self.holds(remaining.hours, |hours| known.hours.contain(hours))
    }

    #[inline]
    fn holds(&self, asked: Asked, is_so: impl Fn(u32) -> bool) -> bool {
        match asked {
            Asked::Anything => true,
            Asked::One(number) => is_so(number),
            Asked::NotOne(number) => !is_so(number),
            Asked::AnyOf(stretch) => self.any(stretch, is_so),
            Asked::NoneOf(stretch) => !self.any(stretch, is_so),
        }
    }

    #[inline]
    fn any(&self, Stretch { start, end }: Stretch, is_so: impl Fn(u32) -> bool) -> bool {
        let range = usize::try_from(start)
            .ok()
            .zip(usize::try_from(end).ok())
            .map(|(start, end)| start..end);
        let list = range.and_then(|range| self.lists.get(range));
        list.into_iter().flatten().any(|number| is_so(*number))
    }
}

/// A file of a few MiB has far fewer texts than `u32` counts.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
