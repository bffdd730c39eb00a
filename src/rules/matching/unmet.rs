//! Why a rule does not take a call: for explanations. Deciding goes by the index.

use std::fmt;

use super::CallFacts;
use crate::clock::Timestamp;
use crate::rules::book::RuleBook;
use crate::rules::rule::{CallerCondition, Condition, Rule, When};
use crate::telephony::PhoneNumber;

/// The condition of a rule that does not hold for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unmet {
    /// The number that was called.
    Dialed,
    /// Who calls.
    Caller,
    /// What the caller keyed.
    Digits,
    /// Exotel's word for the direction.
    Direction,
    /// The text given to a call begun by the API.
    CustomField,
    /// The opening hours.
    Hours,
}

impl Unmet {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 6] = [
        Self::Dialed,
        Self::Caller,
        Self::Digits,
        Self::Direction,
        Self::CustomField,
        Self::Hours,
    ];

    /// The key of `when`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dialed => "dialed",
            Self::Caller => "caller",
            Self::Digits => "digits",
            Self::Direction => "direction",
            Self::CustomField => "custom_field",
            Self::Hours => "hours",
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl RuleBook {
    /// The first condition of one of this book's rules that does not hold for the call at this moment. `None`: all hold.
    ///
    /// It reads whole lists of callers: fine for an explanation, too slow for a decision.
    pub fn unmet(&self, rule: &Rule, call: &CallFacts<'_>, now: Timestamp) -> Option<Unmet> {
        let When {
            dialed,
            caller,
            digits,
            direction,
            custom_field,
            hours,
        } = &rule.when;
        let is_listed = |condition: &CallerCondition| {
            call.caller
                .is_some_and(|caller| self.is_meant(condition, caller, now))
        };
        let is_open = |name: &_| {
            self.hours()
                .get(name)
                .is_some_and(|hours| hours.is_open(now))
        };
        let checks = [
            (Unmet::Dialed, dialed.holds(|one| Some(*one) == call.dialed)),
            (Unmet::Caller, caller.holds(is_listed)),
            (Unmet::Digits, holds(digits, call.digits)),
            (Unmet::Direction, holds(direction, call.direction)),
            (Unmet::CustomField, holds(custom_field, call.custom_field)),
            (Unmet::Hours, hours.holds(is_open)),
        ];
        checks
            .into_iter()
            .find(|(_, is_met)| !is_met)
            .map(|(unmet, _)| unmet)
    }

    /// Whether a condition of one of this book's rules means this caller at this moment.
    pub fn is_meant(
        &self,
        condition: &CallerCondition,
        caller: PhoneNumber,
        now: Timestamp,
    ) -> bool {
        match condition {
            CallerCondition::Pattern(pattern) => pattern.matches(caller),
            CallerCondition::List(name) => self
                .callers()
                .get(name)
                .is_some_and(|list| list.iter().any(|listed| listed.matches(caller, now))),
        }
    }
}

fn holds(condition: &Condition<Box<str>>, text: Option<&str>) -> bool {
    condition.holds(|one| Some(&**one) == text)
}
