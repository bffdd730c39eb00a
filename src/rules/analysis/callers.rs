//! Callers on lists that contradict each other.

use std::collections::HashSet;
use std::sync::Arc;

use super::budget::Budget;
use super::coverage::{takes_all, takes_all_but_for_caller};
use super::subject::{Subject, items};
use crate::rules::finding::{Code, Span};
use crate::rules::report::Report;
use crate::rules::rule::{CallerCondition, Condition, Rule};

/// So many rules that name lists are compared with each other.
const MOST_COMPARED: usize = 500;

/// Reports callers of a rule's list whose calls an earlier rule takes by another list, with other targets.
pub(super) fn contradicting(subject: &Subject<'_>, report: &mut Report<'_>) {
    let with_lists: Vec<_> = subject
        .sound_rules()
        .map(|(rule, _)| rule)
        .filter(|rule| lists(rule).next().is_some())
        .take(MOST_COMPARED)
        .collect();
    let mut compared = Compared {
        pairs: HashSet::new(),
        budget: Budget::new(),
    };
    for (position, later) in with_lists.iter().enumerate() {
        for earlier in with_lists.iter().take(position) {
            if contradict(earlier, later, subject, &compared.budget) {
                compare_lists(earlier, later, subject, &mut compared, report);
            }
        }
    }
}

/// Whether the later rule never sees a caller who is on a list of both, and would do something else with the call.
fn contradict(earlier: &Rule, later: &Rule, subject: &Subject<'_>, budget: &Budget) -> bool {
    earlier.branches != later.branches
        && takes_all_but_for_caller(&earlier.when, &later.when, budget)
        && !takes_all(&earlier.when, &later.when, &subject.lists, budget)
}

fn compare_lists<'a>(
    earlier: &'a Rule,
    later: &'a Rule,
    subject: &Subject<'_>,
    compared: &mut Compared<'a>,
    report: &mut Report<'_>,
) {
    for first in lists(earlier) {
        for second in lists(later).filter(|second| *second != first) {
            if compared.is_new(first, second, subject)
                && let Some(Shared { position, what }) = shared(first, second, subject)
            {
                let message = format!(
                    "{what} is in \"{second}\" and in \"{first}\": rule \"{}\" takes the call before rule \"{}\"",
                    earlier.name, later.name
                );
                let help = format!(
                    "take it out of one of the lists, or put rule \"{}\" first",
                    later.name
                );
                let span = place(subject, second, position);
                report.add_with_help(span, Code::ContradictingLists, message, help);
            }
        }
    }
}

/// The pairs of lists that have been compared: once is enough, whatever rules name them.
struct Compared<'a> {
    pairs: HashSet<(&'a Arc<str>, &'a Arc<str>)>,
    budget: Budget,
}

impl<'a> Compared<'a> {
    fn is_new(&mut self, first: &'a Arc<str>, second: &'a Arc<str>, subject: &Subject<'_>) -> bool {
        self.pairs.insert((first, second))
            && self.budget.spend(subject.lists.members(second).count())
    }
}

/// What two lists share.
struct Shared {
    /// Where the first of it stands in the second list.
    position: usize,
    what: String,
}

/// What the first list always has of the second.
fn shared(first: &str, second: &str, subject: &Subject<'_>) -> Option<Shared> {
    let members = (0_usize..).zip(subject.lists.members(second));
    let mut shared = members.filter(|(_, member)| subject.lists.has(first, member));
    let (position, member) = shared.next()?;
    let what = match shared.count() {
        0 => member.to_string(),
        more => format!("{member} (and {more} more)"),
    };
    Some(Shared { position, what })
}

/// The lists whose callers a rule wants.
fn lists(rule: &Rule) -> impl Iterator<Item = &Arc<str>> {
    let wanted = match &rule.when.caller {
        Condition::AnyOf(wanted) => wanted.as_slice(),
        Condition::Anything | Condition::NoneOf(_) => &[],
    };
    wanted.iter().filter_map(|condition| match condition {
        CallerCondition::List(name) => Some(name),
        CallerCondition::Pattern(_) => None,
    })
}

/// Where the member of a list stands, or the list, if it comes from another file.
fn place(subject: &Subject<'_>, list: &str, position: usize) -> Span {
    let Some(entry) = subject.defined("callers", list) else {
        return Span::default();
    };
    let sound = subject.is_sound(entry.value.span);
    let item = items(&entry.value).get(position).filter(|_| sound);
    item.map_or(entry.key_span, |item| item.span)
}
