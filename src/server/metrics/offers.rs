//! What becomes of offers: told by the store to the instance whose request or report it learnt it from, once.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::{Count, Named};
use super::histogram::{Histogram, OF_PEOPLE};
use crate::presence::{Offer, OfferEnd, OfferOutcome};
use crate::telephony::AccountName;

/// So many queues of an account are told apart.
const MOST_QUEUES: usize = 200;

/// The offers of all accounts.
#[derive(Debug)]
pub(super) struct OfferCounts {
    accounts: BTreeMap<AccountName, OfAccount>,
}

#[derive(Debug)]
struct OfAccount {
    by_queue: Named<Count>,
    ends: [Count; OfferOutcome::ALL.len()],
    to_answer: Histogram,
    sticky_hits: Count,
    sticky_misses: Count,
}

impl OfAccount {
    fn new() -> Self {
        Self {
            by_queue: Named::at_most(MOST_QUEUES),
            ends: Default::default(),
            to_answer: Histogram::new(OF_PEOPLE),
            sticky_hits: Count::default(),
            sticky_misses: Count::default(),
        }
    }

    fn count_ends(&self, ends: &[OfferEnd]) {
        for end in ends {
            let place = OfferOutcome::ALL.iter().position(|one| *one == end.outcome);
            if let Some(counted) = place.and_then(|place| self.ends.get(place)) {
                counted.add_one();
            }
            if let Some(after) = end.answered_after {
                self.to_answer.observe(after);
            }
        }
    }
}

impl OfferCounts {
    /// Of these accounts.
    pub(super) fn of(accounts: impl Iterator<Item = AccountName>) -> Self {
        Self {
            accounts: accounts.map(|name| (name, OfAccount::new())).collect(),
        }
    }

    /// A fetch was answered with this.
    pub(super) fn offered(&self, account: &AccountName, offer: &Offer) {
        let Some(counts) = self.accounts.get(account).filter(|_| !offer.replayed) else {
            return;
        };
        for to in offer.destinations.iter().filter(|to| to.agent.is_some()) {
            let queue = to.queue.as_deref().unwrap_or_default();
            counts.by_queue.with(queue, Count::add_one);
        }
        match offer.went_back {
            Some(true) => counts.sticky_hits.add_one(),
            Some(false) => counts.sticky_misses.add_one(),
            None => {}
        }
        counts.count_ends(&offer.ends);
    }

    /// This became of offers.
    pub(super) fn ended(&self, account: &AccountName, ends: &[OfferEnd]) {
        if let Some(counts) = self.accounts.get(account) {
            counts.count_ends(ends);
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut offers = encoder.encode_descriptor(
            "offers",
            "Agents offered to calls, and reserved for them, by the queue through which they were found",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (queue, count) in counts.by_queue.all() {
                offers
                    .encode_family(&[("account", account.as_str()), ("queue", &queue)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        self.encode_ends(encoder)?;
        let mut sticky = encoder.encode_descriptor(
            "sticky",
            "Calls whose rule asks for the agent of the caller's last answered call, and whether they got that agent",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (result, count) in [
                ("hit", &counts.sticky_hits),
                ("miss", &counts.sticky_misses),
            ] {
                sticky
                    .encode_family(&[("account", account.as_str()), ("result", result)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        Ok(())
    }

    fn encode_ends(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut legs = encoder.encode_descriptor(
            "legs",
            "What became of offers, as reported; one of which nobody tells is none of these",
            None,
            MetricType::Counter,
        )?;
        for (account, counts) in &self.accounts {
            for (outcome, count) in OfferOutcome::ALL.iter().zip(&counts.ends) {
                legs.encode_family(&[
                    ("account", account.as_str()),
                    ("outcome", outcome.as_str()),
                ])?
                .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        let mut to_answer = encoder.encode_descriptor(
            "offer_to_answer_seconds",
            "From the offer to the answer, where it is known when somebody answered",
            None,
            MetricType::Histogram,
        )?;
        for (account, counts) in &self.accounts {
            let labels = [("account", account.as_str())];
            counts.to_answer.encode(to_answer.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
