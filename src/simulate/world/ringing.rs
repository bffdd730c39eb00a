//! Phones ring, are picked up or not; people talk and hang up.

use std::time::Duration;

use super::super::call::{Call, Ended, Leg, LegState, name_of};
use super::super::chance::{Draw, Of};
use super::super::record::CallOutcome;
use super::super::service::{Pace, Service, ServiceError};
use super::super::wire::LegEvent;
use super::{Happening, RingEnd, World};
use crate::rules::Phones;
use crate::telephony::ContactUri;

/// How long the network takes to find that a phone can't be reached.
const FAILS_AFTER: Duration = Duration::from_secs(1);

impl<S: Service> World<'_, S> {
    /// The next phones of the attempt ring, as many as ring together; when there are no more, the attempt is over.
    pub(super) async fn dial_round(&mut self, mut call: Call) -> Result<(), ServiceError> {
        let round = call.next_round();
        if round.is_empty() {
            return self.attempt_ends(call).await;
        }
        for uri in round {
            self.rings(&mut call, uri).await?;
        }
        self.calls.insert(call.number, call);
        Ok(())
    }

    /// One phone is dialled, and what will become of it is drawn.
    async fn rings(&mut self, call: &mut Call, uri: ContactUri) -> Result<(), ServiceError> {
        let leg = call.legs.len();
        let agent = self.owners.get(&uri).copied();
        call.legs.push(Leg {
            uri,
            agent,
            dialled: self.now,
            state: LegState::Ringing,
        });
        let (after, end) = self.ring_end(call, leg, agent);
        if let Some(person) = agent.and_then(|agent| self.people.get_mut(agent))
            && person.engaged.is_none()
        {
            person.engaged = Some(call.number);
        }
        let number = call.number;
        self.agenda.add(
            self.now.plus(after),
            Happening::Leg {
                call: number,
                leg,
                end,
            },
        );
        self.report_leg(call, leg, LegEvent::Dial).await?;
        if end != RingEnd::Over(Ended::Failed) {
            self.report_leg(call, leg, LegEvent::Ringing).await?;
        }
        Ok(())
    }

    /// What becomes of a phone, and after what time.
    fn ring_end(&mut self, call: &Call, leg: usize, agent: Option<usize>) -> (Duration, RingEnd) {
        if agent.is_some_and(|agent| self.is_engaged(agent, call)) {
            return (Duration::ZERO, RingEnd::Over(Ended::Engaged));
        }
        let phones = self.scenario.phones;
        let ring = call.attempt.as_ref();
        let ring = ring.map_or(Duration::ZERO, |attempt| attempt.instructions.ring);
        let place = u64::try_from(leg).unwrap_or(u64::MAX);
        drawn_end(self.chance.of(Of::Leg, call.number, place), phones, ring)
    }

    /// Is the agent's phone in another call? Where everything was reported, answers included, the service could have known.
    fn is_engaged(&mut self, agent: usize, call: &Call) -> bool {
        let person = self.people.get(agent);
        let Some(other) = person.and_then(|person| person.engaged) else {
            return false;
        };
        let asked = call.attempt.as_ref();
        let asked = asked.is_some_and(|attempt| attempt.instructions.events.is_some());
        self.finds_engaged(agent, &call.sid(), other, asked);
        true
    }

    /// The agent's phone is dialled for a call while it is in another, of which events are reported or not.
    pub(super) fn finds_engaged(&mut self, agent: usize, call: &str, other: u64, asked: bool) {
        let reports = self.scenario.reports;
        let is_told = asked && reports.answered && reports.lost == 0 && reports.late == 0;
        if is_told && self.is_known_to_be_engaged(agent, other) {
            let (name, other) = (self.name_of(agent), name_of(other));
            let what = format!("{name} was dialled for {call} while in {other}");
            self.judge.breach(self.now, what);
        } else {
            self.engaged = self.engaged.saturating_add(1);
        }
    }

    /// Must the service have known? What overlaps on the way to it is no fault of its own.
    fn is_known_to_be_engaged(&self, agent: usize, call: u64) -> bool {
        match self.service.pace() {
            Pace::Virtual => true,
            Pace::Real => self.judge.is_talk(agent, call, self.now),
        }
    }

    /// A phone is picked up, or rings no more.
    pub(super) async fn leg_ends(
        &mut self,
        number: u64,
        leg: usize,
        end: RingEnd,
    ) -> Result<(), ServiceError> {
        let Some(mut call) = self.calls.remove(&number) else {
            return Ok(());
        };
        let state = call.legs.get(leg).map(|leg| leg.state);
        if state != Some(LegState::Ringing) {
            self.calls.insert(number, call);
            return Ok(());
        }
        match end {
            RingEnd::PickedUp => {
                self.picked_up(&mut call, leg).await?;
                self.calls.insert(number, call);
                Ok(())
            }
            RingEnd::Over(ended) => {
                self.leg_over(&mut call, leg, ended).await?;
                if call.ringing().is_empty() {
                    return self.dial_round(call).await;
                }
                self.calls.insert(number, call);
                Ok(())
            }
        }
    }

    /// The first to pick up has the call; the other phones stop ringing.
    async fn picked_up(&mut self, call: &mut Call, leg: usize) -> Result<(), ServiceError> {
        if let Some(leg) = call.legs.get_mut(leg) {
            leg.state = LegState::Talking(self.now);
        }
        self.report_leg(call, leg, LegEvent::Answered).await?;
        for other in call.ringing() {
            self.leg_over(call, other, Ended::LostRace).await?;
        }
        let longest = call.attempt.as_ref();
        let longest = longest.map_or(Duration::MAX, |attempt| attempt.instructions.conversation);
        let ends = self.now.plus(call.talk.min(longest));
        self.agenda.add(ends, Happening::TalkEnds(call.number));
        Ok(())
    }

    /// A leg is over: its person is free, and Exotel says so.
    async fn leg_over(
        &mut self,
        call: &mut Call,
        place: usize,
        ended: Ended,
    ) -> Result<(), ServiceError> {
        let Some(leg) = call.legs.get_mut(place) else {
            return Ok(());
        };
        leg.state = LegState::Over(ended);
        let agent = leg.agent;
        let person = agent.and_then(|agent| self.people.get_mut(agent));
        if let Some(person) = person {
            person.counts(ended);
            if person.engaged == Some(call.number) && !matches!(ended, Ended::Talked(_)) {
                person.is_free(self.now);
            }
        }
        self.report_leg(call, place, LegEvent::Terminal).await
    }

    /// Nobody answered this time.
    async fn attempt_ends(&mut self, mut call: Call) -> Result<(), ServiceError> {
        let attempt = call.attempt.as_ref();
        let rang = attempt.map_or(Duration::ZERO, |attempt| self.now.since(attempt.begun));
        call.dialled = call.dialled.saturating_add(rang);
        let asks_again = attempt.is_some_and(|attempt| attempt.instructions.again);
        if asks_again {
            self.agenda.add(self.now, Happening::Ask(call.number));
            self.calls.insert(call.number, call);
            return Ok(());
        }
        self.is_unanswered(call).await
    }

    /// Nobody answered, and the flow goes on without.
    pub(super) async fn is_unanswered(&mut self, mut call: Call) -> Result<(), ServiceError> {
        self.report_end(&mut call).await?;
        self.look_after(call.missed()).await?;
        self.finish(&call, CallOutcome::Unanswered, Duration::ZERO);
        Ok(())
    }

    /// A conversation is over, and the call with it.
    pub(super) async fn talk_ends(&mut self, number: u64) -> Result<(), ServiceError> {
        let Some(mut call) = self.calls.remove(&number) else {
            return Ok(());
        };
        let Some((place, since)) = call.talking() else {
            return Ok(());
        };
        let talked = self.now.since(since);
        call.dialled = call.dialled.saturating_add(talked);
        self.leg_over(&mut call, place, Ended::Talked(talked))
            .await?;
        self.report_end(&mut call).await?;
        self.look_after(call.missed()).await?;
        let agent = call.legs.get(place).and_then(|leg| leg.agent);
        let outcome = match agent {
            None => CallOutcome::AnsweredElsewhere,
            Some(agent) => {
                self.wraps_up(agent, talked).await?;
                CallOutcome::Answered { agent }
            }
        };
        self.finish(&call, outcome, talked);
        Ok(())
    }

    /// The caller has waited enough, unless somebody talks with them by now.
    pub(super) async fn hangs_up(&mut self, number: u64) -> Result<(), ServiceError> {
        let is_waiting = |call: &Call| call.talking().is_none();
        if !self.calls.get(&number).is_some_and(is_waiting) {
            return Ok(());
        }
        let Some(mut call) = self.calls.remove(&number) else {
            return Ok(());
        };
        for leg in call.ringing() {
            self.leg_over(&mut call, leg, Ended::CallerLeft).await?;
        }
        if call.is_asking || !call.legs.is_empty() {
            self.report_end(&mut call).await?;
            self.look_after(call.missed()).await?;
        }
        self.finish(&call, CallOutcome::Abandoned, Duration::ZERO);
        Ok(())
    }
}

/// What becomes of a phone that rings so long, and after what time.
pub(super) fn drawn_end(mut draw: Draw, phones: Phones, ring: Duration) -> (Duration, RingEnd) {
    let (lot, after) = (draw.share() * 100.0, draw.time(phones.pick_up));
    let failed = f64::from(phones.failed);
    let declined = failed + f64::from(phones.declined);
    let answered = declined + f64::from(phones.answered);
    if lot < failed {
        (FAILS_AFTER.min(ring), RingEnd::Over(Ended::Failed))
    } else if lot >= answered || after >= ring {
        (ring, RingEnd::Over(Ended::RangOut))
    } else if lot < declined {
        (after, RingEnd::Over(Ended::Declined))
    } else {
        (after, RingEnd::PickedUp)
    }
}
