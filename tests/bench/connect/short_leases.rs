//! A store whose leases last a millisecond.
//!
//! Leases of real calls last half a minute: with 1,000 agents and three to an answer, a hundredth of a second of full
//! load would reserve everybody. So that the machine and not the staff is measured, this store asks for ring times of a
//! millisecond, which the rules rightly don't allow. The agents are then free again after a few other calls, and each
//! decision still finds, reserves and writes down three of them. What it adds to each request, the copy of a struct and
//! one more boxed future, counts against ringmaster.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ringmaster::clock::Timestamp;
use ringmaster::presence::redis::RedisStore;
use ringmaster::presence::store::View;
use ringmaster::presence::{
    Agent, AgentProfile, Binding, CallHistory, DecisionLog, Erased, Heard, NoteStep, OfferReply,
    OfferRequest, Past, Presence, QueueDefinition, Quota, Release, ReleaseOutcome, Report,
    Snapshot, Store, StoreError, Traffic,
};
use ringmaster::telephony::{AccountName, AgentId, CallSid, PhoneNumber};

/// The Redis store, in a hurry.
#[derive(Clone, Debug)]
pub(crate) struct ShortLeases(pub(crate) RedisStore);

#[async_trait]
impl Store for ShortLeases {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        let mut request = request.clone();
        request.dialling.ring = Duration::from_millis(1);
        request.dialling.margin = Duration::ZERO;
        self.0.offer(&request).await
    }

    async fn hear(&self, report: &Report) -> Result<Heard, StoreError> {
        self.0.hear(report).await
    }

    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        self.0.prepare(account, queues).await
    }

    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError> {
        self.0.put_agents(account, agents).await
    }

    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError> {
        self.0.remove_agent(account, id).await
    }

    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        self.0.agent(account, view, id).await
    }

    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError> {
        self.0.snapshot(account).await
    }

    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        self.0.past(account, from, to).await
    }

    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        self.0.binding(account, customer).await
    }

    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError> {
        self.0.erase(account, customer).await
    }

    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError> {
        self.0.traffic(account, queues).await
    }

    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError> {
        self.0.set_presence(account, id, presence, by, view).await
    }

    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError> {
        self.0.heartbeat(account, id, view).await
    }

    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        self.0.release(account, id, release).await
    }

    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError> {
        self.0.take(account, quota).await
    }

    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError> {
        self.0.call(account, call).await
    }

    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        self.0.note(account, name, step).await
    }

    fn log(&self) -> &dyn DecisionLog {
        self.0.log()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }
}
