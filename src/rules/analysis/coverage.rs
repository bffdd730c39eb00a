//! Whether one rule's conditions follow from another's.
//!
//! Condition by condition: what an earlier rule asks must follow from what the later one asks of the same fact. So "no"
//! means "not for certain": nothing is reported that might be meant.

use super::lists::{Lists, are_apart};
use crate::rules::rule::{CallerCondition, Condition, When};

/// Whether every call for which `later` holds is one for which `earlier` holds.
pub(super) fn takes_all(earlier: &When, later: &When, lists: &Lists<'_>) -> bool {
    takes_all_but_for_caller(earlier, later)
        && caller_follows(&earlier.caller, &later.caller, lists)
}

/// The same, if both hold for the caller.
pub(super) fn takes_all_but_for_caller(earlier: &When, later: &When) -> bool {
    let apart = |one: &_, other: &_| one != other;
    follows(&earlier.dialed, &later.dialed, |one, other| one != other)
        && follows(&earlier.digits, &later.digits, apart)
        && follows(&earlier.direction, &later.direction, apart)
        && follows(&earlier.custom_field, &later.custom_field, apart)
        // Hours of two names may be open together.
        && follows(&earlier.hours, &later.hours, |_, _| false)
}

/// Whether `earlier` holds whenever `later` does. `apart` says of two different things that no call has both.
fn follows<T: PartialEq>(
    earlier: &Condition<T>,
    later: &Condition<T>,
    apart: impl Fn(&T, &T) -> bool,
) -> bool {
    match (earlier, later) {
        (Condition::Anything, _) => true,
        (Condition::AnyOf(wide), Condition::AnyOf(narrow)) => {
            narrow.iter().all(|one| wide.contains(one))
        }
        (Condition::NoneOf(few), Condition::NoneOf(many)) => {
            few.iter().all(|one| many.contains(one))
        }
        (Condition::NoneOf(refused), Condition::AnyOf(wanted)) => refused
            .iter()
            .all(|one| wanted.iter().all(|other| apart(one, other))),
        (Condition::AnyOf(_) | Condition::NoneOf(_), Condition::Anything)
        | (Condition::AnyOf(_), Condition::NoneOf(_)) => false,
    }
}

/// The same for callers, whose lists and prefixes can hold each other.
fn caller_follows(
    earlier: &Condition<CallerCondition>,
    later: &Condition<CallerCondition>,
    lists: &Lists<'_>,
) -> bool {
    match (earlier, later) {
        (Condition::Anything, _) => true,
        (Condition::AnyOf(wide), Condition::AnyOf(narrow)) => {
            narrow.iter().all(|one| lists.covers(wide, one))
        }
        (Condition::NoneOf(few), Condition::NoneOf(many)) => {
            few.iter().all(|one| lists.covers(many, one))
        }
        (Condition::NoneOf(refused), Condition::AnyOf(wanted)) => refused
            .iter()
            .all(|one| wanted.iter().all(|other| are_apart(one, other))),
        (Condition::AnyOf(_) | Condition::NoneOf(_), Condition::Anything)
        | (Condition::AnyOf(_), Condition::NoneOf(_)) => false,
    }
}
