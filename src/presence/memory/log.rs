//! The logs, in memory. Apart from everything else, so that whoever reads in one holds up no decision.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::super::log::{
    CallLog, DecisionLog, LogEnds, LogId, LogOrder, LogPlace, LogRange, LogRetention, Logged,
    LoggedOfCall, MOST_OF_CALL, NewEntry, ROOM_OF_CALL, USUAL_DELAY, Worth,
};
use super::super::store::StoreError;
use super::MemoryStore;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// All logs, by account.
pub(super) type Logs = HashMap<AccountName, Log>;

/// The log of one account.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// The newest that was written.
    last: Option<LogId>,
    /// The longest that one took to be written, and until when that counts.
    delay: Option<(Duration, Timestamp)>,
    /// When nothing of it is left.
    expires: Option<Timestamp>,
    calls: HashMap<CallSid, OfCall>,
    /// In the order in which they expire.
    expiry: BTreeSet<(Timestamp, CallSid)>,
}

#[derive(Debug)]
struct Entry {
    id: LogId,
    customer: Option<PhoneNumber>,
    text: String,
}

#[derive(Debug)]
struct OfCall {
    kept: Vec<Kept>,
    /// How many were let go.
    gone: usize,
    expires: Timestamp,
}

#[derive(Debug)]
struct Kept {
    what: What,
    worth: Worth,
}

#[derive(Debug)]
enum What {
    InLog(LogId),
    Here(String),
}

impl OfCall {
    /// Lets go what is too much: the oldest of the least worth, but the first decision stays.
    fn trim(&mut self) {
        let full = MOST_OF_CALL.saturating_add(ROOM_OF_CALL);
        // In Redis, where some have gone, their number stands before the others.
        if self.kept.len().saturating_add(usize::from(self.gone > 0)) <= full {
            return;
        }
        let mut excess = self.kept.len().saturating_sub(MOST_OF_CALL);
        self.gone = self.gone.saturating_add(excess);
        for worth in [Worth::Repeat, Worth::News, Worth::Decision] {
            let mut is_spared = worth == Worth::Decision;
            self.kept.retain(|kept| {
                if excess == 0 || kept.worth != worth || std::mem::take(&mut is_spared) {
                    return true;
                }
                excess = excess.saturating_sub(1);
                false
            });
        }
    }
}

impl Log {
    fn append(&mut self, entries: &[NewEntry], retention: LogRetention, now: Timestamp) {
        self.forget_old(now);
        let millis = LogId::at(now).millis();
        let mut delay = Duration::ZERO;
        for entry in entries {
            let (what, usual) = match entry.place {
                LogPlace::Log => {
                    delay = delay.max(now.since(entry.at));
                    (What::InLog(self.push(entry, millis)), Worth::Decision)
                }
                LogPlace::Call | LogPlace::KnownCall => {
                    (What::Here(entry.text.clone()), Worth::News)
                }
            };
            let worth = match entry.worth {
                Worth::Repeat => Worth::Repeat,
                Worth::News | Worth::Decision => usual,
            };
            let kept = Kept { what, worth };
            if let Some(call) = &entry.call {
                self.keep(call, kept, entry.place, now.plus(retention.kept));
            }
        }
        if entries.iter().any(|entry| entry.place == LogPlace::Log) {
            self.expires = Some(now.plus(retention.kept));
            self.trim(retention, now);
        }
        let known = self.delay.map_or(Duration::ZERO, |(delay, _)| delay);
        if delay > USUAL_DELAY && delay > known {
            self.delay = Some((delay, now.plus(retention.kept)));
        }
    }

    fn push(&mut self, entry: &NewEntry, millis: u64) -> LogId {
        let last = self.last.unwrap_or_default();
        let id = LogId::new(millis.max(last.millis()), last.number().saturating_add(1));
        self.last = Some(id);
        self.entries.push_back(Entry {
            id,
            customer: entry.customer,
            text: entry.text.clone(),
        });
        id
    }

    fn keep(&mut self, call: &CallSid, kept: Kept, place: LogPlace, expires: Timestamp) {
        if place == LogPlace::KnownCall && !self.calls.contains_key(call) {
            return;
        }
        let of_call = self.calls.entry(call.clone()).or_insert_with(|| OfCall {
            kept: Vec::new(),
            gone: 0,
            expires,
        });
        self.expiry.remove(&(of_call.expires, call.clone()));
        of_call.expires = expires;
        self.expiry.insert((expires, call.clone()));
        of_call.kept.push(kept);
        of_call.trim();
    }

