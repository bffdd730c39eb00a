//! Keeps the accounts' queues known to the store: at the start, whenever an offer finds that the store lacks one, when
//! the store is back after it failed, and regularly, so that an emptied store is noticed while nobody calls.
//!
//! It may mean that the store reads every agent of an account, which takes seconds for a large one. So it is never
//! done on a caller's time: each account has one task that makes one round after the other, and whoever lacks a queue
//! wakes it and waits for as long as the caller can. A round that fails says nothing about decisions: the breaker does
//! not hear of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::decide::RouterShared;
use crate::presence::{Store, StoreError};
use crate::telephony::AccountName;

/// How often an account's queues are made known.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The time between two rounds that nobody asked for.
    pub regular: Duration,
    /// The pause after a round that failed, however urgently another is wanted. It doubles at each further failure,
    /// and whoever wants a round cuts the rest short.
    pub shortest_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
}

impl Default for Pace {
    /// Every 30 s; 100 ms to 5 s after failures.
    fn default() -> Self {
        Self {
            regular: Duration::from_secs(30),
            shortest_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Pace {
    /// The time until the next round that nobody asked for, after so many failures in a row.
    fn wait(self, failures: u32) -> Duration {
        match failures.checked_sub(1) {
            None => self.regular,
            Some(doublings) => self
                .shortest_pause
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(self.longest_pause),
        }
    }
}

/// Where rounds are asked for and waited for. All workers share one; [`keep_indexed`] makes the rounds.
#[derive(Debug, Default)]
pub struct Indexer {
    accounts: Mutex<BTreeMap<AccountName, watch::Sender<Rounds>>>,
    is_woken: Notify,
}

impl Indexer {
    /// Waits until all queues of the account's book are known by a round that begins from now on. It waits for as long
    /// as the store fails, so give it a deadline.
    pub async fn round(&self, account: &AccountName) {
        let rounds = self.rounds(account);
        let number = want(&rounds);
        // An error would mean that no sender is left, and here is one.
        let _completed: Result<_, watch::error::RecvError> = rounds
            .subscribe()
            .wait_for(|rounds| rounds.completed >= number)
            .await
            .map(drop);
    }

    /// Has a round begun for every account, also for those that are new in the books.
    pub fn wake_all(&self) {
        for rounds in self.lock().values() {
            want(rounds);
        }
        self.is_woken.notify_one();
    }

    fn rounds(&self, account: &AccountName) -> watch::Sender<Rounds> {
        self.lock().entry(account.clone()).or_default().clone()
    }

    /// No step can panic half way, so a poisoned lock still guards a whole table.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountName, watch::Sender<Rounds>>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rounds of one account by number, from 1. The same value wakes the account's task and whoever waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rounds {
    wanted: u64,
    begun: u64,
    completed: u64,
}

impl Rounds {
    /// Wants a round that begins from now on, and gives its number. One that is under way may have passed what is
    /// missing now; all who come while it is share the next.
    fn want(&mut self) -> u64 {
        self.wanted = self.begun.saturating_add(1);
        self.wanted
    }

    fn is_wanted(self) -> bool {
        self.wanted > self.begun
    }

    fn begin(&mut self) -> u64 {
        self.begun = self.begun.saturating_add(1);
        self.begun
    }
}

/// Wakes the account's task, once for all who want the same round.
fn want(rounds: &watch::Sender<Rounds>) -> u64 {
    let mut number = 0;
    rounds.send_if_modified(|rounds| {
        let was_wanted = rounds.is_wanted();
        number = rounds.want();
        !was_wanted
    });
    number
}

/// Makes the rounds of all accounts of the present books; never returns, so its task is aborted by its owner, and the
/// accounts' tasks with it.
pub async fn keep_indexed(shared: Arc<RouterShared>, store: Arc<dyn Store>, pace: Pace) {
    let (mut tasks, mut kept) = (JoinSet::new(), BTreeSet::new());
    loop {
        for account in shared.books.all().keys() {
            if kept.insert(account.clone()) {
                let account = Account {
                    name: account.clone(),
                    rounds: shared.indexer.rounds(account),
                    shared: Arc::clone(&shared),
                    store: Arc::clone(&store),
                };
                tasks.spawn(account.keep_indexed(pace));
            }
        }
        shared.indexer.is_woken.notified().await;
    }
}

/// What the task of one account works with.
struct Account {
    name: AccountName,
    rounds: watch::Sender<Rounds>,
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
}

impl Account {
    /// Round after round, for ever.
    async fn keep_indexed(self, pace: Pace) {
        let mut wanted = self.rounds.subscribe();
        let mut failures = 0_u32;
        loop {
            let outcome = self.round().await;
            self.log(&outcome, failures);
            failures = match outcome {
                Ok(()) => 0,
                Err(_) => failures.saturating_add(1),
            };
            let mut wait = pace.wait(failures);
            if failures > 0 {
                sleep(pace.shortest_pause).await;
                wait = wait.saturating_sub(pace.shortest_pause);
            }
            // Wanted or due: either begins the next.
            let _either = timeout(wait, wanted.wait_for(|rounds| rounds.is_wanted())).await;
        }
    }

    /// One round, with all queues of the book of this moment: a later call may need any of them.
    async fn round(&self) -> Result<(), StoreError> {
        let mut number = 0;
        // Nobody waits for a beginning.
        self.rounds.send_if_modified(|rounds| {
            number = rounds.begin();
            false
        });
        let definitions = self.shared.books.of(&self.name).definitions();
        self.store.prepare(&self.name, &definitions).await?;
        self.rounds.send_modify(|rounds| rounds.completed = number);
        Ok(())
    }

    /// Logs what changed: the first failure in a row, and the end of failing.
    fn log(&self, outcome: &Result<(), StoreError>, failures: u32) {
        let account = &self.name;
        match outcome {
            Ok(()) if failures > 0 => {
                tracing::info!(%account, failures, "the store has taken the queues");
            }
            Ok(()) => {}
            Err(error) => {
                let cause = std::error::Error::source(error).map(tracing::field::display);
                let code = error.code();
                if failures == 0 {
                    tracing::warn!(%account, code, %error, cause, "the store does not take the queues");
                } else {
                    tracing::debug!(%account, code, %error, cause, "the store still does not take the queues");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
