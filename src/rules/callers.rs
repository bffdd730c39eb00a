//! Lists of callers, and who is in them.
//!
//! Every list, and every number or prefix that a rule names itself, is a *caller set* with a number. One look-up of
//! the caller's number and one for each length of prefix in use give all the sets that the caller is in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::rule::CallerCondition;
use crate::telephony::{NumberPattern, PhoneNumber};

/// All caller sets of a file: the named lists first, then those that rules name themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct CallerSets {
    by_name: BTreeMap<Arc<str>, u32>,
    by_pattern: HashMap<NumberPattern, u32>,
    members: Vec<Vec<NumberPattern>>,
}

impl CallerSets {
    /// Adds a named list.
    pub(super) fn insert(&mut self, name: Arc<str>, members: Vec<NumberPattern>) {
        let set = self.add(members);
        self.by_name.insert(name, set);
    }

    /// The names of the lists.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }

    /// The list's name as kept here.
    pub(super) fn name(&self, name: &str) -> Option<&Arc<str>> {
        self.by_name.get_key_value(name).map(|(name, _)| name)
    }

    /// The sets that a rule's conditions name; a pattern that rules share is one set.
    pub(super) fn of_conditions(&mut self, conditions: &[CallerCondition]) -> Vec<u32> {
        let mut sets: Vec<u32> = conditions
            .iter()
            .filter_map(|condition| self.of_condition(condition))
            .collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    fn of_condition(&mut self, condition: &CallerCondition) -> Option<u32> {
        match condition {
            CallerCondition::List(name) => self.by_name.get(name).copied(),
            CallerCondition::Pattern(pattern) => Some(self.of_pattern(pattern)),
        }
    }

    fn of_pattern(&mut self, pattern: &NumberPattern) -> u32 {
        if let Some(set) = self.by_pattern.get(pattern) {
            return *set;
        }
        let set = self.add(vec![pattern.clone()]);
        self.by_pattern.insert(pattern.clone(), set);
        set
    }

    fn add(&mut self, members: Vec<NumberPattern>) -> u32 {
        // A file of a few MiB has far fewer lists than u32 counts.
        let set = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(members);
        set
    }
}

/// Finds the sets that a caller is in.
#[derive(Debug, Default)]
pub(super) struct CallerIndex {
    by_number: HashMap<u64, Vec<u32>>,
    /// For each length of prefix in use, the sets by prefix.
    by_prefix: BTreeMap<u32, HashMap<u64, Vec<u32>>>,
}

impl CallerIndex {
    /// Turns sets of patterns into patterns with their sets.
    pub(super) fn new(sets: &CallerSets) -> Self {
        let mut index = Self::default();
        for (set, members) in (0..).zip(&sets.members) {
            for pattern in members {
                index.insert(pattern, set);
            }
        }
        index
    }

    fn insert(&mut self, pattern: &NumberPattern, set: u32) {
        let sets = match pattern {
            NumberPattern::Exact(number) => self.by_number.entry(number.digits()),
            NumberPattern::Prefix(prefix) => {
                // A prefix has at most 14 digits and does not begin with a zero.
                let prefix = prefix.as_str().parse::<u64>().unwrap_or_default();
                self.by_prefix
                    .entry(count_of_digits(prefix))
                    .or_default()
                    .entry(prefix)
            }
        };
        sets.or_default().push(set);
    }

    /// The sets that the caller is in.
    pub(super) fn sets_of(&self, caller: PhoneNumber) -> Vec<u32> {
        let digits = caller.digits();
        let length = count_of_digits(digits);
        let mut sets = self.by_number.get(&digits).cloned().unwrap_or_default();
        for (prefix_length, by_prefix) in self.by_prefix.range(..=length) {
            let cut = 10_u64.saturating_pow(length.saturating_sub(*prefix_length));
            let prefix = digits.checked_div(cut).unwrap_or_default();
            sets.extend(by_prefix.get(&prefix).into_iter().flatten());
        }
        sets
    }
}

fn count_of_digits(number: u64) -> u32 {
    number
        .checked_ilog10()
        .unwrap_or_default()
        .saturating_add(1)
}
