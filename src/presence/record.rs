//! What is kept per agent, and when it may be offered: the one number that is the lease.
//!
//! The Redis scripts keep the same fields (`redis/layout.lua`); the memory store works on this type. Both apply the
//! same plain rules, with the time as an argument: `AgentRecord::ready_at`, `AgentRecord::settle`,
//! `AgentRecord::order`. No function here reads a clock.

use std::cmp::max;
use std::collections::BTreeMap;
use std::time::Duration;

use super::agent::{Agent, AgentProfile, AgentState, Presence, Status, StatusSet};
use super::leg::{Leg, Outcome, Step};
use super::offer::{Dialling, Handling};
use super::queue::{QueueDefinition, QueueId, Strategy};
use super::store::View;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// Later than anything that can happen: the `ready_at` of who is away until further notice.
pub(super) const NEVER: Timestamp = Timestamp::from_millis(8_000_000_000_000);

/// Before anything: "none" for a time that is compared by `max`.
pub(super) const NONE: Timestamp = Timestamp::from_millis(0);

/// How long a stale agent is left out of searches before it is looked at again; a heartbeat ends it at once.
pub(super) const PARKED_FOR: Duration = Duration::from_mins(10);

/// How long an agent is left alone whom the network could not reach.
const FAILED_DELAY: Duration = Duration::from_secs(10);

/// The reason of the break that misses in a row lead to.
pub(super) const MISSED_CALLS: &str = "missed_calls";

/// Ties within one millisecond tell calls apart up to this many.
const CALLS_IN_SCORE: u32 = 1024;

/// One agent in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AgentRecord {
    pub(super) status: Status,
    pub(super) status_since: Timestamp,
    pub(super) reason: String,
    /// Who set the status, if somebody else than the person did.
    pub(super) status_set: Option<StatusSet>,
    /// When a timed break ends; [`NONE`] for an open one.
    pub(super) break_until: Timestamp,
    /// How long a timed break lasts that was set during a call, and begins when the call is over for the agent: until then
    /// `break_until` is reckoned from `until`, in case that nothing is heard.
    pub(super) break_lasting: Option<Duration>,
    /// How old a heartbeat may be at the end of the break, as the rules had it when the break was set.
    pub(super) break_heartbeat: Option<Duration>,
    /// The last heartbeat; [`NONE`] before the first.
    pub(super) seen_at: Timestamp,
    pub(super) idle_since: Timestamp,
    pub(super) state: AgentState,
    /// Since when `state` holds.
    pub(super) since: Timestamp,
    /// When `state` ends by itself; [`NONE`] for idle.
    pub(super) until: Timestamp,
    /// From when on a phone that rings is taken as answered, and whether a conversation is only assumed; else [`NONE`].
    pub(super) assumed_from: Timestamp,
    pub(super) call: Option<CallSid>,
    /// Until when a stale agent is left out of searches.
    pub(super) parked_until: Timestamp,
    /// The account's day that the counters belong to.
    pub(super) day: i64,
    pub(super) calls: u32,
    pub(super) talk_millis: u64,
    pub(super) answered: u32,
    pub(super) missed: u32,
    /// Misses in a row, of whatever day.
    pub(super) misses: u8,
    /// When the agent was last offered, and how many calls it had had: the turn of `round_robin`.
    pub(super) turn: u64,
    /// In queues that count the day: how much is added on that day to what is counted (see `level.rs`).
    pub(super) ahead: BTreeMap<QueueId, u64>,
}

