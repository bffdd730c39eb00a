//! What is kept per agent, and when it may be offered: the one number that is the lease.
//!
//! The Redis scripts keep the same fields (`redis/layout.lua`); the memory store works on this type. Both apply the
//! same plain rules, with the time as an argument: `AgentRecord::ready_at`, `AgentRecord::settle`,
//! `AgentRecord::order`. No function here reads a clock.

use std::cmp::max;
use std::time::Duration;

use super::agent::{Agent, AgentProfile, AgentState, Presence, Status};
use super::queue::Strategy;
use super::store::View;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// Later than anything that can happen: the `ready_at` of who is away until further notice.
pub(super) const NEVER: Timestamp = Timestamp::from_millis(8_000_000_000_000);

/// Before anything: "none" for a time that is compared by `max`.
pub(super) const NONE: Timestamp = Timestamp::from_millis(0);

/// How long a stale agent is left out of searches before it is looked at again; a heartbeat ends it at once.
pub(super) const PARKED_FOR: Duration = Duration::from_mins(10);

/// Ties within one millisecond tell calls apart up to this many.
const CALLS_IN_SCORE: u32 = 1024;

/// One agent in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentRecord {
    pub(super) status: Status,
    pub(super) status_since: Timestamp,
    pub(super) reason: String,
    /// When a timed break ends; [`NONE`] for an open one.
    pub(super) break_until: Timestamp,
    /// The last heartbeat; [`NONE`] before the first.
    pub(super) seen_at: Timestamp,
    pub(super) idle_since: Timestamp,
    pub(super) state: AgentState,
    /// When `state` ends by itself; [`NONE`] for idle.
    pub(super) until: Timestamp,
    pub(super) call: Option<CallSid>,
    /// Until when a stale agent is left out of searches.
    pub(super) parked_until: Timestamp,
    /// The account's day that the counters belong to.
    pub(super) day: i64,
    pub(super) calls: u32,
    pub(super) talk_millis: u64,
    /// When the agent was last offered, and how many calls it had had: the turn of `round_robin`.
    pub(super) turn: u64,
}

