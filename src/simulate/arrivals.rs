//! Who calls, and when: a Poisson process for each kind of calls.

use std::time::Duration;

use super::call::Call;
use super::chance::{Chance, Draw, Of};
use super::moments::Moments;
use super::wire::Form;
use crate::clock::Timestamp;
use crate::rules::{Arrivals, Scenario};
use crate::telephony::{Country, NumberPattern};

/// The digits of an Indian number with its calling code.
const INDIAN_DIGITS: usize = 12;

/// All arrivals of a scenario, in the order of time.
#[derive(Debug)]
pub(super) struct Comers<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    kinds: Vec<Kind<'a>>,
    came: u64,
    most: Option<u64>,
}

/// The arrivals of one kind.
#[derive(Debug)]
struct Kind<'a> {
    arrivals: &'a Arrivals,
    moments: Moments<'a>,
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
            let draw = chance.of(Of::Arrivals, number, 0);
            Kind {
                arrivals,
                moments: Moments::new(&arrivals.per_hour, scenario, draw),
                callers: Vec::new(),
            }
        });
        Self {
            scenario,
            chance,
            kinds: kinds.collect(),
            came: 0,
            most,
        }
    }

    /// When the next call comes; `None` when no more does.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        if self.most.is_some_and(|most| self.came >= most) {
            return None;
        }
        let moments = self.kinds.iter().map(|kind| kind.moments.next());
        moments.flatten().min()
    }

    /// The next call.
    pub(super) fn next(&mut self) -> Option<Comer> {
        let at = self.next_at()?;
        let number = self.came;
        self.came = self.came.saturating_add(1);
        let is_next = |kind: &Kind<'_>| kind.moments.next() == Some(at);
        let place = self.kinds.iter().position(is_next)?;
        let scenario = self.scenario;
        let mut draw = self.chance.of(Of::Caller, number, 0);
        let kind = self.kinds.get_mut(place)?;
        kind.moments.advance();
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
    /// Who calls: somebody who has called before, or somebody new.
    fn caller(&mut self, draw: &mut Draw) -> String {
        let has_called = draw.percent(self.arrivals.returning);
        let earlier = draw.one_of(self.callers.len());
        if let Some(earlier) = self.callers.get(earlier).filter(|_| has_called) {
            return earlier.clone();
        }
        let from = &self.arrivals.from;
        let digits = somebody(from, draw);
        if self.arrivals.returning > 0 {
            self.callers.push(digits.clone());
        }
        digits
    }
}

/// The digits of a number that fits one of these; of anybody, where there are none.
pub(super) fn somebody(patterns: &[NumberPattern], draw: &mut Draw) -> String {
    match patterns.get(draw.one_of(patterns.len())) {
        Some(NumberPattern::Exact(number)) => number.to_string().trim_start_matches('+').to_owned(),
        Some(NumberPattern::Prefix(prefix)) => filled(prefix.as_str(), draw),
        None => filled("9198", draw),
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
