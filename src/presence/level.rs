//! Where somebody begins who comes in the middle of a day, in queues whose order counts the day.
//!
//! With nothing counted yet, a newcomer would get every call until caught up with those who have been there since the
//! morning. So whoever comes back from offline, or with a heartbeat that had lapsed, begins at the queue's *level*: the
//! place of the agent whom the latest offer of the day chose first, the least of those who were there. Who stands further
//! back already stays there, so that nobody gains by leaving for a moment. The twin of `redis/newcomers.lua`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agent::AgentProfile;
use super::queue::{QueueDefinition, QueueId, Strategy};
use super::record::AgentRecord;

/// How far a call goes in a `weighted` queue for an agent of weight 1.
const CALL: u64 = 1_000_000;

/// The level of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) queue: Arc<QueueDefinition>,
    /// The account's day that it belongs to; a new day has none until the first offer.
    pub(super) day: i64,
    /// What the queue's order compares first.
    pub(super) place: u64,
}

/// The levels of an account's queues.
pub(super) type Levels = BTreeMap<QueueId, Level>;

impl AgentRecord {
    /// What a queue that counts the day compares first; nothing for any other.
    pub(super) fn measure(
        &self,
        strategy: Strategy,
        profile: &AgentProfile,
        day: i64,
    ) -> Option<u64> {
        let (calls, talk) = if self.day == day {
            (u64::from(self.calls), self.talk_millis)
        } else {
            (0, 0)
        };
        let share = calls
            .saturating_mul(CALL)
            .checked_div(u64::from(profile.weight));
        match strategy {
            Strategy::FewestCalls => Some(calls),
            Strategy::LeastTalkTime => Some(talk),
            Strategy::Weighted => Some(share.unwrap_or(u64::MAX)),
            Strategy::LongestIdle | Strategy::RoundRobin | Strategy::TopDown | Strategy::Random => {
                None
            }
        }
    }

    /// All of what is added on that day.
    pub(super) fn ahead_on(&self, day: i64) -> BTreeMap<QueueId, u64> {
        let of_the_day = (self.day == day).then(|| self.ahead.clone());
        of_the_day.unwrap_or_default()
    }

    /// How far behind its own measure the agent stands in a queue on that day.
    pub(super) fn ahead_in(&self, queue: &QueueId, day: i64) -> u64 {
        let ahead = self.ahead.get(queue).filter(|_| self.day == day);
        ahead.copied().unwrap_or(0)
    }

    /// The agent is back, and begins at the level of those who are there.
    pub(super) fn catch_up(&mut self, profile: &AgentProfile, levels: &Levels) {
        for (id, level) in levels {
            if level.day != self.day || !level.queue.admits(profile) {
                continue;
            }
            let own = self.measure(level.queue.strategy(), profile, self.day);
            let missing = level.place.saturating_sub(own.unwrap_or(level.place));
            if missing > self.ahead_in(id, self.day) {
                self.ahead.insert(id.clone(), missing);
            }
        }
    }

    /// With a new profile, the agent has begun nowhere in the queues that do not admit it any more.
    pub(super) fn leave_queues(&mut self, profile: &AgentProfile, levels: &Levels) {
        let stays = |id: &QueueId| {
            let level = levels.get(id);
            level.is_some_and(|level| level.queue.admits(profile))
        };
        self.ahead.retain(|id, _| stays(id));
    }
}