impl AgentRecord {
    /// A new agent: offline and idle.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            status: Status::Offline,
            status_since: now,
            reason: String::new(),
            break_until: NONE,
            seen_at: NONE,
            idle_since: now,
            state: AgentState::Idle,
            until: NONE,
            call: None,
            parked_until: NONE,
            day: 0,
            calls: 0,
            talk_millis: 0,
            turn: 0,
        }
    }

    /// From when on the agent may be offered.
    pub(super) fn ready_at(&self) -> Timestamp {
        let away = match self.status {
            Status::Available => false,
            Status::OnBreak => self.break_until == NONE,
            Status::Offline => true,
        };
        if away {
            return NEVER;
        }
        max(
            max(self.idle_since, self.until),
            max(self.parked_until, self.break_until),
        )
    }

    /// Is the heartbeat too old?
    pub(super) fn is_stale(&self, now: Timestamp, heartbeat: Option<Duration>) -> bool {
        heartbeat.is_some_and(|heartbeat| self.seen_at.plus(heartbeat) < now)
    }

    /// Writes down what has ended by itself. Changes no `ready_at`.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if passed(self.break_until, now) {
            self.status = Status::Available;
            self.status_since = self.break_until;
            self.reason.clear();
            self.idle_since = max(self.idle_since, self.break_until);
            self.break_until = NONE;
        }
        if passed(self.until, now) {
            self.idle_since = max(self.idle_since, self.until);
            self.until = NONE;
            self.state = AgentState::Idle;
            self.call = None;
        }
        if passed(self.parked_until, now) {
            self.idle_since = max(self.idle_since, self.parked_until);
            self.parked_until = NONE;
        }
    }

    /// Idle from now on.
    pub(super) fn free(&mut self, now: Timestamp) {
        self.state = AgentState::Idle;
        self.until = NONE;
        self.call = None;
        self.idle_since = now;
    }

    /// Gone for administration; the state and its lease stay.
    pub(super) fn depart(&mut self, now: Timestamp) {
        self.status = Status::Offline;
        self.status_since = now;
        self.reason.clear();
        self.break_until = NONE;
        self.seen_at = NONE;
        self.parked_until = NONE;
    }

    /// Counters belong to one day of the account.
    pub(super) fn begin_day(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.calls = 0;
            self.talk_millis = 0;
        }
    }

    /// Reserved for a call until then.
    pub(super) fn reserve(&mut self, call: &CallSid, until: Timestamp, now: Timestamp, day: i64) {
        self.settle(now);
        self.begin_day(day);
        self.turn = scored(now, self.calls);
        self.calls = self.calls.saturating_add(1);
        self.state = AgentState::Reserved;
        self.until = until;
        self.call = Some(call.clone());
    }

    /// Takes over what the person chose.
    pub(super) fn choose(&mut self, presence: &Presence, now: Timestamp, view: View) {
        self.settle(now);
        let status = presence.status();
        let comes_back = self.status != Status::Available || self.is_stale(now, view.heartbeat);
        if status == Status::Available && comes_back {
            self.begin_day(day_of(now, view.utc_offset_seconds));
            self.idle_since = now;
        }
        if status != self.status {
            self.status_since = now;
        }
        self.status = status;
        self.seen_at = now;
        self.parked_until = NONE;
        (self.reason, self.break_until) = match presence {
            Presence::OnBreak { reason, lasting } => (
                reason.clone().unwrap_or_default(),
                lasting.map_or(NONE, |lasting| now.plus(lasting)),
            ),
            Presence::Available | Presence::Offline => (String::new(), NONE),
        };
    }

    /// The agent's application is alive.
    pub(super) fn beat(&mut self, now: Timestamp, view: View) {
        self.settle(now);
        if self.is_stale(now, view.heartbeat) {
            self.begin_day(day_of(now, view.utc_offset_seconds));
            self.idle_since = now;
        }
        self.seen_at = now;
        self.parked_until = NONE;
    }

    /// When the agent was last offered a call, which decides the turn of `round_robin`.
    pub(super) fn set_turn(&mut self, offered_at: Timestamp) {
        self.turn = scored(offered_at, self.calls);
    }

    /// The place in a queue's order: smaller is offered first; equal places go by id.
    pub(super) fn order(&self, strategy: Strategy, profile: &AgentProfile, day: i64) -> (u64, u64) {
        let (calls, talk) = if self.day == day {
            (self.calls, self.talk_millis)
        } else {
            (0, 0)
        };
        let calls_tie = u64::from(calls);
        match strategy {
            Strategy::LongestIdle => (scored(self.ready_at(), self.calls), 0),
            Strategy::RoundRobin => (self.turn, 0),
            Strategy::FewestCalls => (calls_tie, 0),
            Strategy::LeastTalkTime => (talk, calls_tie),
            // As with longest_idle, ties count the calls of the day of the last offer: a place that never changes.
            Strategy::TopDown => (u64::from(profile.rank()), u64::from(self.calls)),
            Strategy::Random => (0, 0),
            Strategy::Weighted => {
                let share = calls_tie
                    .saturating_mul(1_000_000)
                    .checked_div(u64::from(profile.weight));
                (share.unwrap_or(u64::MAX), calls_tie)
            }
        }
    }

    /// The agent as people see it.
    pub(super) fn seen(&self, profile: &AgentProfile, now: Timestamp, view: View) -> Agent {
        let mut record = self.clone();
        record.settle(now);
        let idle = record.state == AgentState::Idle;
        let present = |time: Timestamp| (time != NONE).then_some(time);
        Agent {
            profile: profile.clone(),
            status: record.status,
            reason: (!record.reason.is_empty()).then(|| record.reason.clone()),
            status_since: record.status_since,
            break_until: present(record.break_until),
            stale: record.status == Status::Available && record.is_stale(now, view.heartbeat),
            seen_at: present(record.seen_at),
            state: record.state,
            until: present(record.until),
            call: record.call,
            idle_since: idle.then_some(record.idle_since),
            offered_today: if record.day == day_of(now, view.utc_offset_seconds) {
                record.calls
            } else {
                0
            },
            at: now,
        }
    }

    /// When the agent was offered last.
    pub(super) fn last_offered(&self) -> Option<Timestamp> {
        let millis = self.turn.checked_div(u64::from(CALLS_IN_SCORE));
        let moment = millis.and_then(|millis| i64::try_from(millis).ok());
        moment
            .filter(|millis| *millis > 0)
            .map(Timestamp::from_millis)
    }

    /// How long the agent has talked on that day of the account.
    pub(super) fn talked_on(&self, day: i64) -> Duration {
        Duration::from_millis(if self.day == day { self.talk_millis } else { 0 })
    }

    /// Who holds the agent at that time.
    pub(super) fn is_held_by(&self, call: &CallSid, now: Timestamp) -> bool {
        self.until > now && self.call.as_ref() == Some(call)
    }
}

/// Has this moment, if there is one, come?
fn passed(moment: Timestamp, now: Timestamp) -> bool {
    moment != NONE && moment <= now
}

/// A time, and within one millisecond fewer calls first.
fn scored(time: Timestamp, calls: u32) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(0);
    let calls = calls.min(CALLS_IN_SCORE.saturating_sub(1));
    millis
        .saturating_mul(u64::from(CALLS_IN_SCORE))
        .saturating_add(u64::from(calls))
}

/// The number of the account's day at that time, counted from 1970-01-01 in the account's time zone.
pub(super) fn day_of(now: Timestamp, utc_offset_seconds: i32) -> i64 {
    const DAY_MILLIS: i64 = 86_400_000;
    let local = now
        .as_millis()
        .saturating_add(i64::from(utc_offset_seconds).saturating_mul(1000));
    local.div_euclid(DAY_MILLIS)
}

/// The order of records that share a queue: [`AgentRecord::order`], then the agent's id.
pub(super) type Place<'a> = ((u64, u64), &'a AgentId);
