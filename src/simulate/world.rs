//! A scenario, played: things happen one after the other, each at its moment, and what follows from each is arranged.
//!
//! What people and Exotel do is here and in the modules below; how it reaches the service is the [`Service`]'s.

use std::collections::HashMap;
use std::time::Duration;

use super::agenda::Agenda;
use super::arrivals::Comers;
use super::call::{Call, Ended};
use super::chance::Chance;
use super::judge::{Judge, Told};
use super::person::Person;
use super::record::{CallOutcome, CallRecord, Record};
use super::service::{Service, ServiceError};
use crate::clock::Timestamp;
use crate::presence::Presence;
use crate::rules::Scenario;
use crate::telephony::ContactUri;

mod asking;
mod people;
mod reporting;
mod ringing;

/// How long after the last arrival callers still wait.
const CLOSING: Duration = Duration::from_hours(1);

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The part of the scenario's time that has passed, or of the calls that are to come, whichever is more.
    pub share: f64,
    /// The calls that have come.
    pub calls: u64,
}

/// What is drawn, and when it ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlayOptions {
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// How many calls come at most.
    pub calls: Option<u64>,
}

/// What happens at a moment.
#[derive(Debug)]
enum Happening {
    /// The next call comes.
    Arrival,
    /// The music is over, and the flow asks again for this call.
    Ask(u64),
    /// The caller has waited enough.
    HangUp(u64),
    /// A ringing phone is picked up or stops ringing.
    Leg { call: u64, leg: usize, end: RingEnd },
    /// A conversation is over.
    TalkEnds(u64),
    /// A report that was late comes.
    Report {
        call: u64,
        query: String,
        told: Told,
    },
    /// An agent chooses.
    Presence { agent: usize, presence: Presence },
    /// An agent's application gives a sign of life.
    Beat(usize),
    /// An agent whom missed calls put on a break is back.
    Back(usize),
}

/// What becomes of a phone that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RingEnd {
    PickedUp,
    Over(Ended),
}

/// Everything that goes on.
struct World<'a, S> {
    scenario: &'a Scenario,
    service: &'a mut S,
    chance: Chance,
    agenda: Agenda<Happening>,
    comers: Comers<'a>,
    calls: HashMap<u64, Call>,
    people: Vec<Person>,
    owners: HashMap<ContactUri, usize>,
    judge: Judge,
    done: Vec<CallRecord>,
    engaged: u64,
    now: Timestamp,
}

/// Plays a scenario on a service that knows no agents yet, from its start to the end of its last call.
///
/// # Errors
/// When the service can't be reached. What it does wrong is in the record.
pub async fn play<S: Service>(
    scenario: &Scenario,
    options: PlayOptions,
    service: &mut S,
    progress: &mut dyn FnMut(Progress),
) -> Result<Record, ServiceError> {
    let chance = Chance::new(options.seed.unwrap_or(scenario.seed));
    let mut world = World {
        comers: Comers::new(scenario, chance, options.calls),
        scenario,
        service,
        chance,
        agenda: Agenda::new(),
        calls: HashMap::new(),
        people: Vec::new(),
        owners: HashMap::new(),
        judge: Judge::default(),
        done: Vec::new(),
        engaged: 0,
        now: scenario.start,
    };
    world.gather().await?;
    world.arrange_arrival();
    let mut came = 0_u64;
    while let Some((at, happening)) = world.agenda.next() {
        if world.is_over() {
            break;
        }
        world.now = world.now.max(at);
        world.service.reach(world.now).await;
        if matches!(happening, Happening::Arrival) {
            came = came.saturating_add(1);
            progress(world.progress(came, options.calls));
        }
        world.happens(happening).await?;
    }
    let end = world.now;
    world.settle().await?;
    Ok(world.into_record(end))
}

impl<S: Service> World<'_, S> {
    async fn happens(&mut self, happening: Happening) -> Result<(), ServiceError> {
        match happening {
            Happening::Arrival => self.arrives().await,
            Happening::Ask(call) => match self.calls.remove(&call) {
                Some(call) => self.ask(call).await,
                None => Ok(()),
            },
            Happening::HangUp(call) => self.hangs_up(call).await,
            Happening::Leg { call, leg, end } => self.leg_ends(call, leg, end).await,
            Happening::TalkEnds(call) => self.talk_ends(call).await,
            Happening::Report { call, query, told } => self.deliver(call, &query, told).await,
            Happening::Presence { agent, presence } => self.chooses(agent, presence).await,
            Happening::Beat(agent) => self.beats(agent).await,
            Happening::Back(agent) => self.is_back(agent).await,
        }
    }

    /// Nobody calls any more, and nobody waits or talks.
    fn is_over(&self) -> bool {
        self.calls.is_empty() && self.comers.next_at().is_none()
    }

    fn arrange_arrival(&mut self) {
        if let Some(at) = self.comers.next_at() {
            self.agenda.add(at, Happening::Arrival);
        }
    }

    /// A call comes: the caller's patience begins, and Exotel asks.
    async fn arrives(&mut self) -> Result<(), ServiceError> {
        let Some(comer) = self.comers.next() else {
            return Ok(());
        };
        self.arrange_arrival();
        let closing = self.scenario.start.plus(self.scenario.length).plus(CLOSING);
        let patience = comer.patience.map(|patience| self.now.plus(patience));
        let hangs_up = patience.map_or(closing, |moment| moment.min(closing));
        self.agenda
            .add(hangs_up, Happening::HangUp(comer.call.number));
        self.ask(comer.call).await
    }

    /// A call is over.
    fn finish(&mut self, call: &Call, outcome: CallOutcome, talked: Duration) {
        let whole = self.now.since(call.arrived);
        self.done.push(CallRecord {
            kind: call.kind,
            arrived: call.arrived,
            outcome,
            waited: whole.saturating_sub(talked),
            talked,
            attempts: call.attempts,
            fetches: call.fetches,
        });
    }

    fn progress(&self, calls: u64, most: Option<u64>) -> Progress {
        let passed = self.now.since(self.scenario.start).as_secs_f64();
        let of_time = passed / self.scenario.length.as_secs_f64();
        let of_calls = most.map(|most| count(calls) / count(most.max(1)));
        Progress {
            share: of_time.max(of_calls.unwrap_or(0.0)).min(1.0),
            calls,
        }
    }

    fn into_record(self, end: Timestamp) -> Record {
        let agents = self.people.into_iter();
        let kinds = self.scenario.arrivals.iter();
        Record {
            kinds: kinds.map(|kind| kind.name.clone()).collect(),
            calls: self.done,
            agents: agents.map(|person| person.into_record(end)).collect(),
            engaged: self.engaged,
            breaches: self.judge.breaches,
            breach_count: self.judge.count,
            end,
        }
    }
}

/// A count as a number to reckon with. Beyond four thousand million it no longer grows.
pub(super) fn count(number: u64) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
