//! A scenario, played: things happen one after the other, each at its moment, and what follows from each is arranged.
//! Requests run beside the world, and what comes back of one is something that happens.
//!
//! What people and Exotel do is here and in the modules below; how it reaches the service is the [`Service`]'s.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::agenda::Agenda;
use super::arrivals::Comers;
use super::call::{Call, Ended};
use super::chance::Chance;
use super::judge::Judge;
use super::person::Person;
use super::record::{CallOutcome, CallRecord, Record};
use super::service::{Service, ServiceError};
use super::wire::Present;
use crate::clock::Timestamp;
use crate::presence::Presence;
use crate::rules::Scenario;
use crate::telephony::ContactUri;

mod asking;
mod clicking;
mod people;
mod reporting;
mod ringing;
mod settling;
mod underway;

use asking::Answered;
use clicking::{ClickStep, Clicking};
use people::Look;
pub(super) use people::ids;
use reporting::{Delivered, Letter};
use underway::Underway;

/// How long after the last arrival callers still wait.
const CLOSING: Duration = Duration::from_hours(1);

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The part of the scenario's time that has passed, or of the calls that are to come, whichever is more.
    pub share: f64,
    /// The calls that have come.
    pub calls: u64,
    /// After the last call: how much longer the service says that it holds somebody.
    pub held_for: Option<Duration>,
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
    Report { call: u64, letter: Letter },
    /// An agent chooses.
    Presence { agent: usize, presence: Presence },
    /// An agent's application gives a sign of life.
    Beat(usize),
    /// An agent whom missed calls put on a break is back.
    Back(usize),
    /// What became of an agent is looked up, when the service has had the time to take in what was reported.
    Looks(Look),
    /// What was asked for a call is answered, or not.
    Answered(Box<Answered>),
    /// Something happens with calls that agents and applications start.
    Clicks(ClickStep),
    /// A report has reached the service, or not.
    Delivered(Delivered),
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
    service: S,
    underway: Underway<Happening>,
    chance: Chance,
    agenda: Agenda<Happening>,
    comers: Comers<'a>,
    calls: HashMap<u64, Call>,
    clicking: Clicking<'a>,
    /// Does the run end with its last call, however long the scenario is?
    ends_with_calls: bool,
    people: Vec<Person>,
    owners: HashMap<ContactUri, usize>,
    judge: Judge,
    /// The reports of each call that wait until the one before is answered; without an entry, none is under way.
    letters: HashMap<u64, VecDeque<Letter>>,
    /// How many agents are still to be looked at.
    looks: usize,
    done: Vec<CallRecord>,
    engaged: u64,
    equal_fetches: u64,
    /// How many reports are late and still to come.
    late: usize,
    /// The most that anything happened after its time.
    behind: Duration,
    now: Timestamp,
}

/// Plays a scenario on a service that knows no agents of these names yet, from its start to the end of its last call.
///
/// # Errors
/// When there is no point in going on. What the service does wrong is in the record.
pub async fn play<S: Service>(
    scenario: &Scenario,
    options: PlayOptions,
    service: S,
    progress: &mut dyn FnMut(Progress),
) -> Result<Record, ServiceError> {
    let mut world = World::new(scenario, options, service);
    world.gather().await?;
    world.arrange_arrival();
    world.arrange_click();
    let mut came = 0_u64;
    while let Some(happening) = world.next().await? {
        if matches!(happening, Happening::Arrival) {
            came = came.saturating_add(1);
            progress(world.progress(came, options.calls));
        }
        world.happens(happening).await?;
    }
    let end = world.now;
    world.sends_what_is_late().await?;
    world.settle(came, progress).await?;
    Ok(world.into_record(end))
}

impl<'a, S: Service> World<'a, S> {
    fn new(scenario: &'a Scenario, options: PlayOptions, service: S) -> Self {
        let chance = Chance::new(options.seed.unwrap_or(scenario.seed));
        let pace = service.pace();
        Self {
            comers: Comers::new(scenario, chance, options.calls),
            scenario,
            service,
            underway: Underway::new(pace),
            chance,
            agenda: Agenda::new(),
            calls: HashMap::new(),
            clicking: Clicking::new(scenario, chance),
            ends_with_calls: options.calls.is_some(),
            people: Vec::new(),
            owners: HashMap::new(),
            judge: Judge::new(pace.lag()),
            letters: HashMap::new(),
            looks: 0,
            done: Vec::new(),
            engaged: 0,
            equal_fetches: 0,
            late: 0,
            behind: Duration::ZERO,
            now: scenario.start,
        }
    }

