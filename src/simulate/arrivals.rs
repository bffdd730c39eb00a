//! Who calls, and when: a Poisson process for each kind of calls, its rate by the time of day.
//!
//! Moments are drawn at the highest rate of the day, and one is kept with the share that the rate at that moment is of it
//! (thinning), so that no step of time has to be chosen.

use std::time::Duration;

use super::call::Call;
use super::chance::{Chance, Draw, Of};
use super::wire::Form;
use crate::clock::Timestamp;
use crate::rules::{Arrivals, Scenario, rate_at};
use crate::telephony::{Country, NumberPattern};

const HOUR: Duration = Duration::from_hours(1);

/// The digits of an Indian number with its calling code.
const INDIAN_DIGITS: usize = 12;

/// All arrivals of a scenario, in the order of time.
#[derive(Debug)]
pub(super) struct Comers<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    kinds: Vec<Kind<'a>>,
    end: Timestamp,
    came: u64,
    most: Option<u64>,
}

/// The arrivals of one kind.
#[derive(Debug)]
struct Kind<'a> {
    arrivals: &'a Arrivals,
    /// The highest rate of the day.
    highest: f64,
    draw: Draw,
    next: Option<Timestamp>,
    /// Who has called so far.
    callers: Vec<String>,
}

/// A call that comes, and how patient the caller is.
pub(super) struct Comer {
    pub(super) call: Call,
    pub(super) patience: Option<Duration>,
}

impl<'a> Comers<'a> {
    /// `most` is how many come at most.
    pub(super) fn new(scenario: &'a Scenario, chance: Chance, most: Option<u64>) -> Self {
        let kinds = (0_u64..).zip(&scenario.arrivals);
        let kinds = kinds.map(|(number, arrivals)| {
            let rates = arrivals.per_hour.iter().map(|(_, rate)| *rate);
            Kind {
                arrivals,
                highest: rates.fold(0.0, f64::max),
                draw: chance.of(Of::Arrivals, number, 0),
                next: Some(scenario.start),
                callers: Vec::new(),
            }
        });
        let mut comers = Self {
            scenario,
            chance,
            kinds: kinds.collect(),
            end: scenario.start.plus(scenario.length),
            came: 0,
            most,
        };
        for kind in &mut comers.kinds {
            kind.advance(scenario, comers.end);
        }
        comers
    }

    /// When the next call comes; `None` when no more does.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        if self.most.is_some_and(|most| self.came >= most) {
            return None;
        }
        self.kinds.iter().filter_map(|kind| kind.next).min()
    }

    /// The next call.
    pub(super) fn next(&mut self) -> Option<Comer> {
        let at = self.next_at()?;
        let number = self.came;
        self.came = self.came.saturating_add(1);
        let place = self.kinds.iter().position(|kind| kind.next == Some(at))?;
        let (scenario, end) = (self.scenario, self.end);
        let mut draw = self.chance.of(Of::Caller, number, 0);
        let kind = self.kinds.get_mut(place)?;
        kind.advance(scenario, end);
        let patience = scenario.callers.patience;
        let patience = patience.map(|mean| draw.exponential(mean));
        let talk = draw.time(scenario.talk);
        let caller = kind.caller(&mut draw);
        let call = Call {
            number,
            kind: place,
            from: spelled(&caller, scenario.country, &mut draw),
            to: kind.arrivals.to.clone(),
            digits: kind.arrivals.digits.clone(),
            form: Form::drawn(&mut self.chance.of(Of::Form, number, 0)),
            arrived: at,
            created: at,
            talk,
            fetches: 0,
            attempts: 0,
            reports: 0,
            legs: Vec::new(),
            is_asking: false,
            attempt: None,
            dialled: Duration::ZERO,
            last_body: None,
        };
        Some(Comer { call, patience })
    }
}

impl Kind<'_> {
    /// The next moment at which a call of this kind comes.
    fn advance(&mut self, scenario: &Scenario, end: Timestamp) {
        let Some(mut at) = self.next.filter(|_| self.highest > 0.0) else {
            self.next = None;
            return;
        };
        let mean = HOUR.div_f64(self.highest);
        loop {
            at = at.plus(self.draw.exponential(mean));
            if at >= end {
                self.next = None;
                return;
            }
            let zoned = at.to_jiff().to_zoned(scenario.time_zone.clone());
            let minute = zoned.hour().unsigned_abs().into();
            let minute = u16::saturating_mul(minute, 60)
                .saturating_add(zoned.minute().unsigned_abs().into());
            let rate = rate_at(&self.arrivals.per_hour, minute);
            if self.draw.share() * self.highest < rate {
                self.next = Some(at);
                return;
            }
        }
    }

    /// Who calls: somebody who has called before, or somebody new.
    fn caller(&mut self, draw: &mut Draw) -> String {
        let has_called = draw.percent(self.arrivals.returning);
        let earlier = draw.one_of(self.callers.len());
        if let Some(earlier) = self.callers.get(earlier).filter(|_| has_called) {
            return earlier.clone();
        }
        let from = &self.arrivals.from;
        let pattern = from.get(draw.one_of(from.len()));
        let digits = match pattern {
            Some(NumberPattern::Exact(number)) => {
                number.to_string().trim_start_matches('+').to_owned()
            }
            Some(NumberPattern::Prefix(prefix)) => filled(prefix.as_str(), draw),
            None => filled("9198", draw),
        };
        if self.arrivals.returning > 0 {
            self.callers.push(digits.clone());
        }
        digits
    }
}

/// A number that begins so.
fn filled(prefix: &str, draw: &mut Draw) -> String {
    let mut digits = prefix.to_owned();
    while digits.len() < INDIAN_DIGITS {
        digits.push(draw.digit());
    }
    digits
}

/// A number in one of the forms in which Exotel writes it (contract, section 2).
fn spelled(digits: &str, country: Country, draw: &mut Draw) -> String {
    let national = digits.strip_prefix("91");
    match (national, draw.one_of(4)) {
        (Some(national), 0) if country == Country::INDIA => format!("0{national}"),
        (Some(national), 1) if country == Country::INDIA => national.to_owned(),
        (Some(_), 2) if country == Country::INDIA => digits.to_owned(),
        _ => format!("+{digits}"),
    }
}
