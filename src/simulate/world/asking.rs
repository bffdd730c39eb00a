//! Exotel asks whom a call shall ring, and does what it is told.

use std::time::Duration;

use super::super::answer::{self, Instructions};
use super::super::call::{Attempt, Call, name_of};
use super::super::chance::Of;
use super::super::judge::{Terms, Told};
use super::super::record::CallOutcome;
use super::super::service::{Fetched, JSON, Service, ServiceError};
use super::super::wire;
use super::{Happening, World};
use crate::clock::Timestamp;
use crate::exotel::Dialect;

/// What was asked, and what came back.
#[derive(Debug)]
pub(super) struct Answered {
    call: u64,
    sent: Timestamp,
    first: Result<Fetched, ServiceError>,
    /// What the same question got that was asked at the same time.
    second: Option<Result<Fetched, ServiceError>>,
}

impl<S: Service> World<'_, S> {
    /// Asks for a call, perhaps twice at once. It is among the calls meanwhile: the caller may hang up before the answer.
    pub(super) async fn ask(&mut self, number: u64) -> Result<(), ServiceError> {
        let (present, sent) = (self.present(), self.now);
        let Some(call) = self.calls.get_mut(&number) else {
            return Ok(());
        };
        let query = wire::fetch(call, present);
        let mut draw = self.chance.of(Of::Fetch, number, call.fetches.into());
        let is_doubled = draw.percent(self.scenario.reports.doubled_fetches);
        call.fetches = call.fetches.saturating_add(1);
        call.is_asking = true;
        // It says that whatever was dialled before is over.
        self.judge.told(number, Told::Over, sent);
        let service = self.service.clone();
        let request = async move {
            let again = async {
                if is_doubled {
                    Some(service.fetch(&query).await)
                } else {
                    None
                }
            };
            let (first, second) = tokio::join!(service.fetch(&query), again);
            Happening::Answered(Box::new(Answered {
                call: number,
                sent,
                first,
                second,
            }))
        };
        self.underway.begin(request).await;
        Ok(())
    }

    /// An answer came. If the caller is gone by now, it rings nobody.
    pub(super) async fn is_answered(&mut self, answered: Answered) -> Result<(), ServiceError> {
        let Answered {
            call,
            sent,
            first,
            second,
        } = answered;
        let Some(mut call) = self.calls.remove(&call) else {
            return Ok(());
        };
        call.is_asking = false;
        let missed = call.missed();
        call.attempt = None;
        self.look_after(missed).await?;
        let second = match second {
            Some(second) => self.fetched(&call, second)?,
            None => None,
        };
        let Some(fetched) = self.fetched(&call, first)? else {
            return self.goes_without(call).await;
        };
        if let Some(second) = second {
            self.equal_fetches = self.equal_fetches.saturating_add(1);
            self.compare(&call, sent, &fetched, &second);
        }
        self.follows(call, sent, fetched).await
    }

    /// What came back; without anything, Exotel goes on as if nobody was to be dialled.
    fn fetched(
        &mut self,
        call: &Call,
        outcome: Result<Fetched, ServiceError>,
    ) -> Result<Option<Fetched>, ServiceError> {
        match outcome {
            Ok(fetched) => Ok(Some(fetched)),
            Err(error) if error.ends_the_run() => Err(error),
            Err(error) => {
                let what = format!("a fetch of {} got no answer: {error}", call.sid());
                self.judge.breach(self.now, what);
                Ok(None)
            }
        }
    }

    /// Two equal fetches must get the same bytes, while the agents of the answer are held for the call.
    fn compare(&mut self, call: &Call, sent: Timestamp, first: &Fetched, second: &Fetched) {
        let (dialect, answers) = (self.service.dialect(), [first, second].into_iter());
        let read = answers.filter_map(|fetched| answer::read(&fetched.body, dialect).ok());
        let named = read.flat_map(|instructions| instructions.destinations);
        let agents: Vec<usize> = named
            .filter_map(|uri| self.owners.get(&uri).copied())
            .collect();
        if first != second && !self.judge.is_unsure(call.number, &agents, sent) {
            let what = format!("two equal fetches of {} got two answers", call.sid());
            self.judge.breach(self.now, what);
        }
    }

    /// Exotel does what the answer says.
    async fn follows(
        &mut self,
        mut call: Call,
        sent: Timestamp,
        fetched: Fetched,
    ) -> Result<(), ServiceError> {
        if fetched.status != 200 {
            self.is_refused(&call, fetched.status);
            return Ok(());
        }
        let instructions = match taken(&fetched, self.service.dialect()) {
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
        self.dial(call, sent, instructions).await
    }

    /// Where the rules' fallback is a status, Exotel goes on with it to its own fallback URL: out of this world.
    fn is_refused(&mut self, call: &Call, status: u16) {
        if self.scenario.fallback_status != Some(status) {
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
        self.goes_without(call).await
    }

    /// Nobody is dialled any more, and the flow goes on.
    async fn goes_without(&mut self, call: Call) -> Result<(), ServiceError> {
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
        sent: Timestamp,
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
            sent,
            in_turn: instructions.at_once == 1,
            rings_until: sent.plus(instructions.ring.saturating_mul(rounds)),
            ring: instructions.ring,
            conversation: instructions.conversation,
        };
        let owners = instructions.destinations.iter().zip(first_leg..);
        let agents: Vec<_> = owners
            .filter_map(|(uri, leg)| Some((*self.owners.get(uri)?, leg)))
            .collect();
        for (agent, other) in self.judge.offered(call.number, &agents, terms, self.now) {
            let what = format!(
                "{} was offered to {} while {} held that agent",
                self.name_of(agent),
                call.sid(),
                name_of(other)
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

/// What Exotel takes from an answer, or why it would not.
fn taken(fetched: &Fetched, dialect: Dialect) -> Result<Instructions, String> {
    if !fetched.is_json() {
        let said = fetched.content_type.as_deref().unwrap_or("not there");
        return Err(format!("its Content-Type is {said}, not {JSON}"));
    }
    answer::read(&fetched.body, dialect).map_err(|error| error.to_string())
}
