//! The embedded store: everything in this process, for trials, tests and simulations.
//!
//! It is written to be obviously right rather than fast: a decision looks at every agent of the account. The shared
//! store ([`super::redis`]) answers the same from indexes, and the tests hold the two against each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::agent::{Agent, AgentProfile, AgentState, Presence};
use super::history::CallHistory;
use super::level::Levels;
use super::log::DecisionLog;
use super::note::{NoteStep, Notes};
use super::offer::{OfferReply, OfferRequest};
use super::past::{Cause, Past, Retention};
use super::queue::QueueDefinition;
use super::quota::{Quota, Taken as Counted};
use super::record::{AgentRecord, PARKED_FOR};
use super::report::Report;
use super::snapshot::{Member, Snapshot};
use super::sticky::{Binding, Erased};
use super::store::{Release, ReleaseOutcome, Store, StoreError, Taken, View};
use super::told::Heard;
use super::waiting::Traffic;
use crate::clock::{Clock, Timestamp};
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber};

mod arrange;
mod bindings;
mod call;
mod choice;
mod log;
mod newcomers;
mod offer;
mod past;
mod rehearsal;
mod report;
mod traffic;

pub use arrange::Arrangement;
use bindings::Bindings;
use call::CallRecord;
use log::Logs;
use past::Changes;
pub use rehearsal::Rehearsal;
use traffic::Lines;

/// How long the store remembers, and what it takes for a duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// An equal fetch within this time is a duplicate and gets the same answer, unless that is past before.
    pub replay_window: Duration,
    /// How long a call's record is kept after its last attempt.
    pub calls_kept: Duration,
    /// How much is kept of what agents were.
    pub history: Retention,
}

impl Default for Memory {
    /// 10 s: Exotel gives up on an answer after about 5 s. A day for the calls' records.
    fn default() -> Self {
        Self {
            replay_window: Duration::from_secs(10),
            calls_kept: Duration::from_hours(24),
            history: Retention::USUAL,
        }
    }
}

/// The store inside this process.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    memory: Memory,
    accounts: Mutex<HashMap<AccountName, AccountState>>,
    logs: Mutex<Logs>,
}

/// Everything of one account.
#[derive(Debug, Default)]
struct AccountState {
    agents: BTreeMap<AgentId, Member>,
    /// The records of agents who were removed while a call held them: whoever is made anew under the id is not free
    /// before the lease has passed.
    departed: BTreeMap<AgentId, AgentRecord>,
    calls: HashMap<CallSid, CallRecord>,
    /// The calls' records in the order in which they expire.
    expiry: BTreeSet<(Timestamp, CallSid)>,
    /// Who answered each customer last.
    bindings: Bindings,
    /// What all share for a while.
    notes: Notes,
    /// When Exotel was last heard to report who answered.
    answer_heard: Option<Timestamp>,
    /// Where newcomers begin.
    levels: Levels,
    /// What was counted, by the quota's name.
    counted: HashMap<&'static str, Counted>,
    lines: Lines,
    /// What the agents were.
    changes: Changes,
}

