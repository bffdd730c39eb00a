//! Exotel reports, more or less reliably.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use super::super::call::{Call, Ended, LegState};
use super::super::chance::{Draw, Of};
use super::super::exchange::DueCallback;
use super::super::judge::Told;
use super::super::service::{Pace, Service, ServiceError};
use super::super::wire::{self, LegEvent};
use super::{Happening, World};
use crate::clock::Timestamp;

/// The most that a report is late.
const LATEST: Duration = Duration::from_secs(10);

/// A report on its way.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) mail: Mail,
    pub(super) told: Told,
}

/// What a report is made of, by the kind of call.
#[derive(Clone, Debug)]
pub(super) enum Mail {
    /// Of a call that came in.
    Query {
        /// Where the answer wanted events; without it, the end of a dial goes to the address of the flow.
        address: Option<Arc<str>>,
        query: String,
    },
    /// Of a call that the service started.
    Callback(DueCallback),
}

impl Mail {
    async fn reaches<S: Service>(&self, service: &S) -> Result<(), ServiceError> {
        match self {
            Self::Query { address, query } => service.report(address.as_deref(), query).await,
            Self::Callback(callback) => service.status_callback(callback).await,
        }
    }
}

/// What came of a report.
#[derive(Debug)]
pub(super) struct Delivered {
    call: u64,
    told: Told,
    sent: Timestamp,
    outcome: Result<(), ServiceError>,
}

impl<S: Service> World<'_, S> {
    /// Reports what happened to one phone, if the answer asked for it and Exotel sends such.
    pub(super) async fn report_leg(
        &mut self,
        call: &mut Call,
        place: usize,
        event: LegEvent,
    ) -> Result<(), ServiceError> {
        let Some(attempt) = &call.attempt else {
            return Ok(());
        };
        let is_enabled = match event {
            LegEvent::Dial | LegEvent::Terminal => true,
            LegEvent::Ringing | LegEvent::Answered => self.scenario.reports.answered,
        };
        let address = attempt.instructions.events.clone();
        let leg = call.legs.get(place).filter(|_| is_enabled);
        let (Some(address), Some(leg)) = (address, leg) else {
            return Ok(());
        };
        let agent = leg.agent;
        let told = match event {
            LegEvent::Dial | LegEvent::Ringing => Told::Rings { agent, leg: place },
            LegEvent::Answered => Told::Answered { agent },
            LegEvent::Terminal => {
                let ring = attempt.instructions.ring;
                let rings_until = leg.dialled.plus(ring);
                let is_talk = matches!(leg.state, LegState::Over(Ended::Talked(_)));
                // A phone that rings out does so a little later than it should: nobody takes that for an answer.
                let lag = self.service.pace().lag();
                Told::LegOver {
                    agent,
                    rings_until: if is_talk {
                        rings_until
                    } else {
                        rings_until.plus(lag)
                    },
                }
            }
        };
        let mail = Mail::Query {
            address: Some(address),
            query: wire::event(call, leg, event, self.present()),
        };
        self.send_of(call, Letter { mail, told }).await
    }

    /// Reports the end of the dial, if a Passthru applet does.
    pub(super) async fn report_end(&mut self, call: &mut Call) -> Result<(), ServiceError> {
        if !self.scenario.reports.passthru {
            return Ok(());
        }
        let mail = Mail::Query {
            address: None,
            query: wire::end_of_dial(call, self.present()),
        };
        let told = Told::Over;
        self.send_of(call, Letter { mail, told }).await
    }

    async fn send_of(&mut self, call: &mut Call, letter: Letter) -> Result<(), ServiceError> {
        let place = call.reports;
        call.reports = call.reports.saturating_add(1);
        self.send(call.number, place, letter).await
    }

    /// Sends a report of a call, at this place among those of the call: it may get lost, come twice, or late.
    pub(super) async fn send(
        &mut self,
        call: u64,
        place: u64,
        letter: Letter,
    ) -> Result<(), ServiceError> {
        let reports = self.scenario.reports;
        let mut draw = self.chance.of(Of::Report, call, place);
        if draw.percent(reports.lost) {
            return Ok(());
        }
        if draw.percent(reports.doubled) {
            let twin = letter.clone();
            self.send_once(call, twin, &mut draw).await?;
        }
        self.send_once(call, letter, &mut draw).await
    }

    async fn send_once(
        &mut self,
        call: u64,
        letter: Letter,
        draw: &mut Draw,
    ) -> Result<(), ServiceError> {
        if draw.percent(self.scenario.reports.late) {
            let at = self.now.plus(LATEST.mul_f64(draw.share()));
            self.late = self.late.saturating_add(1);
            self.agenda.add(at, Happening::Report { call, letter });
            return Ok(());
        }
        self.post(call, letter).await
    }

    /// After the last call: reports that are late come all the same, for without them an agent may be held much longer.
    pub(super) async fn sends_what_is_late(&mut self) -> Result<(), ServiceError> {
        while self.late > 0 || !self.underway.is_idle() {
            match self.upcoming().await? {
                Some(happening @ (Happening::Report { .. } | Happening::Delivered(_))) => {
                    self.happens(happening).await?;
                }
                // What people do after the last call changes nothing.
                Some(_) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// Posts a report: it goes out when the one of the same call before it is answered. Those of other calls don't wait.
    pub(super) async fn post(&mut self, call: u64, letter: Letter) -> Result<(), ServiceError> {
        if self.service.pace() == Pace::Virtual {
            // On a virtual clock each is answered in no time, and what comes next may count on it.
            self.judge.told(call, letter.told, self.now);
            letter.mail.reaches(&self.service).await?;
            self.judge.taken_in(call, letter.told, self.now, self.now);
            return Ok(());
        }
        match self.letters.entry(call) {
            Entry::Occupied(mut waiting) => waiting.get_mut().push_back(letter),
            Entry::Vacant(none) => {
                none.insert(VecDeque::new());
                self.deliver(call, letter).await;
            }
        }
        Ok(())
    }

    async fn deliver(&mut self, call: u64, letter: Letter) {
        let (service, sent) = (self.service.clone(), self.now);
        let Letter { mail, told } = letter;
        self.judge.told(call, told, sent);
        let request = async move {
            let outcome = mail.reaches(&service).await;
            Happening::Delivered(Delivered {
                call,
                told,
                sent,
                outcome,
            })
        };
        self.underway.begin(request).await;
    }

    /// A report is answered, or lost on the way: the next of the call goes out.
    pub(super) async fn is_delivered(&mut self, delivered: Delivered) -> Result<(), ServiceError> {
        let Delivered {
            call,
            told,
            sent,
            outcome,
        } = delivered;
        if self.unless_refused(outcome)?.is_some() {
            self.judge.taken_in(call, told, sent, self.now);
        }
        let next = self.letters.get_mut(&call).and_then(VecDeque::pop_front);
        match next {
            Some(letter) => self.deliver(call, letter).await,
            None => {
                self.letters.remove(&call);
            }
        }
        Ok(())
    }
}
