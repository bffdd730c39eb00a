//! What is heard of a call, in memory: each leg follows, and with it the agent. `redis/machine.lua` is its twin.

use super::super::leg::{Leg, Outcome, Step, Told};
use super::super::offer::Dialling;
use super::super::record::{Terms, day_of};
use super::super::report::{DialEnd, LegEvent, News, Report};
use super::AccountState;
use super::offer::Attempt;
use crate::clock::Timestamp;
use crate::telephony::{CallSid, ContactUri};

/// It is over, and no more is known of it.
const GONE: Step = Step {
    leg: Leg::Over(Outcome::Unknown),
    talked: std::time::Duration::ZERO,
};

impl AccountState {
    /// Takes in a report; `false` when it says nothing new of a call that is known here.
    pub(super) fn report(&mut self, report: &Report, now: Timestamp) -> bool {
        let day = day_of(now, report.utc_offset_seconds);
        let Some(known) = self.calls.get(&report.call) else {
            return false;
        };
        let mut attempts = known.attempts.clone();
        let has_changed = match &report.news {
            News::End(end) => self.conclude(&mut attempts, &report.call, end, now, day),
            News::Leg { who, event, rang } => {
                self.reports_answers |= *event == LegEvent::Answered;
                let Some((made, place)) = find(&attempts, who) else {
                    return false;
                };
                let step = attempts.get(made).and_then(|attempt| {
                    let dialling = self.as_reported(&attempt.dialling);
                    attempt
                        .legs
                        .get(place)?
                        .leg
                        .after(*event, *rang, &dialling, now)
                });
                self.step(&mut attempts, made, place, step, &report.call, now, day)
            }
        };
        if let Some(known) = self.calls.get_mut(&report.call) {
            known.attempts = attempts;
        }
        has_changed
    }

    /// One leg goes on; when it is answered, all others of the call are over.
    #[expect(
        clippy::too_many_arguments,
        reason = "a place in the attempts, and who asks when"
    )]
    fn step(
        &mut self,
        attempts: &mut [Attempt],
        made: usize,
        place: usize,
        step: Option<Step>,
        call: &CallSid,
        now: Timestamp,
        day: i64,
    ) -> bool {
        let (Some(step), Some(attempt)) = (step, attempts.get_mut(made)) else {
            return false;
        };
        self.go(attempt, place, step, call, now, day);
        if matches!(step.leg, Leg::Answered(_)) {
            let lost = Step {
                leg: Leg::Over(Outcome::Cancelled),
                ..GONE
            };
            for (index, attempt) in attempts.iter_mut().enumerate() {
                for other in 0..attempt.legs.len() {
                    let is_open = attempt
                        .legs
                        .get(other)
                        .is_some_and(|leg| !leg.leg.is_over());
                    if is_open && (index, other) != (made, place) {
                        self.go(attempt, other, lost, call, now, day);
                    }
                }
            }
        }
        true
    }

    /// A dial is over: what `end` says of the attempt that it is about, and whatever the call still holds is free.
    pub(super) fn conclude(
        &mut self,
        attempts: &mut [Attempt],
        call: &CallSid,
        end: &DialEnd,
        now: Timestamp,
        day: i64,
    ) -> bool {
        let about = end.who.as_ref().and_then(|who| find(attempts, who));
        let about = about.map(|(made, _)| made);
        let about = about.or_else(|| attempts.iter().rposition(|made| !made.legs.is_empty()));
        let mut has_changed = false;
        for (index, attempt) in attempts.iter_mut().enumerate() {
            let in_turn = attempt.dialling.at_once(attempt.offer.attempt) == 1;
            let uris: Vec<&ContactUri> = attempt
                .offer
                .destinations
                .iter()
                .map(|to| &to.uri)
                .collect();
            let told = Told::of(end, &uris, in_turn);
            for place in 0..attempt.legs.len() {
                let Some(leg) = attempt.legs.get(place).map(|dialled| dialled.leg) else {
                    continue;
                };
                let step = if about == Some(index) {
                    leg.at_end(place, &told, now)
                } else {
                    (!leg.is_over()).then_some(GONE)
                };
                if let Some(step) = step {
                    has_changed = true;
                    self.go(attempt, place, step, call, now, day);
                }
            }
        }
        has_changed
    }

    /// The leg at this place goes on, and its agent with it.
    fn go(
        &mut self,
        attempt: &mut Attempt,
        place: usize,
        step: Step,
        call: &CallSid,
        now: Timestamp,
        day: i64,
    ) {
        let dialling = self.as_reported(&attempt.dialling);
        let Some(dialled) = attempt.legs.get_mut(place) else {
            return;
        };
        let was = dialled.leg;
        dialled.leg = step.leg;
        let terms = Terms {
            dialling: &dialling,
            handling: &dialled.handling,
            day,
        };
        let offered = attempt.offer.destinations.get(place);
        let Some(id) = offered.and_then(|offered| offered.agent.as_ref()) else {
            return;
        };
        if let Some(member) = self.agents.get_mut(id) {
            member.record.follow(call, was, step, &terms, now);
        } else if let Some(record) = self.departed.get_mut(id)
            && record.is_held_by(call, now)
        {
            record.follow(call, was, step, &terms, now);
        }
    }

    /// The dialling, with what this account has learnt of its events.
    fn as_reported(&self, dialling: &Dialling) -> Dialling {
        Dialling {
            reports_answers: dialling.reports_answers || self.reports_answers,
            ..dialling.clone()
        }
    }
}

/// The last attempt that has this destination, and where in it.
fn find(attempts: &[Attempt], who: &ContactUri) -> Option<(usize, usize)> {
    let mut attempts = attempts.iter().enumerate().rev();
    attempts.find_map(|(made, attempt)| {
        let mut destinations = attempt.offer.destinations.iter();
        Some((made, destinations.position(|to| to.uri == *who)?))
    })
}