impl MemoryStore {
    /// An empty store on this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_memory(clock, Memory::default())
    }

    /// An empty store that remembers for this long.
    pub fn with_memory(clock: Arc<dyn Clock>, memory: Memory) -> Self {
        Self {
            clock,
            memory,
            accounts: Mutex::default(),
            logs: Mutex::default(),
        }
    }

    /// A step never panics half way, so a poisoned lock still guards a consistent state.
    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountName, AccountState>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's state, which begins empty.
    fn state<'a>(
        &self,
        accounts: &'a mut HashMap<AccountName, AccountState>,
        account: &AccountName,
    ) -> &'a mut AccountState {
        let empty = || AccountState {
            changes: Changes::keeping(self.memory.history),
            ..AccountState::default()
        };
        accounts.entry(account.clone()).or_insert_with(empty)
    }

    fn change<R>(
        &self,
        account: &AccountName,
        id: &AgentId,
        step: impl FnOnce(&mut AgentRecord, Timestamp) -> R,
    ) -> Option<R> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let state = accounts.get_mut(account)?;
        let record = &mut state.agents.get_mut(id)?.record;
        let changes = &mut state.changes;
        Some(changes.step(id, record, now, false, |record| step(record, now)))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = self.state(&mut accounts, &request.account);
        account.forget_old(now);
        Ok(account.offer(request, now, self.memory))
    }

    async fn hear(&self, report: &Report) -> Result<Heard, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let Some(account) = accounts.get_mut(&report.account) else {
            return Ok(Heard::default());
        };
        account.forget_old(now);
        Ok(account.hear(report, now))
    }

    async fn prepare(&self, _: &AccountName, _: &[Arc<QueueDefinition>]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let state = self.state(&mut accounts, account);
        let taken = state.taken(agents);
        if !taken.is_empty() {
            return Err(StoreError::Taken(taken));
        }
        for profile in agents {
            let departed = state
                .departed
                .remove(&profile.id)
                .filter(|record| record.until > now);
            let known = state.agents.get(&profile.id);
            let known = known.map(|member| member.record.clone());
            if known.is_none() {
                state.changes.keep_made(&profile.id, now);
            }
            let mut record = known.or(departed).unwrap_or_else(|| AgentRecord::new(now));
            let leave = |record: &mut AgentRecord| record.leave_queues(profile, &state.levels);
            let changes = &mut state.changes;
            changes.step(&profile.id, &mut record, now, false, leave);
            state.agents.insert(
                profile.id.clone(),
                Member {
                    profile: profile.clone(),
                    record,
                },
            );
        }
        Ok(())
    }

    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let Some(state) = accounts.get_mut(account) else {
            return Ok(false);
        };
        let Some(mut member) = state.agents.remove(id) else {
            return Ok(false);
        };
        state.changes.keep_removed(&member, now);
        if member.record.until > now {
            member.record.depart(now);
            state.departed.insert(id.clone(), member.record);
        }
        Ok(true)
    }

    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        let now = self.clock.now();
        let accounts = self.accounts();
        let member = accounts.get(account).and_then(|state| state.agents.get(id));
        Ok(member.map(|member| member.record.seen(&member.profile, now, view)))
    }

    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError> {
        let now = self.clock.now();
        let accounts = self.accounts();
        let members = accounts.get(account).map(|state| state.agents.values());
        Ok(Snapshot::new(now, members.into_iter().flatten().cloned()))
    }

    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        Ok(self.state(&mut accounts, account).past(from, to, now))
    }

    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        let now = self.clock.now();
        let accounts = self.accounts();
        let bindings = accounts.get(account).map(|state| &state.bindings);
        Ok(bindings.and_then(|bindings| bindings.of(customer, now).cloned()))
    }

    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError> {
        self.forget_in_log(account, customer);
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let Some(state) = accounts.get_mut(account) else {
            return Ok(Erased::default());
        };
        state.forget_old(now);
        Ok(state.erase(customer))
    }

    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = self.state(&mut accounts, account);
        Ok(account.traffic(queues, now))
    }

    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError> {
        Ok(self.come(account, id, view, |record, now| {
            record.choose(presence, by, now, view)
        }))
    }

    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError> {
        Ok(self.come(account, id, view, |record, now| record.beat(now, view)))
    }

    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        let outcome = self.change(account, id, |record, now| {
            // What has ended by itself is written down only with a change, as in the shared store.
            let mut settled = record.clone();
            settled.settle(now);
            if settled.state == AgentState::Idle {
                return ReleaseOutcome::Idle;
            }
            if release == Release::Own && !settled.state.is_agents_own() {
                return ReleaseOutcome::Refused(settled.state);
            }
            settled.free(now);
            *record = settled;
            ReleaseOutcome::Idle
        });
        Ok(outcome.unwrap_or(ReleaseOutcome::Unknown))
    }

    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let state = self.state(&mut accounts, account);
        Ok(state
            .counted
            .entry(quota.name)
            .or_default()
            .take(quota, now))
    }

    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let Some(state) = accounts.get_mut(account) else {
            return Ok(None);
        };
        state.forget_old(now);
        Ok(state.calls.get(call).map(CallRecord::history))
    }

    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let state = self.state(&mut accounts, account);
        Ok(state.notes.take_step(name, step, now))
    }

    fn log(&self) -> &dyn DecisionLog {
        self
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl AccountState {
    /// The destinations of these agents that others, who are not among them, have already.
    fn taken(&self, agents: &[AgentProfile]) -> Vec<Taken> {
        let is_listed = |id: &AgentId| agents.iter().any(|profile| profile.id == *id);
        let owners: HashMap<&ContactUri, &AgentId> = self
            .agents
            .iter()
            .filter(|(id, _)| !is_listed(id))
            .flat_map(|(id, member)| member.profile.destinations.iter().map(move |uri| (uri, id)))
            .collect();
        let taken = |profile: &AgentProfile, uri: &ContactUri| {
            owners.get(uri).map(|owner| Taken {
                agent: profile.id.clone(),
                uri: uri.clone(),
                owner: (*owner).clone(),
            })
        };
        let all = agents.iter().flat_map(|profile| {
            profile
                .destinations
                .iter()
                .filter_map(move |uri| taken(profile, uri))
        });
        all.collect()
    }

    /// Drops bindings and records of calls that have expired, and of agents who are gone and whom nothing holds.
    fn forget_old(&mut self, now: Timestamp) {
        self.departed.retain(|_, record| record.until > now);
        self.bindings.forget_old(now);
        self.changes.forget_old(now);
        while let Some((expires, call)) = self.expiry.first().cloned() {
            if expires > now {
                return;
            }
            self.expiry.pop_first();
            self.calls.remove(&call);
        }
    }

    /// Leaves stale agents out of searches for a while.
    fn park(&mut self, stale: &[AgentId], now: Timestamp) {
        for id in stale {
            if let Some(member) = self.agents.get_mut(id) {
                self.changes
                    .keep_offered(id, &member.record, Cause::Parking, now);
                member.record.parked_until = now.plus(PARKED_FOR);
            }
        }
    }
}

#[cfg(test)]
mod tests;