    fn trim(&mut self, retention: LogRetention, now: Timestamp) {
        let most = usize::try_from(retention.most.get()).unwrap_or(usize::MAX);
        let oldest = LogId::at(now.minus(retention.kept));
        let is_old = |entry: &Entry| entry.id < oldest;
        while self.entries.len() > most || self.entries.front().is_some_and(is_old) {
            self.entries.pop_front();
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        if self.expires.is_some_and(|expires| expires <= now) {
            self.entries.clear();
            (self.last, self.expires) = (None, None);
        }
        if self.delay.is_some_and(|(_, until)| until <= now) {
            self.delay = None;
        }
        while let Some((expires, call)) = self.expiry.first().cloned() {
            if expires > now {
                return;
            }
            self.expiry.pop_first();
            self.calls.remove(&call);
        }
    }

    fn read(&self, range: LogRange) -> Vec<Logged> {
        let from = self.entries.partition_point(|entry| {
            let after = range.after;
            after.is_some_and(|after| entry.id <= after)
        });
        let to = self.entries.partition_point(|entry| {
            let before = range.before;
            before.is_none_or(|before| entry.id < before)
        });
        let stretch = self.entries.range(from.min(to)..to);
        let shown = |entry: &Entry| Logged {
            id: entry.id,
            text: entry.text.clone(),
        };
        match range.order {
            LogOrder::Forwards => stretch.take(range.most).map(shown).collect(),
            LogOrder::Backwards => stretch.rev().take(range.most).map(shown).collect(),
        }
    }

    fn ends(&self) -> Option<LogEnds> {
        Some(LogEnds {
            first: self.entries.front().map(|entry| entry.id),
            last: self.last?,
            delay: self.delay.map_or(USUAL_DELAY, |(delay, _)| delay),
        })
    }

    fn of_call(&self, call: &CallSid) -> CallLog {
        let Some(of_call) = self.calls.get(call) else {
            return CallLog::default();
        };
        let shown = |kept: &Kept| match &kept.what {
            What::InLog(id) => {
                let place = self.entries.binary_search_by_key(id, |entry| entry.id);
                let entry = place.ok().and_then(|place| self.entries.get(place))?;
                Some(LoggedOfCall {
                    id: Some(*id),
                    text: entry.text.clone(),
                })
            }
            What::Here(text) => Some(LoggedOfCall {
                id: None,
                text: text.clone(),
            }),
        };
        let entries: Vec<_> = of_call.kept.iter().filter_map(shown).collect();
        let lost = of_call.kept.len().saturating_sub(entries.len());
        let gone = u64::try_from(of_call.gone.saturating_add(lost)).unwrap_or(u64::MAX);
        CallLog { entries, gone }
    }

    fn forget(&mut self, customer: PhoneNumber) {
        self.entries
            .retain(|entry| entry.customer != Some(customer));
    }
}

impl MemoryStore {
    /// A step never panics half way, so a poisoned lock still guards a consistent state.
    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's log as it is now, if it has one.
    fn in_log<R>(&self, account: &AccountName, step: impl FnOnce(&mut Log) -> R) -> Option<R> {
        let now = self.clock.now();
        let mut logs = self.logs();
        let log = logs.get_mut(account)?;
        log.forget_old(now);
        Some(step(log))
    }

    /// Takes out whatever has this customer's number in it.
    pub(super) fn forget_in_log(&self, account: &AccountName, customer: PhoneNumber) {
        self.in_log(account, |log| log.forget(customer));
    }
}

#[async_trait]
impl DecisionLog for MemoryStore {
    async fn append(
        &self,
        account: &AccountName,
        entries: &[NewEntry],
        retention: LogRetention,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut logs = self.logs();
        let log = logs.entry(account.clone()).or_default();
        log.append(entries, retention, now);
        Ok(())
    }

    async fn read(
        &self,
        account: &AccountName,
        range: LogRange,
    ) -> Result<Vec<Logged>, StoreError> {
        let read = self.in_log(account, |log| log.read(range));
        Ok(read.unwrap_or_default())
    }

    async fn ends(&self, account: &AccountName) -> Result<Option<LogEnds>, StoreError> {
        Ok(self.in_log(account, |log| log.ends()).flatten())
    }

    async fn of_call(&self, account: &AccountName, call: &CallSid) -> Result<CallLog, StoreError> {
        let found = self.in_log(account, |log| log.of_call(call));
        Ok(found.unwrap_or_default())
    }

    async fn trim(&self, account: &AccountName, retention: LogRetention) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.in_log(account, |log| log.trim(retention, now));
        Ok(())
    }
}
