//! Its log.

use async_trait::async_trait;
use ringmaster::presence::{
    CallLog, DecisionLog, LogEnds, LogRange, LogRetention, Logged, NewEntry, StoreError,
};
use ringmaster::telephony::{AccountName, CallSid};

use super::FlakyStore;

#[async_trait]
impl DecisionLog for FlakyStore {
    async fn append(
        &self,
        account: &AccountName,
        entries: &[NewEntry],
        retention: LogRetention,
    ) -> Result<(), StoreError> {
        self.suffer().await?;
        self.inner.log().append(account, entries, retention).await
    }

    async fn read(
        &self,
        account: &AccountName,
        range: LogRange,
    ) -> Result<Vec<Logged>, StoreError> {
        self.suffer().await?;
        self.inner.log().read(account, range).await
    }

    async fn ends(&self, account: &AccountName) -> Result<Option<LogEnds>, StoreError> {
        self.suffer().await?;
        self.inner.log().ends(account).await
    }

    async fn of_call(&self, account: &AccountName, call: &CallSid) -> Result<CallLog, StoreError> {
        self.suffer().await?;
        self.inner.log().of_call(account, call).await
    }

    async fn trim(&self, account: &AccountName, retention: LogRetention) -> Result<(), StoreError> {
        self.suffer().await?;
        self.inner.log().trim(account, retention).await
    }
}
