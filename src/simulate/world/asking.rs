//! Exotel asks whom a call shall ring, and does what it is told.

use std::time::Duration;

use super::super::answer::{self, Instructions};
use super::super::call::{Attempt, Call};
use super::super::chance::Of;
use super::super::judge::{Terms, Told};
use super::super::record::CallOutcome;
use super::super::service::{Fetched, Service, ServiceError};
use super::super::wire;
use super::{Happening, World};

impl<S: Service> World<'_, S> {
    /// Asks for a call, which is put back among the calls unless that is its end.
    pub(super) async fn ask(&mut self, mut call: Call) -> Result<(), ServiceError> {
        let query = wire::fetch(&call, self.now);
        let fetched = self.service.fetch(&query).await?;
        self.fetch_twice(&call, &query, &fetched).await?;
        call.fetches = call.fetches.saturating_add(1);
        // It said that whatever was dialled before is over.
        self.judge.told(call.number, Told::Over, self.now);
        self.look_after_missed(&call).await?;
        call.attempt = None;
        if fetched.status != 200 {
            self.is_refused(&call, fetched.status);
            return Ok(());
        }
        let instructions = match answer::read(&fetched.body) {
            Ok(instructions) => instructions,
            Err(error) => {
                let what = format!(
                    "Exotel would not take the answer to {}: {error}",
                    call.sid()
                );
                self.judge.breach(self.now, what);
                self.finish(&call, CallOutcome::Nobody, Duration::ZERO);
                return Ok(());
            }
        };
        if instructions.destinations.is_empty() {
            return self.gets_nobody(call).await;
        }
        // Two equal answers one after the other end the loop (contract, section 4).
        if call.last_body.as_ref() == Some(&fetched.body) {
            return self.is_unanswered(call).await;
        }
        call.last_body = Some(fetched.body);
        self.dial(call, instructions).await
    }

    /// A fetch that comes twice must get the same bytes.
    async fn fetch_twice(
        &mut self,
        call: &Call,
        query: &str,
        first: &Fetched,
    ) -> Result<(), ServiceError> {
        let mut draw = self.chance.of(Of::Fetch, call.number, call.fetches.into());
        if draw.percent(self.scenario.reports.doubled_fetches)
            && self.service.fetch(query).await? != *first
        {
            let what = format!("two equal fetches of {} got two answers", call.sid());
            self.judge.breach(self.now, what);
        }
        Ok(())
    }

    /// The account's fallback is a status, with which Exotel goes on to its own fallback URL: out of this world.
    fn is_refused(&mut self, call: &Call, status: u16) {
        if status != 503 {
            let what = format!("the answer to {} had the status {status}", call.sid());
            self.judge.breach(self.now, what);
        }
        self.finish(call, CallOutcome::Nobody, Duration::ZERO);
    }

    /// Nobody is to be dialled: the flow plays its music and asks again, or the call is over.
    async fn gets_nobody(&mut self, mut call: Call) -> Result<(), ServiceError> {
        call.last_body = None;
        let callers = self.scenario.callers;
        let until = call.arrived.plus(callers.most);
        let again = callers.again.map(|again| self.now.plus(again));
        if let Some(again) = again.filter(|again| *again <= until) {
            self.agenda.add(again, Happening::Ask(call.number));
            self.calls.insert(call.number, call);
            return Ok(());
        }
        if call.legs.is_empty() {
            self.finish(&call, CallOutcome::Nobody, Duration::ZERO);
            return Ok(());
        }
        self.is_unanswered(call).await
    }

    /// Somebody is to be dialled.
    async fn dial(
        &mut self,
        mut call: Call,
        instructions: Instructions,
    ) -> Result<(), ServiceError> {
        call.attempts = call.attempts.saturating_add(1);
        let first_leg = call.legs.len();
        let rounds = instructions
            .destinations
            .len()
            .div_ceil(instructions.at_once);
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        let terms = Terms {
            in_turn: instructions.at_once == 1,
            rings_until: self.now.plus(instructions.ring.saturating_mul(rounds)),
            ring: instructions.ring,
            conversation: instructions.conversation,
        };
        let owners = instructions.destinations.iter().zip(first_leg..);
        let agents: Vec<_> = owners
            .filter_map(|(uri, leg)| Some((*self.owners.get(uri)?, leg)))
            .collect();
        for (agent, other) in self.judge.offered(call.number, &agents, terms, self.now) {
            let what = format!(
                "{} was offered to {} while call {other} held that agent",
                self.name_of(agent),
                call.sid()
            );
            self.judge.breach(self.now, what);
        }
        call.attempt = Some(Attempt {
            instructions,
            begun: self.now,
            first_leg,
        });
        self.dial_round(call).await
    }
}
