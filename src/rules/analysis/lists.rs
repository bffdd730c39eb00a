//! Lists of callers as sets, to ask whether one list is within another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::budget::Budget;
use crate::rules::callers::{CallerLists, ListedCaller};
use crate::rules::rule::CallerCondition;
use crate::telephony::NumberPattern;

/// The named lists of a file.
#[derive(Debug)]
pub(super) struct Lists<'a> {
    callers: &'a CallerLists,
    sets: BTreeMap<Arc<str>, PatternSet>,
}

impl<'a> Lists<'a> {
    pub(super) fn new(callers: &'a CallerLists) -> Self {
        let lasting = |(name, members): (&Arc<str>, &'a Arc<[ListedCaller]>)| {
            // An entry that runs out takes nobody's calls for good.
            let lasting = members.iter().filter(|member| member.expires.is_none());
            (
                Arc::clone(name),
                PatternSet::of(lasting.map(|member| &member.pattern)),
            )
        };
        Self {
            sets: callers.iter().map(lasting).collect(),
            callers,
        }
    }

    /// The numbers and prefixes of a list, in its order.
    pub(super) fn members(&self, name: &str) -> impl Iterator<Item = &'a NumberPattern> {
        let members = self
            .callers
            .get(name)
            .into_iter()
            .flat_map(|members| members.iter());
        members.map(|member| &member.pattern)
    }

    /// Whether a list always has every caller of this pattern.
    pub(super) fn has(&self, name: &str, pattern: &NumberPattern) -> bool {
        self.sets.get(name).is_some_and(|set| set.covers(pattern))
    }

    /// Whether whoever is one of `inner` is always one of `outer`. `false` also when the budget is used up.
    pub(super) fn covers(
        &self,
        outer: &[CallerCondition],
        inner: &CallerCondition,
        budget: &Budget,
    ) -> bool {
        let any_has = |pattern| budget.spend(outer.len()) && self.any_has(outer, pattern);
        match inner {
            CallerCondition::Pattern(pattern) => any_has(pattern),
            CallerCondition::List(name) => {
                // A list that is empty today may be filled tomorrow: nothing follows from it.
                let mut members = self.members(name).peekable();
                budget.spend(outer.len()) && outer.contains(inner)
                    || members.peek().is_some() && members.all(any_has)
            }
        }
    }

    fn any_has(&self, outer: &[CallerCondition], pattern: &NumberPattern) -> bool {
        outer.iter().any(|condition| match condition {
            CallerCondition::List(name) => self.has(name, pattern),
            CallerCondition::Pattern(wide) => covers(wide, pattern),
        })
    }
}

/// Whether nobody is one of both. Lists change while rules stay: that they have nobody in common today is no promise.
pub(super) fn are_apart(one: &CallerCondition, other: &CallerCondition) -> bool {
    match (one, other) {
        (CallerCondition::Pattern(one), CallerCondition::Pattern(other)) => {
            !covers(one, other) && !covers(other, one)
        }
        (CallerCondition::List(_), _) | (_, CallerCondition::List(_)) => false,
    }
}

/// Whether every number of `inner` is one of `outer`.
fn covers(outer: &NumberPattern, inner: &NumberPattern) -> bool {
    match (outer, inner) {
        (_, NumberPattern::Exact(number)) => outer.matches(*number),
        (NumberPattern::Exact(_), NumberPattern::Prefix(_)) => false,
        (NumberPattern::Prefix(outer), NumberPattern::Prefix(inner)) => {
            inner.as_str().starts_with(outer.as_str())
        }
    }
}

/// Patterns, to be asked quickly.
#[derive(Debug, Default)]
struct PatternSet {
    /// Digits of numbers.
    numbers: BTreeSet<u64>,
    /// Digits of prefixes.
    prefixes: BTreeSet<String>,
}

impl PatternSet {
    fn of<'a>(patterns: impl Iterator<Item = &'a NumberPattern>) -> Self {
        let mut set = Self::default();
        for pattern in patterns {
            match pattern {
                NumberPattern::Exact(number) => set.numbers.insert(number.digits()),
                NumberPattern::Prefix(prefix) => set.prefixes.insert(prefix.as_str().to_owned()),
            };
        }
        set
    }

    fn covers(&self, pattern: &NumberPattern) -> bool {
        match pattern {
            NumberPattern::Exact(number) => {
                self.numbers.contains(&number.digits())
                    || self.has_prefix_of(&number.digits().to_string())
            }
            NumberPattern::Prefix(prefix) => self.has_prefix_of(prefix.as_str()),
        }
    }

    fn has_prefix_of(&self, digits: &str) -> bool {
        !self.prefixes.is_empty()
            && (1..=digits.len())
                .filter_map(|length| digits.get(..length))
                .any(|prefix| self.prefixes.contains(prefix))
    }
}
