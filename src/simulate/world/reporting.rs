//! Exotel reports, more or less reliably.

use std::time::Duration;

use super::super::call::Call;
use super::super::chance::Of;
use super::super::judge::Told;
use super::super::service::{Service, ServiceError};
use super::super::wire::{self, LegEvent};
use super::{Happening, World};

/// The most that a report is late.
const LATEST: Duration = Duration::from_secs(10);

impl<S: Service> World<'_, S> {
    /// Reports what happened to one phone, if the answer asked for it and Exotel sends such.
    pub(super) async fn report_leg(
        &mut self,
        call: &mut Call,
        place: usize,
        event: LegEvent,
    ) -> Result<(), ServiceError> {
        let asked = call.attempt.as_ref();
        let is_asked = asked.is_some_and(|attempt| attempt.instructions.events);
        let is_enabled = match event {
            LegEvent::Dial | LegEvent::Terminal => true,
            LegEvent::Ringing | LegEvent::Answered => self.scenario.reports.answered,
        };
        let Some(leg) = call.legs.get(place).filter(|_| is_asked && is_enabled) else {
            return Ok(());
        };
        let ring = asked.map(|attempt| attempt.instructions.ring);
        let rings_until = leg.dialled.plus(ring.unwrap_or_default());
        let agent = leg.agent;
        let query = wire::event(call, leg, event, self.now);
        let told = match event {
            LegEvent::Dial | LegEvent::Ringing => Told::Rings { agent, leg: place },
            LegEvent::Answered => Told::Answered { agent },
            LegEvent::Terminal => Told::LegOver { agent, rings_until },
        };
        self.send(call, query, told).await
    }

    /// Reports the end of the dial, if a Passthru applet does.
    pub(super) async fn report_end(&mut self, call: &mut Call) -> Result<(), ServiceError> {
        if !self.scenario.reports.passthru {
            return Ok(());
        }
        let query = wire::end_of_dial(call, self.now);
        self.send(call, query, Told::Over).await
    }

    /// Sends a report: it may get lost, come twice, or late.
    async fn send(
        &mut self,
        call: &mut Call,
        query: String,
        told: Told,
    ) -> Result<(), ServiceError> {
        let reports = self.scenario.reports;
        let mut draw = self.chance.of(Of::Report, call.number, call.reports);
        call.reports = call.reports.saturating_add(1);
        if draw.percent(reports.lost) {
            return Ok(());
        }
        let times = if draw.percent(reports.doubled) { 2 } else { 1 };
        for _ in 0..times {
            let number = call.number;
            if draw.percent(reports.late) {
                let at = self.now.plus(LATEST.mul_f64(draw.share()));
                let query = query.clone();
                self.agenda.add(
                    at,
                    Happening::Report {
                        call: number,
                        query,
                        told,
                    },
                );
            } else {
                self.deliver(number, &query, told).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn deliver(
        &mut self,
        call: u64,
        query: &str,
        told: Told,
    ) -> Result<(), ServiceError> {
        self.service.report(query).await?;
        self.judge.told(call, told, self.now);
        Ok(())
    }
}
