//! Lists of callers, and who is in them at a moment.
//!
//! Every list, and every number or prefix that a rule names itself, is a *caller set* with a number. One look-up of
//! the caller's number and one for each length of prefix in use give all the sets that the caller is in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::rule::CallerCondition;
use crate::clock::Timestamp;
use crate::telephony::{NumberPattern, PhoneNumber};

/// The named lists of a file.
pub(super) type CallerLists = BTreeMap<Arc<str>, Arc<[ListedCaller]>>;

/// One entry of a list of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCaller {
    /// A number, or the beginning of numbers.
    pub pattern: NumberPattern,
    /// From this moment on the entry means nothing. `None`: it stands for good.
    pub expires: Option<Timestamp>,
}

impl ListedCaller {
    /// Whether the entry means this caller at this moment.
    pub fn matches(&self, caller: PhoneNumber, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires) && self.pattern.matches(caller)
    }
}

impl From<NumberPattern> for ListedCaller {
    fn from(pattern: NumberPattern) -> Self {
        Self {
            pattern,
            expires: None,
        }
    }
}

/// All caller sets of a file: the named lists first, then those that rules name themselves.
#[derive(Debug, Default)]
pub(super) struct CallerSets {
    by_name: HashMap<Arc<str>, u32>,
    by_pattern: HashMap<NumberPattern, u32>,
    members: Vec<Arc<[ListedCaller]>>,
}

impl CallerSets {
    pub(super) fn new(lists: &CallerLists) -> Self {
        let mut sets = Self::default();
        for (name, members) in lists {
            let set = sets.add(Arc::clone(members));
            sets.by_name.insert(Arc::clone(name), set);
        }
        sets
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
        let set = self.add([pattern.clone().into()].into());
        self.by_pattern.insert(pattern.clone(), set);
        set
    }

    fn add(&mut self, members: Arc<[ListedCaller]>) -> u32 {
        // A file of a few MiB has far fewer lists than u32 counts.
        let set = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(members);
        set
    }
}

/// That a number, or all that begin alike, are in a set.
#[derive(Clone, Copy, Debug)]
struct Membership {
    set: u32,
    /// Never is the end of time.
    expires: Timestamp,
}

/// Finds the sets that a caller is in.
#[derive(Debug, Default)]
pub(super) struct CallerIndex {
    by_number: HashMap<u64, Vec<Membership>>,
    /// For each length of prefix in use, the sets by prefix.
    by_prefix: BTreeMap<u32, HashMap<u64, Vec<Membership>>>,
}

impl CallerIndex {
    /// Turns sets of entries into entries with their sets.
    pub(super) fn new(sets: &CallerSets) -> Self {
        let mut index = Self::default();
        for (set, members) in (0..).zip(&sets.members) {
            for member in members.iter() {
                index.insert(member, set);
            }
        }
        index
    }

    fn insert(&mut self, member: &ListedCaller, set: u32) {
        const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);
        let memberships = match &member.pattern {
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
        memberships.or_default().push(Membership {
            set,
            expires: member.expires.unwrap_or(NEVER),
        });
    }

    /// The sets that the caller is in at this moment.
    pub(super) fn sets_of(&self, caller: PhoneNumber, now: Timestamp) -> Vec<u32> {
        let digits = caller.digits();
        let length = count_of_digits(digits);
        let mut sets = Vec::new();
        let mut add = |memberships: Option<&Vec<Membership>>| {
            let valid = memberships
                .into_iter()
                .flatten()
                .filter(|one| now < one.expires);
            sets.extend(valid.map(|one| one.set));
        };
        add(self.by_number.get(&digits));
        for (prefix_length, by_prefix) in self.by_prefix.range(..=length) {
            let cut = 10_u64.saturating_pow(length.saturating_sub(*prefix_length));
            let prefix = digits.checked_div(cut).unwrap_or_default();
            add(by_prefix.get(&prefix));
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
