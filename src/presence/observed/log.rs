//! The log of a store that somebody watches.

use async_trait::async_trait;

use super::super::log::{CallLog, DecisionLog, LogEnds, LogRange, LogRetention, Logged, NewEntry};
use super::super::store::StoreError;
use super::{ObservedStore, Operation};
use crate::telephony::{AccountName, CallSid};

#[async_trait]
impl DecisionLog for ObservedStore {
    async fn append(
        &self,
        account: &AccountName,
        entries: &[NewEntry],
        retention: LogRetention,
    ) -> Result<(), StoreError> {
        let step = self.inner.log().append(account, entries, retention);
        self.watched(Operation::LogAppend, step).await
    }

    async fn read(
        &self,
        account: &AccountName,
        range: LogRange,
    ) -> Result<Vec<Logged>, StoreError> {
        let step = self.inner.log().read(account, range);
        self.watched(Operation::LogRead, step).await
    }

    async fn ends(&self, account: &AccountName) -> Result<Option<LogEnds>, StoreError> {
        let step = self.inner.log().ends(account);
        self.watched(Operation::LogRead, step).await
    }

    async fn of_call(&self, account: &AccountName, call: &CallSid) -> Result<CallLog, StoreError> {
        let step = self.inner.log().of_call(account, call);
        self.watched(Operation::LogRead, step).await
    }

    async fn trim(&self, account: &AccountName, retention: LogRetention) -> Result<(), StoreError> {
        let step = self.inner.log().trim(account, retention);
        self.watched(Operation::LogTrim, step).await
    }
}
