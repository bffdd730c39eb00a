//! The answers of the connect URL: how many, by what decided, and how long they took.
//!
//! A fetch adds to a few counts and makes nothing: rules and queues have theirs from the first time on.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::{Count, Named};
use super::histogram::{Histogram, OF_MACHINES};
use crate::presence::WhyNobody;
use crate::routing::{Decision, FallbackReason, Outcome, Reply};
use crate::telephony::AccountName;

/// So many rules of an account are told apart.
const MOST_RULES: usize = 200;
/// So many queues of a rule.
const MOST_QUEUES: usize = 50;
/// What stands for the queue where fixed numbers are rung.
const NUMBERS: &str = "numbers";

/// The answers of all accounts.
#[derive(Debug)]
pub(in crate::server) struct DecisionCounts {
    accounts: BTreeMap<AccountName, OfAccount>,
    matching: Histogram,
    store: Histogram,
    total: Histogram,
}

#[derive(Debug)]
struct OfAccount {
    by_rule: Named<OfRule>,
    empties: [Count; EMPTIES.len()],
    fallbacks: [Count; FallbackReason::ALL.len()],
    replays: Count,
}

#[derive(Debug)]
struct OfRule {
    by_queue: Named<[Count; OUTCOMES.len()]>,
}

impl Default for OfRule {
    fn default() -> Self {
        Self {
            by_queue: Named::at_most(MOST_QUEUES),
        }
    }
}

impl Default for OfAccount {
    fn default() -> Self {
        Self {
            by_rule: Named::at_most(MOST_RULES),
            empties: Default::default(),
            fallbacks: Default::default(),
            replays: Count::default(),
        }
    }
}

const OUTCOMES: [&str; 4] = ["offered", "nobody", "replayed", "fallback"];
const EMPTIES: [&str; 6] = [
    "rule",
    "nobody_ready",
    "cap",
    "waiting",
    "attempts",
    "fallback",
];

fn place_of(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Offered => 0,
        Outcome::Nobody => 1,
        Outcome::Replayed => 2,
        Outcome::Fallback(_) => 3,
    }
}

/// Why the answer of a decision is empty; `None` when it is not, or was given before.
fn why_empty(decision: &Decision) -> Option<usize> {
    match (decision.outcome, decision.nobody) {
        (Outcome::Fallback(_), _) => {
            let is_answer = matches!(decision.reply, Reply::Answer(_));
            (is_answer && decision.destinations.is_empty()).then_some(5)
        }
        (Outcome::Nobody, Some(WhyNobody::NoTargets)) => Some(0),
        (Outcome::Nobody, Some(WhyNobody::NobodyReady) | None) => Some(1),
        (Outcome::Nobody, Some(WhyNobody::Cap)) => Some(2),
        (Outcome::Nobody, Some(WhyNobody::Waiting)) => Some(3),
        (Outcome::Nobody, Some(WhyNobody::Attempts)) => Some(4),
        (Outcome::Offered | Outcome::Replayed, _) => None,
    }
}

/// The queue of whoever is rung first.
fn queue_of(decision: &Decision) -> &str {
    let first = decision.destinations.first();
    first.map_or("", |first| match (&first.queue, &first.agent) {
        (Some(queue), _) => queue,
        (None, Some(_)) => "",
        (None, None) => NUMBERS,
    })
}

impl DecisionCounts {
    /// Of these accounts.
    pub(super) fn of(accounts: impl Iterator<Item = AccountName>) -> Self {
        Self {
            accounts: accounts.map(|name| (name, OfAccount::default())).collect(),
            matching: Histogram::new(OF_MACHINES),
            store: Histogram::new(OF_MACHINES),
            total: Histogram::new(OF_MACHINES),
        }
    }

    /// One more answer.
    pub(in crate::server) fn count(
        &self,
        account: &AccountName,
        decision: &Decision,
        took: Duration,
    ) {
        self.total.observe(took);
        let timing = decision.timing;
        if let Some(matching) = timing.matching {
            self.matching.observe(matching.took);
        }
        if let Some(store) = timing.store {
            self.store.observe(store.took);
        }
        let Some(of_account) = self.accounts.get(account) else {
            return;
        };
        if let Some(counted) = why_empty(decision).and_then(|why| of_account.empties.get(why)) {
            counted.add_one();
        }
        match decision.outcome {
            Outcome::Fallback(reason) => {
                let place = FallbackReason::ALL.iter().position(|one| *one == reason);
                if let Some(counted) = place.and_then(|place| of_account.fallbacks.get(place)) {
                    counted.add_one();
                }
            }
            Outcome::Replayed => of_account.replays.add_one(),
            Outcome::Offered | Outcome::Nobody => {}
        }
        let rule = decision.rule.as_deref().unwrap_or_default();
        of_account.by_rule.with(rule, |of_rule| {
            of_rule.by_queue.with(queue_of(decision), |outcomes| {
                if let Some(counted) = outcomes.get(place_of(decision.outcome)) {
                    counted.add_one();
                }
            });
        });
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_decisions(encoder)?;
        self.encode_times(encoder)?;
        let mut empties = encoder.encode_descriptor(
            "empty_answers",
            "Answers that name nobody, by why",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (reason, count) in EMPTIES.iter().zip(&counts.empties) {
                empties
                    .encode_family(&[("account", account.as_str()), ("reason", reason)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        self.encode_fallbacks(encoder)
    }

    fn encode_decisions(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut decisions = encoder.encode_descriptor(
            "decisions",
            "Answers of the connect URL, by the rule that decided and the queue of whoever is rung first",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (rule, counts) in counts.by_rule.all() {
                for (queue, counts) in counts.by_queue.all() {
                    let seen = OUTCOMES.iter().zip(counts.iter());
                    for (outcome, count) in seen.filter(|(_, count)| count.get() > 0) {
                        let labels = [
                            ("account", account.as_str()),
                            ("rule", &rule),
                            ("queue", &queue),
                            ("outcome", outcome),
                        ];
                        decisions
                            .encode_family(&labels)?
                            .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn encode_times(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut times = encoder.encode_descriptor(
            "decision_seconds",
            "Time to decide: matching the rules, waiting for the store, and in total from the request's arrival",
            None,
            MetricType::Histogram,
        )?;
        let stages = [
            ("match", &self.matching),
            ("store", &self.store),
            ("total", &self.total),
        ];
        for (stage, histogram) in stages {
            histogram.encode(times.encode_family(&[("stage", stage)])?)?;
        }
        Ok(())
    }

    fn encode_fallbacks(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut fallbacks = encoder.encode_descriptor(
            "fallbacks",
            "Answers with the account's fallback, by why no decision could be made",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (reason, count) in FallbackReason::ALL.iter().zip(&counts.fallbacks) {
                let labels = [("account", account.as_str()), ("reason", reason.word())];
                fallbacks
                    .encode_family(&labels)?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        let mut replays = encoder.encode_descriptor(
            "replays",
            "Equal fetches that got the same bytes again",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            replays
                .encode_family(&[("account", account.as_str())])?
                .encode_counter::<NoLabels, _, u64>(&counts.replays.get(), None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
