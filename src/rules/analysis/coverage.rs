//! Whether one rule's conditions follow from another's.
//!
//! Condition by condition: what an earlier rule asks must follow from what the later one asks of the same fact. So "no"
//! means "not for certain": nothing is reported that might be meant. It also means that there is no budget left to find out.

use super::budget::Budget;
use super::lists::{Lists, are_apart};
use crate::rules::rule::{CallerCondition, Condition, When};

/// Whether every call for which `later` holds is one for which `earlier` holds.
pub(super) fn takes_all(earlier: &When, later: &When, lists: &Lists<'_>, budget: &Budget) -> bool {
    takes_all_but_for_caller(earlier, later, budget)
        && caller_follows(&earlier.caller, &later.caller, lists, budget)
}

/// The same, if both hold for the caller.
pub(super) fn takes_all_but_for_caller(earlier: &When, later: &When, budget: &Budget) -> bool {
    let text =
        |one: &Condition<_>, other: &_| follows(one, other, |one, other| one != other, budget);
    follows(&earlier.dialed, &later.dialed, |one, other| one != other, budget)
        && text(&earlier.digits, &later.digits)
        && text(&earlier.direction, &later.direction)
        && text(&earlier.custom_field, &later.custom_field)
        // Hours of two names may be open together.
        && follows(&earlier.hours, &later.hours, |_, _| false, budget)
}

/// Whether `earlier` holds whenever `later` does. `apart` says of two different things that no call has both.
fn follows<T: PartialEq>(
    earlier: &Condition<T>,
    later: &Condition<T>,
    apart: impl Fn(&T, &T) -> bool,
    budget: &Budget,
) -> bool {
    let has = |outer: &[T], one| budget.spend(outer.len()) && outer.contains(one);
    match (earlier, later) {
        (Condition::Anything, _) => true,
        (Condition::AnyOf(wide), Condition::AnyOf(narrow)) => {
            narrow.iter().all(|one| has(wide, one))
        }
        (Condition::NoneOf(few), Condition::NoneOf(many)) => few.iter().all(|one| has(many, one)),
        (Condition::NoneOf(refused), Condition::AnyOf(wanted)) => refused
            .iter()
            .all(|one| budget.spend(wanted.len()) && wanted.iter().all(|other| apart(one, other))),
        (Condition::AnyOf(_) | Condition::NoneOf(_), Condition::Anything)
        | (Condition::AnyOf(_), Condition::NoneOf(_)) => false,
    }
}

/// The same for callers, whose lists and prefixes can hold each other.
fn caller_follows(
    earlier: &Condition<CallerCondition>,
    later: &Condition<CallerCondition>,
    lists: &Lists<'_>,
    budget: &Budget,
) -> bool {
    match (earlier, later) {
        (Condition::Anything, _) => true,
        (Condition::AnyOf(wide), Condition::AnyOf(narrow)) => {
            narrow.iter().all(|one| lists.covers(wide, one, budget))
        }
        (Condition::NoneOf(few), Condition::NoneOf(many)) => {
            few.iter().all(|one| lists.covers(many, one, budget))
        }
        (Condition::NoneOf(refused), Condition::AnyOf(wanted)) => refused.iter().all(|one| {
            budget.spend(wanted.len()) && wanted.iter().all(|other| are_apart(one, other))
        }),
        (Condition::AnyOf(_) | Condition::NoneOf(_), Condition::Anything)
        | (Condition::AnyOf(_), Condition::NoneOf(_)) => false,
    }
}
