//! Putting agents into a state by hand: a test of rules says where it begins, instead of how it came to that.

use std::time::Duration;

use super::super::agent::{AgentState, Presence};
use super::super::record::{AgentRecord, NONE, day_of};
use super::super::sticky::{Binding, Customer};
use super::super::store::View;
use super::MemoryStore;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, AgentId, CallSid};

/// What is so about an agent from now on. `None` leaves what is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// What the person chose.
    pub presence: Option<Presence>,
    /// What holds the agent, until when.
    pub state: Option<(AgentState, Timestamp)>,
    /// The call on whose account the state is.
    pub call: Option<CallSid>,
    /// Since when nothing has held the agent.
    pub idle_since: Option<Timestamp>,
    /// When the last heartbeat came; searches look at the agent again.
    pub seen_at: Option<Timestamp>,
    /// Calls of the account's day so far.
    pub calls: Option<u32>,
    /// Talk time of the account's day so far.
    pub talk_time: Option<Duration>,
    /// When the agent was last offered a call.
    pub last_offered: Option<Timestamp>,
}

impl MemoryStore {
    /// Arranges an agent; `false` when there is no such agent. Only tests and trials may: it asks nobody who may hold the agent.
    pub fn arrange(
        &self,
        account: &AccountName,
        id: &AgentId,
        arrangement: &Arrangement,
        view: View,
    ) -> bool {
        self.come(account, id, view, |record, now| {
            arrangement.apply(record, now, view)
        })
    }
}

impl MemoryStore {
    /// This agent answered the customer's last call. Only for tests and trials, as [`Self::arrange`].
    pub fn bind(&self, account: &AccountName, customer: &Customer, binding: Binding) {
        let mut accounts = self.accounts();
        let state = self.state(&mut accounts, account);
        state.bindings.bind(customer, binding);
    }
}

impl Arrangement {
    /// Says whether the agent is back, as if it had come by itself.
    fn apply(&self, record: &mut AgentRecord, now: Timestamp, view: View) -> bool {
        // First of all: it decides how a break has ended.
        record.seen_at = self.seen_at.unwrap_or(record.seen_at);
        let is_back = self
            .presence
            .as_ref()
            .is_some_and(|presence| record.choose(presence, None, now, view));
        record.settle(now);
        match self.state {
            Some((AgentState::Idle, _)) if record.state != AgentState::Idle => record.free(now),
            Some((AgentState::Idle, _)) | None => {}
            Some((state, until)) => {
                record.state = state;
                record.until = until;
                record.call.clone_from(&self.call);
                record.time_break(now);
            }
        }
        record.idle_since = self.idle_since.unwrap_or(record.idle_since);
        if let Some(seen_at) = self.seen_at {
            record.seen_at = seen_at;
            record.parked_until = NONE;
        }
        if self.calls.is_some() || self.talk_time.is_some() {
            record.begin_day(day_of(now, view.utc_offset_seconds));
            record.calls = self.calls.unwrap_or(record.calls);
            record.talk_millis = self.talk_time.map_or(record.talk_millis, millis);
        }
        if let Some(last_offered) = self.last_offered {
            record.set_turn(last_offered);
        }
        is_back
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Status;

    const VIEW: View = View {
        heartbeat: None,
        utc_offset_seconds: 0,
    };
    const NOW: Timestamp = Timestamp::from_millis(10_000_000);

    fn arranged(arrangement: &Arrangement) -> AgentRecord {
        let mut record = AgentRecord::new(NOW.minus(Duration::from_hours(1)));
        arrangement.apply(&mut record, NOW, VIEW);
        record
    }

    #[test]
    fn who_is_arranged_to_be_idle_is_ready_since_then() {
        let since = NOW.minus(Duration::from_mins(5));
        let record = arranged(&Arrangement {
            presence: Some(Presence::Available),
            idle_since: Some(since),
            ..Arrangement::default()
        });
        assert_eq!(record.status, Status::Available);
        assert_eq!(record.ready_at(), since);
    }

    #[test]
    fn a_state_lasts_until_its_end_and_what_is_not_said_stays() {
        let until = NOW.plus(Duration::from_secs(12));
        let held = Arrangement {
            presence: Some(Presence::Available),
            state: Some((AgentState::WrapUp, until)),
            calls: Some(4),
            ..Arrangement::default()
        };
        let mut record = arranged(&held);
        assert_eq!((record.ready_at(), record.calls), (until, 4));
        let idle = Arrangement {
            state: Some((AgentState::Idle, NOW)),
            ..Arrangement::default()
        };
        idle.apply(&mut record, NOW, VIEW);
        assert_eq!((record.ready_at(), record.calls), (NOW, 4));
        assert_eq!(record.status, Status::Available);
    }
}
