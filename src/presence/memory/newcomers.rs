//! Coming and going, with the levels at which newcomers begin.

use std::sync::Arc;

use super::super::level::Level;
use super::super::queue::QueueDefinition;
use super::super::record::AgentRecord;
use super::super::snapshot::Member;
use super::super::store::View;
use super::{AccountState, MemoryStore};
use crate::clock::Timestamp;
use crate::telephony::{AccountName, AgentId};

impl MemoryStore {
    /// A step that says whether the agent is back; `false` when there is no such agent.
    pub(super) fn come(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
        step: impl FnOnce(&mut AgentRecord, Timestamp) -> bool,
    ) -> bool {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let Some(state) = accounts.get_mut(account) else {
            return false;
        };
        let AccountState {
            agents,
            levels,
            changes,
            ..
        } = state;
        let Some(Member { profile, record }) = agents.get_mut(id) else {
            return false;
        };
        let had_lapsed = record.is_stale(now, view.heartbeat);
        changes.step(id, record, now, had_lapsed, |record| {
            if step(record, now) {
                record.catch_up(profile, levels);
            }
        });
        true
    }
}

impl AccountState {
    /// An offer has chosen through these queues, each time first somebody at that place.
    pub(super) fn level(&mut self, chosen: Vec<(Arc<QueueDefinition>, u64)>, day: i64) {
        for (queue, place) in chosen {
            self.levels.retain(|_, level| level.day == day);
            let level = Level { queue, day, place };
            self.levels.insert(level.queue.id().clone(), level);
        }
    }
}
