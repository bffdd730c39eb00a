//! A store that somebody watches: how long each operation takes, which fail, and what becomes of offers.
//!
//! It changes no answer. Whoever watches is told from the thread of the operation, so must be quick and never wait.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::agent::{Agent, AgentProfile, Presence};
use super::history::CallHistory;
use super::log::DecisionLog;
use super::note::NoteStep;
use super::offer::{Offer, OfferReply, OfferRequest};
use super::past::Past;
use super::queue::QueueDefinition;
use super::quota::Quota;
use super::report::Report;
use super::snapshot::Snapshot;
use super::sticky::{Binding, Erased};
use super::store::{Release, ReleaseOutcome, Store, StoreError, View};
use super::told::Heard;
use super::waiting::Traffic;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, AgentId, CallSid, PhoneNumber};

mod log;

/// Whoever watches a store.
pub trait StoreObserver: Send + Sync + fmt::Debug {
    /// An operation is over.
    fn ended(&self, operation: Operation, took: Duration, failure: Option<Failure>);

    /// A fetch was answered.
    fn offered(&self, account: &AccountName, call: &CallSid, offer: &Offer);

    /// A report was taken in.
    fn heard(&self, account: &AccountName, call: &CallSid, heard: &Heard);
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// A short stable word for metrics.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// What is asked of a store.
    Operation {
        /// [`Store::offer`]
        Offer = "offer",
        /// [`Store::hear`]
        Report = "report",
        /// [`Store::prepare`]
        Prepare = "prepare",
        /// [`Store::put_agents`]
        PutAgents = "put_agents",
        /// [`Store::remove_agent`]
        RemoveAgent = "remove_agent",
        /// [`Store::agent`]
        Agent = "agent",
        /// [`Store::snapshot`]
        Snapshot = "snapshot",
        /// [`Store::past`]
        Past = "past",
        /// [`Store::binding`]
        Binding = "binding",
        /// [`Store::erase`]
        Erase = "erase",
        /// [`Store::traffic`]
        Traffic = "traffic",
        /// [`Store::set_presence`]
        SetPresence = "set_presence",
        /// [`Store::heartbeat`]
        Heartbeat = "heartbeat",
        /// [`Store::release`]
        Release = "release",
        /// [`Store::take`]
        Take = "take",
        /// [`Store::call`]
        Call = "call",
        /// [`Store::note`]
        Note = "note",
        /// [`DecisionLog::append`]
        LogAppend = "log_append",
        /// [`DecisionLog::read`], [`DecisionLog::ends`], [`DecisionLog::of_call`]
        LogRead = "log_read",
        /// [`DecisionLog::trim`]
        LogTrim = "log_trim",
        /// [`Store::ping`]
        Ping = "ping",
    }
}

words! {
    /// How an operation failed.
    Failure {
        /// [`StoreError::Timeout`]
        Timeout = "timeout",
        /// [`StoreError::Redis`]
        Redis = "redis",
        /// [`StoreError::Refused`]
        Refused = "refused",
        /// [`StoreError::Pool`]
        Pool = "pool",
        /// [`StoreError::Corrupt`]
        Corrupt = "corrupt",
        /// Whoever asked waited no longer, as a decision does at its deadline.
        Abandoned = "abandoned",
    }
}

impl Failure {
    /// What kind of failure this is; `None` for an answer in the form of an error.
    fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::Timeout(_) => Some(Self::Timeout),
            StoreError::Redis(_) => Some(Self::Redis),
            StoreError::Refused(_) => Some(Self::Refused),
            StoreError::Pool(_) => Some(Self::Pool),
            StoreError::Corrupt(_) => Some(Self::Corrupt),
            StoreError::Taken(_) => None,
        }
    }
}

/// A store with somebody who watches it.
#[derive(Clone, Debug)]
pub struct ObservedStore {
    inner: Arc<dyn Store>,
    observer: Arc<dyn StoreObserver>,
}

/// An operation under way. Dropped before its end, it was abandoned.
struct Watch<'a> {
    observer: &'a dyn StoreObserver,
    operation: Operation,
    began: Instant,
    failure: Option<Failure>,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        self.observer.ended(self.operation, took, self.failure);
    }
}

impl ObservedStore {
    /// The store, watched.
    pub fn new(inner: Arc<dyn Store>, observer: Arc<dyn StoreObserver>) -> Self {
        Self { inner, observer }
    }

    async fn watched<T>(
        &self,
        operation: Operation,
        step: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let mut watch = Watch {
            observer: &*self.observer,
            operation,
            began: Instant::now(),
            failure: Some(Failure::Abandoned),
        };
        let result = step.await;
        watch.failure = result.as_ref().err().and_then(Failure::of);
        result
    }
}

#[async_trait]
impl Store for ObservedStore {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        let step = self.inner.offer(request);
        let reply = self.watched(Operation::Offer, step).await?;
        if let OfferReply::Offer(offer) = &reply {
            self.observer
                .offered(&request.account, &request.call, offer);
        }
        Ok(reply)
    }

    async fn hear(&self, report: &Report) -> Result<Heard, StoreError> {
        let step = self.inner.hear(report);
        let heard = self.watched(Operation::Report, step).await?;
        self.observer.heard(&report.account, &report.call, &heard);
        Ok(heard)
    }

    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        let step = self.inner.prepare(account, queues);
        self.watched(Operation::Prepare, step).await
    }

    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError> {
        let step = self.inner.put_agents(account, agents);
        self.watched(Operation::PutAgents, step).await
    }

    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError> {
        let step = self.inner.remove_agent(account, id);
        self.watched(Operation::RemoveAgent, step).await
    }

    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        let step = self.inner.agent(account, view, id);
        self.watched(Operation::Agent, step).await
    }

    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError> {
        let step = self.inner.snapshot(account);
        self.watched(Operation::Snapshot, step).await
    }

    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        let step = self.inner.past(account, from, to);
        self.watched(Operation::Past, step).await
    }

    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        let step = self.inner.binding(account, customer);
        self.watched(Operation::Binding, step).await
    }

    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError> {
        let step = self.inner.erase(account, customer);
        self.watched(Operation::Erase, step).await
    }

    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError> {
        let step = self.inner.traffic(account, queues);
        self.watched(Operation::Traffic, step).await
    }

    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError> {
        let step = self.inner.set_presence(account, id, presence, by, view);
        self.watched(Operation::SetPresence, step).await
    }

    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError> {
        let step = self.inner.heartbeat(account, id, view);
        self.watched(Operation::Heartbeat, step).await
    }

    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        let step = self.inner.release(account, id, release);
        self.watched(Operation::Release, step).await
    }

    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError> {
        let step = self.inner.take(account, quota);
        self.watched(Operation::Take, step).await
    }

    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError> {
        let step = self.inner.call(account, call);
        self.watched(Operation::Call, step).await
    }

    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        let step = self.inner.note(account, name, step);
        self.watched(Operation::Note, step).await
    }

    fn log(&self) -> &dyn DecisionLog {
        self
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.watched(Operation::Ping, self.inner.ping()).await
    }

    fn failing_lines(&self) -> usize {
        self.inner.failing_lines()
    }
}
