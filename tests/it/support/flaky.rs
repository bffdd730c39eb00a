//! A store that fails on command.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ringmaster::clock::Timestamp;
use ringmaster::presence::store::View;
use ringmaster::presence::{
    Agent, AgentProfile, Binding, CallHistory, DecisionLog, Erased, Heard, NoteStep, OfferReply,
    OfferRequest, Past, Presence, QueueDefinition, Quota, Release, ReleaseOutcome, Report,
    Snapshot, Store, StoreError, Traffic,
};
use ringmaster::telephony::{AccountName, AgentId, CallSid, PhoneNumber};

mod log;

/// How the store does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Well,
    Failing,
    Frozen,
    Corrupt,
    /// Well, but it never comes to an end with indexing queues.
    Indexing,
}

const INDEXING: u8 = 4;

/// What can go wrong a few times, while everything else goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Offer,
    Report,
    Note,
}

/// How it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done.
    Fails,
    /// It is done, and nobody hears of it.
    LosesItsAnswer,
}

/// Another store, in a mood.
#[derive(Debug)]
pub(crate) struct FlakyStore {
    inner: Arc<dyn Store>,
    mood: AtomicU8,
    offers: AtomicUsize,
    troubles: Mutex<Vec<(Op, Fault)>>,
}

impl FlakyStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            mood: AtomicU8::new(0),
            offers: AtomicUsize::new(0),
            troubles: Mutex::default(),
        }
    }

    /// The next so many of these go wrong.
    pub(crate) fn goes_wrong(&self, op: Op, fault: Fault, times: usize) {
        let mut troubles = self.troubles.lock().unwrap();
        troubles.extend(std::iter::repeat_n((op, fault), times));
    }

    async fn perhaps<T>(
        &self,
        op: Op,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.suffer().await?;
        let trouble = {
            let mut troubles = self.troubles.lock().unwrap();
            let place = troubles.iter().position(|(one, _)| *one == op);
            place.map(|place| troubles.remove(place).1)
        };
        let timeout = StoreError::Timeout(Duration::from_millis(1));
        match trouble {
            None => work.await,
            Some(Fault::Fails) => Err(timeout),
            Some(Fault::LosesItsAnswer) => {
                work.await?;
                Err(timeout)
            }
        }
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        let mood = match mood {
            Mood::Well => 0,
            Mood::Failing => 1,
            Mood::Frozen => 2,
            Mood::Corrupt => 3,
            Mood::Indexing => INDEXING,
        };
        self.mood.store(mood, Ordering::SeqCst);
    }

    /// How many decisions it was asked for.
    pub(crate) fn offers(&self) -> usize {
        self.offers.load(Ordering::SeqCst)
    }

    async fn suffer(&self) -> Result<(), StoreError> {
        match self.mood.load(Ordering::SeqCst) {
            0 | INDEXING => Ok(()),
            1 => Err(StoreError::Timeout(Duration::from_millis(1))),
            3 => Err(StoreError::Corrupt("on command".to_owned())),
            _ => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Store for FlakyStore {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        self.offers.fetch_add(1, Ordering::SeqCst);
        self.perhaps(Op::Offer, self.inner.offer(request)).await
    }

    async fn hear(&self, report: &Report) -> Result<Heard, StoreError> {
        self.perhaps(Op::Report, self.inner.hear(report)).await
    }

    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        self.suffer().await?;
        while self.mood.load(Ordering::SeqCst) == INDEXING {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.inner.prepare(account, queues).await
    }

    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError> {
        self.suffer().await?;
        self.inner.put_agents(account, agents).await
    }

    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError> {
        self.suffer().await?;
        self.inner.remove_agent(account, id).await
    }

    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        self.suffer().await?;
        self.inner.agent(account, view, id).await
    }

    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError> {
        self.suffer().await?;
        self.inner.snapshot(account).await
    }

    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        self.suffer().await?;
        self.inner.past(account, from, to).await
    }

    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        self.suffer().await?;
        self.inner.binding(account, customer).await
    }

    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError> {
        self.suffer().await?;
        self.inner.erase(account, customer).await
    }

    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError> {
        self.suffer().await?;
        self.inner.traffic(account, queues).await
    }

    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError> {
        self.suffer().await?;
        self.inner
            .set_presence(account, id, presence, by, view)
            .await
    }

    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError> {
        self.suffer().await?;
        self.inner.heartbeat(account, id, view).await
    }

    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        self.suffer().await?;
        self.inner.release(account, id, release).await
    }

    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError> {
        self.suffer().await?;
        self.inner.take(account, quota).await
    }

    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError> {
        self.suffer().await?;
        self.inner.call(account, call).await
    }

    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        let noting = self.inner.note(account, name, step);
        self.perhaps(Op::Note, noting).await
    }

    fn log(&self) -> &dyn DecisionLog {
        self
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.suffer().await?;
        self.inner.ping().await
    }
}
