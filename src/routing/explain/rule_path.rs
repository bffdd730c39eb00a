//! The rules up to the one that takes the call, and the side of its split.

use super::conditions::Asked;
use super::document::{RuleStep, SplitStep};
use super::words::{self, Times};
use crate::clock::Timestamp;
use crate::routing::book::RoutingBook;
use crate::rules::{Branch, CallFacts, Rule, RuleMatch, Unmet, Whom};

/// What was asked of each rule, and what came of it.
#[derive(Debug, Default)]
pub(in crate::routing) struct RulePath {
    pub(in crate::routing) steps: Vec<RuleStep>,
    /// How many rules were asked, those whose steps are left out among them.
    pub(in crate::routing) asked: usize,
    /// How many rules stand behind the one that takes the call.
    pub(in crate::routing) left: usize,
    pub(in crate::routing) split: Option<SplitStep>,
}

impl RulePath {
    /// The path to `found`, through all rules when it is none; of many steps the last `most`.
    pub(super) fn new(
        book: &RoutingBook,
        call: &CallFacts<'_>,
        found: Option<RuleMatch<'_>>,
        at: Timestamp,
        times: &Times<'_>,
        most: usize,
    ) -> Self {
        let Some(book) = book.rules() else {
            return Self::default();
        };
        let words = Asked {
            book,
            call,
            at,
            times,
        };
        let taker = found.map(|found| found.rule);
        let is_taker = |rule: &Rule| taker.is_some_and(|taker| taker.name == rule.name);
        let rules = book.rules();
        let before = rules.iter().position(is_taker).unwrap_or(rules.len());
        let asked = before.saturating_add(usize::from(taker.is_some()));
        let told = rules.iter().take(before).skip(asked.saturating_sub(most));
        let mut steps: Vec<_> = told.map(|rule| passed(rule, &words)).collect();
        steps.extend(taker.map(|rule| taken(rule, &words)));
        Self {
            asked,
            left: rules.len().saturating_sub(asked),
            steps,
            split: found.and_then(|found| split(found, call)),
        }
    }
}

fn passed(rule: &Rule, asked: &Asked<'_>) -> RuleStep {
    let unmet = asked.book.unmet(rule, asked.call, asked.at);
    RuleStep {
        name: rule.name.clone(),
        takes: false,
        condition: unmet.map(Unmet::as_str),
        why: unmet.map_or_else(String::new, |unmet| asked.unmet(&rule.when, unmet)),
    }
}

fn taken(rule: &Rule, asked: &Asked<'_>) -> RuleStep {
    let met = asked.met(&rule.when);
    let why = if met.is_empty() {
        "it takes every call".to_owned()
    } else {
        met
    };
    RuleStep {
        name: rule.name.clone(),
        takes: true,
        condition: None,
        why,
    }
}

/// The side on which the call falls; `None` for a rule that is not split.
fn split(found: RuleMatch<'_>, call: &CallFacts<'_>) -> Option<SplitStep> {
    let branches = &found.rule.branches;
    if branches.len() < 2 {
        return None;
    }
    let why = if call.call_sid.is_some() {
        "the CallSid decides, so every fetch of this call falls on this side".to_owned()
    } else {
        unknown_side(found)
    };
    Some(SplitStep {
        side: found.side.saturating_add(1),
        sides: branches.len(),
        share: found.branch.share,
        why,
    })
}

/// What the sides of a split take, for a call that has no name to decide by.
fn unknown_side(found: RuleMatch<'_>) -> String {
    let sides = (1..).zip(&found.rule.branches);
    let others: Vec<_> = sides
        .filter(|(side, _)| *side != found.side.saturating_add(1))
        .map(|(side, branch)| format!("side {side} takes {} ({})", branch.share, whom(branch)))
        .collect();
    format!(
        "the CallSid decides, and none was given: of 100 calls this side takes {}, {}",
        found.branch.share,
        words::list(&others, "and")
    )
}

fn whom(branch: &Branch) -> String {
    let targets = branch.targets.iter().map(|target| match &target.whom {
        Whom::Queue(queue) => format!("queue {}", queue.name),
        Whom::Numbers(_) => "numbers".to_owned(),
    });
    let targets = targets.collect::<Vec<_>>().join(", ");
    if targets.is_empty() {
        "nobody".to_owned()
    } else {
        targets
    }
}
