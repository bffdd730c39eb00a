//! Calls that agents and their applications start: asked for at the service, placed at the exchange, and carried on here.

use std::collections::HashMap;
use std::time::Duration;

use super::super::chance::Chance;
use super::super::clicks::{Clickers, Intended};
use super::super::exchange::{Exchange, PlacedCall, VoiceOutcome};
use super::super::judge::Told;
use super::super::person::Person;
use super::super::record::{ClickOutcome, ClickRecord};
use super::super::service::{Click, Clicked, OnBehalf, Service, ServiceError};
use super::{Happening, RingEnd, World};
use crate::clock::Timestamp;
use crate::presence::Presence;
use crate::rules::{Scenario, Whose};
use crate::telephony::AgentId;

mod answering;
mod talking;

/// The code of a click that nobody could make.
const NOBODY_THERE: &str = "nobody-there";

/// Everything that goes on with clicks.
#[derive(Debug)]
pub(super) struct Clicking<'a> {
    clickers: Clickers<'a>,
    /// Those that ring or talk.
    calls: HashMap<u64, ClickCall>,
    /// Which click Exotel's call is of.
    numbers: HashMap<String, u64>,
    pub(super) done: Vec<ClickRecord>,
}

/// A call that was placed.
#[derive(Debug)]
struct ClickCall {
    number: u64,
    kind: usize,
    placed: PlacedCall,
    begun: Timestamp,
    /// Whose phone rings first.
    agent: Option<usize>,
    talk: Duration,
    /// When the customer answered.
    since: Option<Timestamp>,
    /// Reports so far, lost ones included.
    reports: u64,
}

/// What happens with clicks at a moment.
#[derive(Debug)]
pub(super) enum ClickStep {
    /// The next one is due.
    Comes,
    /// What an application asked for is answered, or not.
    Answered(Box<Answered>),
    /// The agent's phone is picked up or stops ringing.
    AgentEnds {
        click: u64,
        /// Nothing of a phone that is not dialled, since it is in another call.
        end: Option<RingEnd>,
    },
    /// The customer's phone is picked up or stops ringing.
    CustomerEnds { click: u64, end: RingEnd },
    /// A conversation is over.
    TalkEnds(u64),
}

/// What an application asked for, and what came back.
#[derive(Debug)]
pub(super) struct Answered {
    intended: Intended,
    /// By which the exchange knows it.
    field: String,
    /// Who clicked for themselves.
    own: Option<AgentId>,
    sent: Timestamp,
    first: Result<Clicked, ServiceError>,
    /// What the same request got that was sent at the same time.
    second: Option<Result<Clicked, ServiceError>>,
}

impl<'a> Clicking<'a> {
    pub(super) fn new(scenario: &'a Scenario, chance: Chance) -> Self {
        Self {
            clickers: Clickers::new(scenario, chance),
            calls: HashMap::new(),
            numbers: HashMap::new(),
            done: Vec::new(),
        }
    }

    /// The names of the kinds.
    pub(super) fn kinds(&self) -> Vec<std::sync::Arc<str>> {
        self.clickers.names()
    }
}

impl<S: Service> World<'_, S> {
    /// When the next click is due. When a run ends with its last call, there are none after it.
    fn next_click_at(&self) -> Option<Timestamp> {
        let is_cut = self.ends_with_calls && self.comers.next_at().is_none();
        self.clicking.clickers.next_at().filter(|_| !is_cut)
    }

    /// Does nobody click any more, and nobody ring or talk?
    pub(super) fn clicks_are_over(&self) -> bool {
        self.clicking.calls.is_empty() && self.next_click_at().is_none()
    }

    pub(super) fn arrange_click(&mut self) {
        if let Some(at) = self.next_click_at() {
            self.agenda.add(at, Happening::Clicks(ClickStep::Comes));
        }
    }

    pub(super) async fn clicks(&mut self, step: ClickStep) -> Result<(), ServiceError> {
        match step {
            ClickStep::Comes => self.click_comes().await,
            ClickStep::Answered(answered) => self.click_is_answered(*answered),
            ClickStep::AgentEnds { click, end } => self.agent_ends(click, end).await,
            ClickStep::CustomerEnds { click, end } => self.customer_ends(click, end).await,
            ClickStep::TalkEnds(click) => self.click_is_over(click, VoiceOutcome::Completed).await,
        }
    }

    /// Whoever looked a call up and was told that it is over may offer its agent again.
    pub(super) fn learn_of_look_ups(&mut self) {
        let Some(exchange) = self.service.exchange() else {
            return;
        };
        for sid in exchange.learnt_to_be_over() {
            if let Some(number) = self.clicking.numbers.get(&sid) {
                self.judge.told(*number, Told::Over, self.now);
            }
        }
    }

    fn exchange(&self) -> Result<Exchange, ServiceError> {
        let exchange = self.service.exchange();
        exchange.cloned().ok_or(ServiceError::NotConfigured)
    }

    /// An application asks for a call, perhaps twice at once.
    async fn click_comes(&mut self) -> Result<(), ServiceError> {
        if self.next_click_at().is_none() {
            return Ok(());
        }
        let Some(intended) = self.clicking.clickers.next() else {
            return Ok(());
        };
        self.arrange_click();
        let exchange = self.exchange()?;
        let Some(whom) = self.on_whose_behalf(&intended) else {
            let outcome = ClickOutcome::NotMade(NOBODY_THERE.to_owned());
            self.note_click(intended.kind, outcome, Duration::ZERO);
            return Ok(());
        };
        // Of another run, the service may still know the names.
        let run = self.service.shown(self.scenario.start).as_millis();
        let field = format!("simulated-{run:x}-{:x}", intended.number);
        if let Some(refusal) = intended.refusal {
            exchange.refuse(&field, refusal);
        }
        let click = Click {
            key: field.clone(),
            whom,
            to: intended.to.clone(),
            custom_field: field,
        };
        self.send_click(intended, click).await;
        Ok(())
    }

    async fn send_click(&mut self, intended: Intended, click: Click) {
        let (service, sent) = (self.service.clone(), self.now);
        let request = async move {
            let again = async {
                if intended.is_doubled {
                    Some(service.click(&click).await)
                } else {
                    None
                }
            };
            let (first, second) = tokio::join!(service.click(&click), again);
            let own = match click.whom {
                OnBehalf::Agent(agent) => Some(agent),
                OnBehalf::Queue(_) => None,
            };
            Happening::Clicks(ClickStep::Answered(Box::new(Answered {
                intended,
                field: click.custom_field,
                own,
                sent,
                first,
                second,
            })))
        };
        self.underway.begin(request).await;
    }

    /// Somebody of the crew who is there and on no phone, or the queue.
    fn on_whose_behalf(&self, intended: &Intended) -> Option<OnBehalf> {
        let crew = match &intended.whose {
            Whose::Queue(queue) => return Some(OnBehalf::Queue(queue.clone())),
            Whose::Crew(crew) => *crew,
        };
        let could = |person: &&Person| {
            person.crew == crew
                && person.chosen == Presence::Available
                && !person.is_put_on_break
                && person.engaged.is_none()
        };
        let all: Vec<&Person> = self.people.iter().filter(could).collect();
        let share = 1.0 - intended.lot;
        let most = super::count(u64::try_from(all.len()).unwrap_or(u64::MAX));
        let mut some = all.iter().zip(1_u64..);
        // The lot falls on one of so many equal parts.
        let chosen = some.find(|(_, place)| super::count(*place) >= share * most);
        chosen.map(|(person, _)| OnBehalf::Agent(person.record.profile.id.clone()))
    }
}
