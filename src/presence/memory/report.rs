//! What is heard of a call, in memory: each leg follows, and with it the agent. `redis/machine.lua` is its twin.

use std::time::Duration;

use super::super::leg::{LEARNT_FOR, Leg, Outcome, Step, Told};
use super::super::offer::{Dialling, Offered};
use super::super::record::{AgentRecord, Terms, day_of};
use super::super::report::{DialEnd, DialOutcome, LegEvent, News, Report};
use super::super::told::{Heard, HeardOf};
use super::AccountState;
use super::call::Attempt;
use crate::clock::Timestamp;
use crate::telephony::{CallSid, ContactUri};

mod ends;
mod rings;

pub(super) use ends::ends;
use rings::{heard_of, of_end};

/// It is over, and no more is known of it.
const GONE: Step = over(Outcome::Unknown);

/// Another phone was quicker.
const LOST: Step = over(Outcome::Cancelled);

const fn over(outcome: Outcome) -> Step {
    Step {
        leg: Leg::Over(outcome),
        talked: std::time::Duration::ZERO,
    }
}

/// Of which call something is heard, and when.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) call: &'a CallSid,
    pub(super) now: Timestamp,
    pub(super) day: i64,
}

impl AccountState {
    /// Takes in a report; no news when it says nothing new of a call that is known here.
    pub(super) fn hear(&mut self, report: &Report, now: Timestamp) -> Heard {
        let moment = Moment {
            call: &report.call,
            now,
            day: day_of(now, report.utc_offset_seconds),
        };
        let Some(known) = self.calls.get(&report.call) else {
            return Heard::default();
        };
        let mut attempts = known.attempts.clone();
        let (is_news, about, talks) = match &report.news {
            News::End(end) => {
                let (about, talks) = of_end(&attempts, &self.as_dialled(&attempts, end));
                let is_over = matches!(end.outcome, DialOutcome::Answered | DialOutcome::Cancelled);
                let has_left = is_over && self.leave(&report.call, &attempts);
                let is_news = self.conclude(&mut attempts, end, is_over, moment) || has_left;
                (is_news, about, talks)
            }
            News::Leg { who, event, rang } => {
                let (is_news, about) = self.event(&mut attempts, who, (*event, *rang), moment);
                (is_news, about, Vec::new())
            }
        };
        let Some(known) = self.calls.get_mut(&report.call) else {
            return Heard::default();
        };
        let before = std::mem::replace(&mut known.attempts, attempts);
        let ends = ends(&before, &known.attempts, now);
        Heard {
            is_news,
            ends,
            about,
            talks,
        }
    }

    /// An event of one leg. Is it news, and of which ring?
    fn event(
        &mut self,
        attempts: &mut [Attempt],
        who: &ContactUri,
        (event, rang): (LegEvent, Option<Duration>),
        moment: Moment<'_>,
    ) -> (bool, Option<HeardOf>) {
        let now = moment.now;
        let is_outbound = |made: &Attempt| made.dialling.is_outbound && !made.legs.is_empty();
        if event == LegEvent::Answered && !attempts.first().is_some_and(is_outbound) {
            self.answer_heard = Some(now);
        }
        let who = self.dialled_as(attempts, who);
        let Some((made, place)) = find(attempts, &who) else {
            return (false, None);
        };
        let Some((attempt, leg)) = attempts.get(made).and_then(|attempt| {
            let dialled = attempt.legs.get(place)?;
            Some((attempt, dialled.leg))
        }) else {
            return (false, None);
        };
        if event == LegEvent::Terminal
            && leg == Leg::Offered
            && let Some(before) = find(attempts.get(..made).unwrap_or_default(), &who)
        {
            // The phone rang for this call before, and that ring is what has ended.
            return (false, heard_of(attempts, before));
        }
        let dialling = self.as_reported(&attempt.dialling, now);
        let step = leg.after(event, rang, &dialling, now);
        let about = heard_of(attempts, (made, place));
        (self.step(attempts, (made, place), step, moment), about)
    }

    /// The caller is gone, or talks, and waits no longer. Did they?
    fn leave(&mut self, call: &CallSid, attempts: &[Attempt]) -> bool {
        let latest = attempts.last();
        latest.is_some_and(|latest| self.lines.leave(&latest.waits_in, call))
    }

    /// One leg goes on. What it says of the others comes first, for an agent may have been offered to the call twice.
    fn step(
        &mut self,
        attempts: &mut [Attempt],
        own: (usize, usize),
        step: Option<Step>,
        moment: Moment<'_>,
    ) -> bool {
        let Some(step) = step else {
            return false;
        };
        let is_answered = matches!(step.leg, Leg::Answered(_) | Leg::Over(Outcome::Answered));
        let is_dialled = is_answered || matches!(step.leg, Leg::Ringing(_));
        for (index, attempt) in attempts.iter_mut().enumerate() {
            let dialling = self.as_reported(&attempt.dialling, moment.now);
            for other in 0..attempt.legs.len() {
                let Some(leg) = attempt.legs.get(other).map(|dialled| dialled.leg) else {
                    continue;
                };
                let is_before = index == own.0 && other < own.1 && attempt.is_in_turn();
                let step = if (index, other) == own {
                    None
                } else if is_before && is_dialled {
                    leg.passed_over(&dialling, moment.now)
                } else {
                    (is_answered && !leg.is_over()).then_some(LOST)
                };
                if let Some(step) = step {
                    self.go(attempt, other, step, moment);
                }
            }
        }
        if let Some(attempt) = attempts.get_mut(own.0) {
            self.go(attempt, own.1, step, moment);
        }
        true
    }

