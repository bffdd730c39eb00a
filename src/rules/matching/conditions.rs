//! The conditions of rules as numbers: every text that rules name gets one, so that a call's own texts are looked up
//! once and each rule then compares numbers.

use std::collections::HashMap;

use super::CallFacts;
use crate::rules::rule::When;

/// One condition: nothing was asked, or any of these numbers.
#[derive(Clone, Copy, Debug)]
enum AnyOf {
    Anything,
    One(u32),
    /// A stretch of [`Conditions::lists`].
    List {
        start: u32,
        end: u32,
    },
}

/// What a rule asks besides the dialed number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remaining {
    caller: AnyOf,
    digits: AnyOf,
    direction: AnyOf,
    custom_field: AnyOf,
}

/// The call's facts as numbers; a text that no rule names has none.
#[derive(Debug)]
pub(super) struct KnownFacts<'a> {
    caller_sets: &'a [u32],
    pub(super) digits: Option<u32>,
    direction: Option<u32>,
    custom_field: Option<u32>,
}

/// The texts that rules name, and the lists that conditions point into.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    texts: HashMap<Box<str>, u32>,
    lists: Vec<u32>,
}

impl Conditions {
    /// Takes in what a rule asks.
    pub(super) fn add(&mut self, when: &When, caller_sets: &[u32]) -> Remaining {
        Remaining {
            caller: self.any_of(caller_sets),
            digits: self.any_text_of(&when.digits),
            direction: self.any_text_of(&when.direction),
            custom_field: self.any_text_of(&when.custom_field),
        }
    }

    fn any_text_of(&mut self, texts: &[Box<str>]) -> AnyOf {
        let numbers: Vec<_> = texts.iter().map(|text| self.number(text)).collect();
        self.any_of(&numbers)
    }

    fn any_of(&mut self, numbers: &[u32]) -> AnyOf {
        match numbers {
            [] => AnyOf::Anything,
            [one] => AnyOf::One(*one),
            list => {
                let start = count(self.lists.len());
                self.lists.extend_from_slice(list);
                AnyOf::List {
                    start,
                    end: count(self.lists.len()),
                }
            }
        }
    }

    /// The number of a text, a new one if no rule named it before.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        let number = count(self.texts.len());
        self.texts.insert(text.into(), number);
        number
    }

    fn list(&self, start: u32, end: u32) -> Option<&[u32]> {
        self.lists
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// Looks up a call's own texts.
    pub(super) fn known<'a>(&self, call: &CallFacts<'_>, caller_sets: &'a [u32]) -> KnownFacts<'a> {
        let number = |text: Option<&str>| text.and_then(|text| self.texts.get(text)).copied();
        KnownFacts {
            caller_sets,
            digits: number(call.digits),
            direction: number(call.direction),
            custom_field: number(call.custom_field),
        }
    }

    /// Whether a rule's conditions hold.
    pub(super) fn hold(&self, remaining: Remaining, known: &KnownFacts<'_>) -> bool {
        self.holds(remaining.caller, |set| known.caller_sets.contains(&set))
            && self.holds(remaining.digits, |text| known.digits == Some(text))
            && self.holds(remaining.direction, |text| known.direction == Some(text))
            && self.holds(remaining.custom_field, |text| {
                known.custom_field == Some(text)
            })
    }

    fn holds(&self, any_of: AnyOf, is_so: impl Fn(u32) -> bool) -> bool {
        match any_of {
            AnyOf::Anything => true,
            AnyOf::One(number) => is_so(number),
            AnyOf::List { start, end } => self
                .list(start, end)
                .into_iter()
                .flatten()
                .any(|number| is_so(*number)),
        }
    }
}

/// A file of a few MiB has far fewer texts than `u32` counts.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