    /// What happens next, once it is time for it; `None` when all is over. What comes back comes first: on a virtual clock
    /// no time passes before it has.
    async fn next(&mut self) -> Result<Option<Happening>, ServiceError> {
        let back = self.underway.ready();
        if back.is_some() || self.is_over() {
            return Ok(back);
        }
        self.upcoming().await
    }

    /// What happens next, whether all is over or not; `None` when nothing is to come.
    async fn upcoming(&mut self) -> Result<Option<Happening>, ServiceError> {
        let back = self.underway.ready();
        if back.is_some() {
            return Ok(back);
        }
        let Some(at) = self.agenda.next_at() else {
            return self.underway.back().await;
        };
        let back = if self.underway.is_idle() {
            self.service.reach(at).await;
            None
        } else {
            tokio::select! {
                biased;
                back = self.underway.back() => back?,
                () = self.service.reach(at) => None,
            }
        };
        self.now = self.now.max(self.service.now());
        if back.is_none() {
            self.behind = self.behind.max(self.now.since(at));
        }
        Ok(back.or_else(|| self.agenda.next()))
    }

    async fn happens(&mut self, happening: Happening) -> Result<(), ServiceError> {
        self.learn_of_look_ups();
        match happening {
            Happening::Arrival => self.arrives().await,
            Happening::Ask(call) => self.ask(call).await,
            Happening::HangUp(call) => self.hangs_up(call).await,
            Happening::Leg { call, leg, end } => self.leg_ends(call, leg, end).await,
            Happening::TalkEnds(call) => self.talk_ends(call).await,
            Happening::Report { call, letter } => {
                self.late = self.late.saturating_sub(1);
                self.post(call, letter).await
            }
            Happening::Presence { agent, presence } => self.chooses(agent, presence).await,
            Happening::Beat(agent) => self.beats(agent).await,
            Happening::Back(agent) => self.is_back(agent).await,
            Happening::Looks(look) => {
                self.looks = self.looks.saturating_sub(1);
                self.looks_at(look).await
            }
            Happening::Answered(answered) => self.is_answered(*answered).await,
            Happening::Clicks(step) => self.clicks(step).await,
            Happening::Delivered(delivered) => self.is_delivered(delivered).await,
        }
    }

    /// The present, as it stands in a request.
    fn present(&self) -> Present {
        Present {
            now: self.now,
            shown: self.service.shown(self.now),
        }
    }

    /// Nobody calls any more, and nobody waits or talks.
    fn is_over(&self) -> bool {
        let is_quiet = self.underway.is_idle() && self.looks == 0;
        let has_callers = !self.calls.is_empty() || self.comers.next_at().is_some();
        is_quiet && !has_callers && self.clicks_are_over()
    }

    fn arrange_arrival(&mut self) {
        if let Some(at) = self.comers.next_at() {
            self.agenda.add(at, Happening::Arrival);
        }
    }

    /// A call comes: the caller's patience begins, and Exotel asks.
    async fn arrives(&mut self) -> Result<(), ServiceError> {
        let Some(mut comer) = self.comers.next() else {
            return Ok(());
        };
        self.arrange_arrival();
        let closing = self.scenario.start.plus(self.scenario.length).plus(CLOSING);
        let patience = comer.patience.map(|patience| self.now.plus(patience));
        let hangs_up = patience.map_or(closing, |moment| moment.min(closing));
        let number = comer.call.number;
        self.agenda.add(hangs_up, Happening::HangUp(number));
        comer.call.created = self.service.shown(comer.call.arrived);
        self.calls.insert(number, comer.call);
        self.ask(number).await
    }

    /// A call is over.
    fn finish(&mut self, call: &Call, outcome: CallOutcome, talked: Duration) {
        self.judge.forget(call.number);
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
            held_for: None,
        }
    }

    fn into_record(self, end: Timestamp) -> Record {
        let agents = self.people.into_iter();
        let kinds = self.scenario.arrivals.iter();
        Record {
            kinds: kinds.map(|kind| kind.name.clone()).collect(),
            calls: self.done,
            click_kinds: self.clicking.kinds(),
            clicks: self.clicking.done,
            agents: agents.map(|person| person.into_record(end)).collect(),
            engaged: self.engaged,
            equal_fetches: self.equal_fetches,
            behind: self.behind,
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
