//! What a rule asks of a call, in words that say why it holds or does not.

use std::fmt::Display;
use std::sync::Arc;

use super::words::{self, Times};
use crate::clock::Timestamp;
use crate::rules::{CallFacts, CallerCondition, Condition, RuleBook, Unmet, When};
use crate::telephony::PhoneNumber;

/// The most things that a sentence lists.
const MOST_NAMED: usize = 4;

/// A call at a moment, before the rules of a book.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) book: &'a RuleBook,
    pub(super) call: &'a CallFacts<'a>,
    pub(super) at: Timestamp,
    pub(super) times: &'a Times<'a>,
}

impl Asked<'_> {
    /// Why this condition does not hold.
    pub(super) fn unmet(&self, when: &When, unmet: Unmet) -> String {
        self.words(when, unmet, false).unwrap_or_default()
    }

    /// Everything that a rule asks and that holds; empty for a rule that asks nothing.
    pub(super) fn met(&self, when: &When) -> String {
        let met = Unmet::ALL.into_iter();
        let met: Vec<_> = met
            .filter_map(|condition| self.words(when, condition, true))
            .collect();
        met.join("; ")
    }

    /// One condition; `None` when the rule does not ask for it.
    fn words(&self, when: &When, condition: Unmet, holds: bool) -> Option<String> {
        match condition {
            Unmet::Dialed => fact("dialed", self.call.dialed, &when.dialed, holds, |one| {
                one.to_string()
            }),
            Unmet::Caller => self.caller(&when.caller, holds),
            Unmet::Digits => {
                let digits = self.call.digits.map(quoted);
                fact("digits", digits, &when.digits, holds, |one| quoted(one))
            }
            Unmet::Direction => {
                let direction = self.call.direction;
                fact("direction", direction, &when.direction, holds, |one| {
                    one.to_string()
                })
            }
            Unmet::CustomField => {
                let text = self.call.custom_field.map(quoted);
                fact("custom field", text, &when.custom_field, holds, |one| {
                    quoted(one)
                })
            }
            Unmet::Hours => self.hours(&when.hours, holds),
        }
    }

    fn caller(&self, condition: &Condition<CallerCondition>, holds: bool) -> Option<String> {
        let Some(caller) = self.call.caller else {
            return match condition {
                Condition::Anything => None,
                Condition::AnyOf(named) => Some(format!(
                    "the caller's number is hidden, so it is not {}",
                    any(named, membership)
                )),
                Condition::NoneOf(_) => Some("the caller's number is hidden".to_owned()),
            };
        };
        let is_meant = |one: &&CallerCondition| self.book.is_meant(one, caller, self.at);
        let found = condition.named().iter().find(is_meant).map(membership);
        let found = found.unwrap_or_default();
        Some(match (condition, holds) {
            (Condition::Anything, _) => return None,
            (Condition::AnyOf(_), true) => format!("caller {caller} is {found}"),
            (Condition::NoneOf(_), false) => {
                format!("caller {caller} is {found}, which the rule excludes")
            }
            (Condition::AnyOf(named), false) => format!(
                "caller {caller} is not {}{}",
                any(named, membership),
                self.ended_entry(named, caller)
            ),
            (Condition::NoneOf(named), true) => {
                format!("caller {caller} is not {}", any(named, membership))
            }
        })
    }

    /// Of a caller who stood in a list until a while ago.
    fn ended_entry(&self, named: &[CallerCondition], caller: PhoneNumber) -> String {
        let ended = named.iter().find_map(|condition| match condition {
            CallerCondition::List(name) => self
                .book
                .callers()
                .get(name)?
                .iter()
                .filter(|listed| listed.pattern.matches(caller))
                .find_map(|listed| listed.expires)
                .map(|expires| (name, expires)),
            CallerCondition::Pattern(_) => None,
        });
        ended.map_or_else(String::new, |(name, expires)| {
            format!(
                " (the entry in {name} ended {})",
                self.times.day_and_time(expires)
            )
        })
    }

    fn hours(&self, condition: &Condition<Arc<str>>, holds: bool) -> Option<String> {
        let (named, wants_open) = match condition {
            Condition::Anything => return None,
            Condition::AnyOf(named) => (named, true),
            Condition::NoneOf(named) => (named, false),
        };
        // Open where that is wanted, or where it must not be: the one that decides. Else all of them are closed.
        let is_any_open = wants_open == holds;
        let said: Vec<_> = named
            .iter()
            .filter_map(|name| self.state_of(name))
            .filter(|(is_open, _)| *is_open == is_any_open)
            .map(|(_, words)| words)
            .take(if is_any_open { 1 } else { MOST_NAMED })
            .collect();
        let but = match (wants_open, holds) {
            (false, false) => ", and the rule wants it closed",
            (true, _) | (false, true) => "",
        };
        Some(format!("{}{but}", said.join(", ")))
    }

    /// Are these hours open, and until when?
    fn state_of(&self, name: &Arc<str>) -> Option<(bool, String)> {
        let hours = self.book.hours().get(name)?;
        let is_open = hours.is_open(self.at);
        let (word, changes) = if is_open {
            ("open", "closes")
        } else {
            ("closed", "opens")
        };
        let at = self.times.weekday_and_time(self.at);
        let next = match hours.next_change(self.at) {
            Some(next) => format!(", {changes} {}", self.times.beside(self.at, next)),
            None => String::new(),
        };
        Some((is_open, format!("hours {name}: {word} at {at}{next}")))
    }
}

/// A fact that a call has or has not, against what is named.
fn fact<T>(
    subject: &str,
    actual: Option<impl Display>,
    condition: &Condition<T>,
    holds: bool,
    show: impl Fn(&T) -> String,
) -> Option<String> {
    Some(match (condition, actual, holds) {
        (Condition::Anything, _, _) => return None,
        (Condition::AnyOf(_), Some(actual), true) => format!("{subject} {actual}"),
        (Condition::AnyOf(_), None, true) | (Condition::NoneOf(_), None, _) => {
            format!("no {subject}")
        }
        (Condition::AnyOf(named), None, false) => {
            format!("no {subject}, and the rule wants {}", any(named, show))
        }
        (Condition::AnyOf(named), Some(actual), false)
        | (Condition::NoneOf(named), Some(actual), true) => {
            format!("{subject} {actual} is not {}", any(named, show))
        }
        (Condition::NoneOf(_), Some(actual), false) => {
            format!("{subject} {actual} is what the rule excludes")
        }
    })
}

/// The first few of what is named.
fn any<T>(named: &[T], show: impl Fn(&T) -> String) -> String {
    let mut items: Vec<String> = named.iter().take(MOST_NAMED).map(show).collect();
    let more = named.len().saturating_sub(items.len());
    if more > 0 {
        items.push(format!("{more} more"));
    }
    words::list(&items, "or")
}

fn membership(condition: &CallerCondition) -> String {
    match condition {
        CallerCondition::List(name) => format!("in {name}"),
        CallerCondition::Pattern(pattern) => pattern.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
