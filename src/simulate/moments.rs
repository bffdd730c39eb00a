//! When things happen that come one by one: a Poisson process, its rate by the time of day.
//!
//! Moments are drawn at the highest rate of the day, and one is kept with the share that the rate at that moment is of it
//! (thinning), so that no step of time has to be chosen.

use std::time::Duration;

use super::chance::Draw;
use crate::clock::Timestamp;
use crate::rules::{DaySpan, Scenario, rate_at};

const HOUR: Duration = Duration::from_hours(1);

/// Moment after moment, within a scenario's length.
#[derive(Debug)]
pub(super) struct Moments<'a> {
    per_hour: &'a [(DaySpan, f64)],
    scenario: &'a Scenario,
    /// The highest rate of the day.
    highest: f64,
    draw: Draw,
    end: Timestamp,
    next: Option<Timestamp>,
}

impl<'a> Moments<'a> {
    pub(super) fn new(per_hour: &'a [(DaySpan, f64)], scenario: &'a Scenario, draw: Draw) -> Self {
        let rates = per_hour.iter().map(|(_, rate)| *rate);
        let mut moments = Self {
            per_hour,
            scenario,
            highest: rates.fold(0.0, f64::max),
            draw,
            end: scenario.start.plus(scenario.length),
            next: Some(scenario.start),
        };
        moments.advance();
        moments
    }

    /// The moment that comes next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// That moment has come: the one after it is next.
    pub(super) fn advance(&mut self) {
        let Some(mut at) = self.next.filter(|_| self.highest > 0.0) else {
            self.next = None;
            return;
        };
        let mean = HOUR.div_f64(self.highest);
        loop {
            at = at.plus(self.draw.exponential(mean));
            if at >= self.end {
                self.next = None;
                return;
            }
            if self.draw.share() * self.highest < self.rate(at) {
                self.next = Some(at);
                return;
            }
        }
    }

    fn rate(&self, at: Timestamp) -> f64 {
        let zoned = at.to_jiff().to_zoned(self.scenario.time_zone.clone());
        let minute = zoned.hour().unsigned_abs().into();
        let minute =
            u16::saturating_mul(minute, 60).saturating_add(zoned.minute().unsigned_abs().into());
        rate_at(self.per_hour, minute)
    }
}