    /// A dial is over: what `end` says of the attempt that it is about, and whatever the call still holds is free. Unless
    /// the call itself is over, an attempt behind that one goes on: the end of a dial may be told late.
    pub(super) fn conclude(
        &mut self,
        attempts: &mut [Attempt],
        end: &DialEnd,
        is_over: bool,
        moment: Moment<'_>,
    ) -> bool {
        let end = self.as_dialled(attempts, end);
        let about = end.who.as_ref().and_then(|who| find(attempts, who));
        let about = about.map(|(made, _)| made);
        let about = about.or_else(|| attempts.iter().rposition(|made| !made.legs.is_empty()));
        let Some(about) = about else {
            return false;
        };
        let mut has_changed = false;
        for (index, attempt) in attempts.iter_mut().enumerate() {
            if index == about || (index > about && !is_over) {
                continue;
            }
            for place in 0..attempt.legs.len() {
                let leg = attempt.legs.get(place).map(|dialled| dialled.leg);
                if leg.is_some_and(|leg| !leg.is_over()) {
                    has_changed = true;
                    self.go(attempt, place, GONE, moment);
                }
            }
        }
        let tells = attempts
            .get_mut(about)
            .is_some_and(|attempt| self.tell(attempt, &end, moment));
        has_changed || tells
    }

    /// What `end` says of each leg of the attempt that it is about.
    fn tell(&mut self, attempt: &mut Attempt, end: &DialEnd, moment: Moment<'_>) -> bool {
        let uris: Vec<&ContactUri> = uris(attempt).collect();
        let is_outbound = attempt.dialling.is_outbound;
        let told = Told::of(end, &uris, attempt.is_in_turn(), is_outbound);
        let mut has_changed = false;
        for place in 0..attempt.legs.len() {
            let leg = attempt.legs.get(place).map(|dialled| dialled.leg);
            if let Some(step) = leg.and_then(|leg| leg.at_end(place, &told, moment.now)) {
                has_changed = true;
                self.go(attempt, place, step, moment);
            }
        }
        has_changed
    }

    /// The leg at this place goes on, and its agent with it.
    fn go(&mut self, attempt: &mut Attempt, place: usize, step: Step, moment: Moment<'_>) {
        let Moment { call, now, day } = moment;
        let dialling = self.as_reported(&attempt.dialling, now);
        let Some(dialled) = attempt.legs.get_mut(place) else {
            return;
        };
        let was = dialled.leg;
        dialled.leg = step.leg;
        dialled.talked = step.talked;
        let terms = Terms {
            dialling: &dialling,
            handling: &dialled.handling,
            day,
        };
        let is_answer = step.is_answer(was, dialling.is_outbound);
        let offered = attempt.offer.destinations.get(place);
        let Some(id) = offered.and_then(|offered| offered.agent.as_ref()) else {
            return;
        };
        if let Some(member) = self.agents.get_mut(id) {
            let follow = |record: &mut AgentRecord| record.follow(call, was, step, &terms, now);
            self.changes
                .step(id, &mut member.record, now, false, follow);
        } else if let Some(record) = self.departed.get_mut(id)
            && record.is_held_by(call, now)
        {
            record.follow(call, was, step, &terms, now);
        } else {
            return;
        }
        if is_answer {
            self.bind(call, id, now);
        }
    }

    /// The dialling, with what this account has learnt of its events.
    fn as_reported(&self, dialling: &Dialling, now: Timestamp) -> Dialling {
        let has_learnt = self
            .answer_heard
            .is_some_and(|heard| now < heard.plus(LEARNT_FOR));
        Dialling {
            reports_answers: dialling.reports_answers || (has_learnt && !dialling.is_outbound),
            ..dialling.clone()
        }
    }

    /// The end of a dial in the destinations that were dialled.
    fn as_dialled(&self, attempts: &[Attempt], end: &DialEnd) -> DialEnd {
        let talks = end.talks.iter();
        DialEnd {
            outcome: end.outcome,
            who: end.who.as_ref().map(|who| self.dialled_as(attempts, who)),
            talks: talks
                .map(|(who, talked)| (self.dialled_as(attempts, who), *talked))
                .collect(),
        }
    }

    /// The destination that was dialled, when an agent is reported by another one of theirs.
    fn dialled_as(&self, attempts: &[Attempt], who: &ContactUri) -> ContactUri {
        if find(attempts, who).is_some() {
            return who.clone();
        }
        let has_it = |to: &&Offered| {
            let member = to.agent.as_ref().and_then(|id| self.agents.get(id));
            member.is_some_and(|member| member.profile.destinations.contains(who))
        };
        let mut offered = attempts
            .iter()
            .rev()
            .flat_map(|made| &made.offer.destinations);
        offered
            .find(has_it)
            .map_or_else(|| who.clone(), |to| to.uri.clone())
    }
}

fn uris(attempt: &Attempt) -> impl Iterator<Item = &ContactUri> {
    attempt.offer.destinations.iter().map(|to| &to.uri)
}

/// The last attempt that has this destination, and where in it.
fn find(attempts: &[Attempt], who: &ContactUri) -> Option<(usize, usize)> {
    let mut attempts = attempts.iter().enumerate().rev();
    attempts.find_map(|(made, attempt)| {
        let place = uris(attempt).position(|uri| uri == who)?;
        Some((made, place))
    })
}