impl AgentRecord {
    /// A new agent: offline and idle.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            status: Status::Offline,
            status_since: now,
            reason: String::new(),
            status_set: None,
            break_until: NONE,
            break_lasting: None,
            break_heartbeat: None,
            seen_at: NONE,
            idle_since: now,
            state: AgentState::Idle,
            since: now,
            until: NONE,
            assumed_from: NONE,
            call: None,
            parked_until: NONE,
            day: 0,
            calls: 0,
            talk_millis: 0,
            answered: 0,
            missed: 0,
            misses: 0,
            turn: 0,
            ahead: BTreeMap::new(),
        }
    }

    /// From when on the agent may be offered.
    pub(super) fn ready_at(&self) -> Timestamp {
        let away = match self.status {
            Status::Available => false,
            Status::OnBreak => self.break_until == NONE || self.has_left(),
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

    /// Since when no call and nothing that follows one has held the agent, or from when on none will.
    pub(super) fn free_since(&self) -> Timestamp {
        max(self.idle_since, self.until)
    }

    /// Is the heartbeat too old?
    pub(super) fn is_stale(&self, now: Timestamp, heartbeat: Option<Duration>) -> bool {
        heartbeat.is_some_and(|heartbeat| self.seen_at.plus(heartbeat) < now)
    }

    /// Nobody has beaten since long enough before the end of the timed break: it ends into offline, unless a heartbeat
    /// comes in time.
    fn has_left(&self) -> bool {
        self.break_heartbeat
            .is_some_and(|heartbeat| self.seen_at.plus(heartbeat) < self.break_until)
    }

    /// Writes down what has ended by itself. Changes no `ready_at`.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if passed(self.break_until, now) {
            self.status = if self.has_left() {
                Status::Offline
            } else {
                Status::Available
            };
            self.status_since = self.break_until;
            self.reason.clear();
            self.status_set = None;
            self.idle_since = max(self.idle_since, self.break_until);
            self.break_until = NONE;
            self.break_lasting = None;
            self.break_heartbeat = None;
            self.misses = 0;
        }
        if passed(self.until, now) {
            self.idle_since = max(self.idle_since, self.until);
            // A break that was to follow has begun.
            self.break_lasting = None;
            self.rest();
        } else if self.state == AgentState::Ringing && passed(self.assumed_from, now) {
            self.state = AgentState::InCall;
            self.since = self.assumed_from;
        }
        if passed(self.parked_until, now) {
            self.idle_since = max(self.idle_since, self.parked_until);
            self.parked_until = NONE;
        }
    }

    /// Idle from now on.
    pub(super) fn free(&mut self, now: Timestamp) {
        self.rest();
        self.idle_since = now;
        self.time_break(now);
    }

    /// A timed break begins now, or behind the call that holds the agent.
    pub(super) fn time_break(&mut self, now: Timestamp) {
        let Some(lasting) = self.break_lasting else {
            return;
        };
        match self.state {
            AgentState::Reserved | AgentState::Ringing | AgentState::InCall => {
                self.break_until = self.until.plus(lasting);
            }
            AgentState::Idle | AgentState::WrapUp | AgentState::BackOff => {
                self.break_until = now.plus(lasting);
                self.break_lasting = None;
            }
        }
    }

    fn rest(&mut self) {
        self.state = AgentState::Idle;
        self.until = NONE;
        self.assumed_from = NONE;
        self.call = None;
    }

    /// Gone for administration; the state and its lease stay.
    pub(super) fn depart(&mut self, now: Timestamp) {
        self.status = Status::Offline;
        self.status_since = now;
        self.reason.clear();
        self.status_set = None;
        self.break_until = NONE;
        self.break_lasting = None;
        self.break_heartbeat = None;
        self.seen_at = NONE;
        self.parked_until = NONE;
        self.ahead.clear();
    }

    /// Counters belong to one day of the account.
    pub(super) fn begin_day(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.calls = 0;
            self.talk_millis = 0;
            self.answered = 0;
            self.missed = 0;
            self.ahead.clear();
        }
    }

    /// Reserved for a call until then.
    pub(super) fn reserve(&mut self, call: &CallSid, until: Timestamp, now: Timestamp, day: i64) {
        self.settle(now);
        self.begin_day(day);
        self.turn = scored(now, self.calls);
        self.calls = self.calls.saturating_add(1);
        self.hold(AgentState::Reserved, call, now, until);
    }

    /// In this state, for this call, until then.
    fn hold(&mut self, state: AgentState, call: &CallSid, now: Timestamp, until: Timestamp) {
        self.state = state;
        self.since = now;
        self.until = until;
        self.assumed_from = NONE;
        self.call = Some(call.clone());
        self.time_break(now);
    }

    /// Follows a leg of a call to where it is now. Nothing but the counters changes while another call holds the agent.
    pub(super) fn follow(
        &mut self,
        call: &CallSid,
        was: Leg,
        step: Step,
        terms: &Terms<'_>,
        now: Timestamp,
    ) {
        self.settle(now);
        self.begin_day(terms.day);
        if step.is_answer(was, terms.dialling.is_outbound) {
            self.count_answer();
        }
        let is_open = self.call.as_ref().is_none_or(|holder| holder == call);
        match step.leg {
            Leg::Offered => {}
            Leg::Ringing(_) => {
                if is_open {
                    self.ring(call, terms.dialling, now);
                }
            }
            Leg::Answered(_) => {
                if is_open {
                    let until = now.plus(terms.dialling.longest_call());
                    self.hold(AgentState::InCall, call, now, until);
                }
            }
            Leg::Over(outcome) => {
                if outcome == Outcome::Answered {
                    let talked = u64::try_from(step.talked.as_millis()).unwrap_or(u64::MAX);
                    self.talk_millis = self.talk_millis.saturating_add(talked);
                }
                let is_outbound = terms.dialling.is_outbound;
                let mut pause = self.pause(outcome, terms.handling, is_outbound);
                let most = terms.handling.most_missed.filter(|_| !is_outbound);
                if outcome == Outcome::Missed
                    && most.is_some_and(|most| self.misses >= most.get())
                    && self.status == Status::Available
                {
                    self.give_a_break(now);
                    pause = Duration::ZERO;
                }
                if is_open {
                    self.part(call, outcome, pause, now);
                }
            }
        }
    }

    /// The call is over for the agent, whom no other call holds.
    fn part(&mut self, call: &CallSid, outcome: Outcome, pause: Duration, now: Timestamp) {
        let state = match outcome {
            Outcome::Unknown | Outcome::Cancelled if self.call.is_none() => return,
            Outcome::Answered => AgentState::WrapUp,
            Outcome::Unknown
            | Outcome::Cancelled
            | Outcome::Missed
            | Outcome::Declined
            | Outcome::Failed => AgentState::BackOff,
        };
        if pause.is_zero() {
            self.free(now);
        } else {
            self.hold(state, call, now, now.plus(pause));
        }
    }

    /// Misses in a row: away until the person says otherwise.
    fn give_a_break(&mut self, now: Timestamp) {
        self.status = Status::OnBreak;
        self.status_since = now;
        MISSED_CALLS.clone_into(&mut self.reason);
        self.status_set = None;
        self.break_until = NONE;
        self.break_lasting = None;
        self.break_heartbeat = None;
        self.misses = 0;
    }

    fn ring(&mut self, call: &CallSid, dialling: &Dialling, now: Timestamp) {
        let silent = now.plus(dialling.ring.saturating_add(dialling.margin));
        if dialling.reports_answers {
            self.hold(AgentState::Ringing, call, now, silent);
        } else {
            let until = silent.plus(dialling.longest_call());
            self.hold(AgentState::Ringing, call, now, until);
            self.assumed_from = silent;
        }
    }

    fn count_answer(&mut self) {
        self.answered = self.answered.saturating_add(1);
        self.misses = 0;
    }

    /// How long the agent is left alone after such an end; a miss is counted. One of a call that we started is none in a row:
    /// no customer waited for it.
    fn pause(&mut self, outcome: Outcome, handling: &Handling, is_outbound: bool) -> Duration {
        match outcome {
            Outcome::Answered => handling.wrap_up,
            Outcome::Missed => {
                self.missed = self.missed.saturating_add(1);
                self.misses = self.misses.saturating_add(u8::from(!is_outbound));
                handling.no_answer_delay
            }
            Outcome::Declined => handling.busy_delay,
            Outcome::Failed => FAILED_DELAY,
            Outcome::Cancelled | Outcome::Unknown => Duration::ZERO,
        }
    }

    /// Takes over what the person chose, or somebody else for them. Says whether the agent is back from where nobody counted
    /// on them: offline, or a heartbeat that had lapsed.
    pub(super) fn choose(
        &mut self,
        presence: &Presence,
        by: Option<&str>,
        now: Timestamp,
        view: View,
    ) -> bool {
        self.settle(now);
        let status = presence.status();
        let comes_back = self.status != Status::Available || self.is_stale(now, view.heartbeat);
        let is_back = status == Status::Available && comes_back && self.status != Status::OnBreak;
        if status == Status::Available && comes_back {
            self.begin_day(day_of(now, view.utc_offset_seconds));
            self.idle_since = now;
        }
        if status != self.status {
            self.status_since = now;
            self.misses = 0;
        }
        self.status = status;
        self.status_set = by.map(|by| StatusSet {
            by: by.to_owned(),
            at: now,
        });
        self.seen_at = now;
        self.parked_until = NONE;
        (self.reason, self.break_lasting) = match presence {
            Presence::OnBreak { reason, lasting } => (reason.clone().unwrap_or_default(), *lasting),
            Presence::Available | Presence::Offline => (String::new(), None),
        };
        self.break_until = NONE;
        self.time_break(now);
        self.break_heartbeat = view.heartbeat.filter(|_| self.break_until != NONE);
        is_back
    }

    /// The agent's application is alive. Says whether somebody available is back who had lapsed.
    pub(super) fn beat(&mut self, now: Timestamp, view: View) -> bool {
        self.settle(now);
        let had_lapsed = self.is_stale(now, view.heartbeat);
        if had_lapsed {
            self.begin_day(day_of(now, view.utc_offset_seconds));
            self.idle_since = now;
        }
        self.seen_at = now;
        self.parked_until = NONE;
        had_lapsed && self.status == Status::Available
    }

    /// When the agent was last offered a call, which decides the turn of `round_robin`.
    pub(super) fn set_turn(&mut self, offered_at: Timestamp) {
        self.turn = scored(offered_at, self.calls);
    }

    /// The place in a queue's order: smaller is offered first; equal places go by id.
    pub(super) fn order(
        &self,
        queue: &QueueDefinition,
        profile: &AgentProfile,
        day: i64,
    ) -> (u64, u64) {
        let calls = if self.day == day { self.calls } else { 0 };
        let calls_tie = u64::from(calls);
        let strategy = queue.strategy();
        let measure = self.measure(strategy, profile, day).unwrap_or(0);
        let place = measure.saturating_add(self.ahead_in(queue.id(), day));
        match strategy {
            Strategy::LongestIdle => (scored(self.ready_at(), self.calls), 0),
            Strategy::RoundRobin => (self.turn, 0),
            Strategy::FewestCalls => (place, 0),
            Strategy::LeastTalkTime | Strategy::Weighted => (place, calls_tie),
            // As with longest_idle, ties count the calls of the day of the last offer: a place that never changes.
            Strategy::TopDown => (u64::from(profile.rank()), u64::from(self.calls)),
            Strategy::Random => (0, 0),
        }
    }

    /// The agent as people see it.
    pub(super) fn seen(&self, profile: &AgentProfile, now: Timestamp, view: View) -> Agent {
        let mut record = self.clone();
        record.settle(now);
        record.begin_day(day_of(now, view.utc_offset_seconds));
        let idle = record.state == AgentState::Idle;
        let present = |time: Timestamp| (time != NONE).then_some(time);
        Agent {
            profile: profile.clone(),
            status: record.status,
            reason: (!record.reason.is_empty()).then(|| record.reason.clone()),
            status_since: record.status_since,
            status_set: record.status_set.clone(),
            break_until: present(record.break_until),
            stale: record.status == Status::Available && record.is_stale(now, view.heartbeat),
            seen_at: present(record.seen_at),
            state: record.state,
            until: present(record.until),
            call: record.call,
            idle_since: idle.then_some(record.idle_since),
            state_since: (!idle).then_some(record.since),
            assumed: record.state == AgentState::InCall && record.assumed_from != NONE,
            offered_today: record.calls,
            answered_today: record.answered,
            missed_today: record.missed,
            talked_today: Duration::from_millis(record.talk_millis),
            misses: record.misses,
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

/// On which terms an agent was offered, and the account's day.
pub(super) struct Terms<'a> {
    pub(super) dialling: &'a Dialling,
    pub(super) handling: &'a Handling,
    pub(super) day: i64,
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
