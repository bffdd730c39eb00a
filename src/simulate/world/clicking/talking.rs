//! Calls that were placed: two phones ring, people talk, and Exotel reports.

use std::time::Duration;

use super::super::super::call::{Ended, name_of};
use super::super::super::chance::Of;
use super::super::super::clicks::Intended;
use super::super::super::exchange::{DueCallback, PlacedCall, Step, VoiceOutcome};
use super::super::super::judge::{Terms, Told};
use super::super::super::record::{ClickOutcome, ClickRecord};
use super::super::super::service::{Service, ServiceError};
use super::super::reporting::{Letter, Mail};
use super::super::ringing::drawn_end;
use super::super::{Happening, RingEnd, World};
use super::{ClickCall, ClickStep};
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

/// The places of the two phones among what is drawn for a click.
const AGENT_LEG: u64 = 0;
const CUSTOMER_LEG: u64 = 1;

impl<S: Service> World<'_, S> {
    /// The agent's phone rings, unless it is in another call.
    pub(super) fn agent_rings(
        &mut self,
        intended: &Intended,
        placed: PlacedCall,
        own: Option<&AgentId>,
        sent: Timestamp,
    ) {
        let number = intended.number;
        let uri = ContactUri::from_canonical(&placed.asked.from).ok();
        let agent = uri.and_then(|uri| self.owners.get(&uri).copied());
        let is_meant = |agent: usize| own.is_none_or(|own| self.name_of(agent) == own.as_str());
        if !agent.is_some_and(is_meant) {
            let what = format!("{own:?} clicked, and {} is rung", placed.asked.from);
            self.judge.breach(self.now, what);
        }
        self.is_held_by_click(number, agent, &placed, sent);
        let ring = placed.asked.attempt_time_out;
        let is_engaged = agent.is_some_and(|agent| self.is_engaged_for_click(agent, number));
        let (after, end) = if is_engaged {
            (Duration::ZERO, None)
        } else {
            let draw = self.chance.of(Of::Leg, number, AGENT_LEG);
            let (after, end) = drawn_end(draw, self.scenario.phones, ring);
            (after, Some(end))
        };
        if let Some(person) = agent.and_then(|agent| self.people.get_mut(agent)) {
            person.engaged = person.engaged.or(Some(number));
        }
        self.clicking.numbers.insert(placed.sid.clone(), number);
        let call = ClickCall {
            number,
            kind: intended.kind,
            placed,
            begun: self.now,
            agent,
            talk: intended.talk,
            since: None,
            reports: 0,
        };
        self.clicking.calls.insert(number, call);
        let step = ClickStep::AgentEnds { click: number, end };
        self.agenda
            .add(self.now.plus(after), Happening::Clicks(step));
    }

    /// A click that was placed holds its agent like an answer, for as long as both phones may ring: first the agent's, then
    /// the customer's.
    fn is_held_by_click(
        &mut self,
        number: u64,
        agent: Option<usize>,
        placed: &PlacedCall,
        sent: Timestamp,
    ) {
        let ring = placed.asked.attempt_time_out;
        let terms = Terms {
            sent,
            in_turn: true,
            rings_until: sent.plus(ring.saturating_mul(2)),
            ring,
            conversation: placed.asked.max_time_limit,
        };
        let agents: Vec<_> = agent.into_iter().map(|agent| (agent, 0)).collect();
        for (agent, other) in self.judge.offered(number, &agents, terms, self.now) {
            let what = format!(
                "{} was rung for {} while {} held that agent",
                self.name_of(agent),
                name_of(number),
                name_of(other)
            );
            self.judge.breach(self.now, what);
        }
    }

    /// Is the agent's phone in another call? Where everything of that one was reported, the service could have known.
    fn is_engaged_for_click(&mut self, agent: usize, number: u64) -> bool {
        let person = self.people.get(agent);
        let Some(other) = person.and_then(|person| person.engaged) else {
            return false;
        };
        let incoming = self.calls.get(&other);
        let attempt = incoming.and_then(|call| call.attempt.as_ref());
        let asked = attempt.is_some_and(|attempt| attempt.instructions.events.is_some());
        let is_told = asked || self.clicking.calls.contains_key(&other);
        self.finds_engaged(agent, &name_of(number), other, is_told);
        true
    }

    /// The agent picks up, and the customer's phone rings; or does not.
    pub(super) async fn agent_ends(
        &mut self,
        click: u64,
        end: Option<RingEnd>,
    ) -> Result<(), ServiceError> {
        let agent = self.clicking.calls.get(&click).and_then(|call| call.agent);
        let ended = match end {
            Some(RingEnd::PickedUp) => return self.customer_rings(click),
            Some(RingEnd::Over(ended)) => ended,
            None => {
                return self
                    .click_is_over(click, VoiceOutcome::AgentNotDialled)
                    .await;
            }
        };
        if let Some(person) = agent.and_then(|agent| self.people.get_mut(agent)) {
            person.counts(ended);
        }
        let outcome = match ended {
            Ended::RangOut | Ended::Declined => VoiceOutcome::AgentUnanswered,
            Ended::Engaged
            | Ended::Failed
            | Ended::LostRace
            | Ended::CallerLeft
            | Ended::Talked(_) => VoiceOutcome::AgentNotDialled,
        };
        self.click_is_over(click, outcome).await?;
        let missed = agent.filter(|_| ended == Ended::RangOut);
        self.look_after(missed.into_iter().collect()).await
    }

    fn customer_rings(&mut self, click: u64) -> Result<(), ServiceError> {
        let exchange = self.exchange()?;
        let Some(call) = self.clicking.calls.get(&click) else {
            return Ok(());
        };
        exchange.step(&call.placed.sid, Step::AgentAnswered);
        let draw = self.chance.of(Of::Leg, click, CUSTOMER_LEG);
        let ring = call.placed.asked.attempt_time_out;
        let (after, end) = drawn_end(draw, self.scenario.customers, ring);
        let step = ClickStep::CustomerEnds { click, end };
        self.agenda
            .add(self.now.plus(after), Happening::Clicks(step));
        Ok(())
    }

    /// The customer answers, and both talk; or does not.
    pub(super) async fn customer_ends(
        &mut self,
        click: u64,
        end: RingEnd,
    ) -> Result<(), ServiceError> {
        let outcome = match end {
            RingEnd::Over(Ended::Failed) => VoiceOutcome::CustomerNotDialled,
            RingEnd::Over(_) => VoiceOutcome::CustomerUnanswered,
            RingEnd::PickedUp => return self.customer_answers(click).await,
        };
        self.click_is_over(click, outcome).await
    }

    async fn customer_answers(&mut self, click: u64) -> Result<(), ServiceError> {
        let exchange = self.exchange()?;
        let Some(mut call) = self.clicking.calls.remove(&click) else {
            return Ok(());
        };
        call.since = Some(self.now);
        let longest = call.begun.plus(call.placed.asked.max_time_limit);
        let ends = self.now.plus(call.talk).min(longest);
        let step = ClickStep::TalkEnds(click);
        self.agenda.add(ends, Happening::Clicks(step));
        let due = exchange.step(&call.placed.sid, Step::CustomerAnswered);
        let told = Told::Answered { agent: call.agent };
        self.send_callbacks(&mut call, due, told).await?;
        self.clicking.calls.insert(click, call);
        Ok(())
    }

    /// A call that was started is over: Exotel says so, and its agent is free.
    pub(super) async fn click_is_over(
        &mut self,
        click: u64,
        outcome: VoiceOutcome,
    ) -> Result<(), ServiceError> {
        let exchange = self.exchange()?;
        let Some(mut call) = self.clicking.calls.remove(&click) else {
            return Ok(());
        };
        let talked = call.since.map(|since| self.now.since(since));
        let person = call.agent.and_then(|agent| self.people.get_mut(agent));
        if let Some(person) = person.filter(|person| person.engaged == Some(click)) {
            match talked {
                Some(_) => person.record.clicks = person.record.clicks.saturating_add(1),
                None => person.is_free(self.now),
            }
        }
        let due = exchange.step(&call.placed.sid, Step::Over(outcome));
        self.send_callbacks(&mut call, due, Told::Over).await?;
        if let (Some(agent), Some(talked)) = (call.agent, talked) {
            self.wraps_up(agent, talked).await?;
        }
        self.judge.forget(call.number);
        let outcome = ClickOutcome::Over(outcome);
        self.note_click(call.kind, outcome, talked.unwrap_or_default());
        Ok(())
    }

    async fn send_callbacks(
        &mut self,
        call: &mut ClickCall,
        due: Vec<DueCallback>,
        told: Told,
    ) -> Result<(), ServiceError> {
        for callback in due {
            let place = call.reports;
            call.reports = call.reports.saturating_add(1);
            let mail = Mail::Callback(callback);
            self.send(call.number, place, Letter { mail, told }).await?;
        }
        Ok(())
    }

    pub(super) fn note_click(&mut self, kind: usize, outcome: ClickOutcome, talked: Duration) {
        self.clicking.done.push(ClickRecord {
            kind,
            at: self.now,
            outcome,
            talked,
        });
    }
}
