//! Which calls agents and their applications start, and when: a Poisson process for each kind of clicks.

use std::sync::Arc;
use std::time::Duration;

use super::arrivals::somebody;
use super::call::FIRST_CLICK;
use super::chance::{Chance, Of};
use super::exchange::Refusal;
use super::moments::Moments;
use crate::clock::Timestamp;
use crate::rules::{Clicks, Scenario, Whose};

/// All clicks of a scenario, in the order of time.
#[derive(Debug)]
pub(super) struct Clickers<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    kinds: Vec<(&'a Clicks, Moments<'a>)>,
    came: u64,
}

/// A click, with everything that is drawn for it but what becomes of the phones.
#[derive(Clone, Debug)]
pub(super) struct Intended {
    /// Counted from [`FIRST_CLICK`]; what is drawn for it hangs on this number alone.
    pub(super) number: u64,
    /// Which of the scenario's clicks it is.
    pub(super) kind: usize,
    pub(super) whose: Whose,
    /// Which of those who could click does, as a share of them.
    pub(super) lot: f64,
    /// Who is called.
    pub(super) to: String,
    /// How long the conversation takes when it comes to one.
    pub(super) talk: Duration,
    /// How Exotel refuses, if it does.
    pub(super) refusal: Option<Refusal>,
    /// Is it sent twice at once?
    pub(super) is_doubled: bool,
}

impl<'a> Clickers<'a> {
    pub(super) fn new(scenario: &'a Scenario, chance: Chance) -> Self {
        let kinds = (FIRST_CLICK..).zip(&scenario.clicks);
        let kinds = kinds.map(|(number, clicks)| {
            let draw = chance.of(Of::Arrivals, number, 0);
            (clicks, Moments::new(&clicks.per_hour, scenario, draw))
        });
        Self {
            scenario,
            chance,
            kinds: kinds.collect(),
            came: 0,
        }
    }

    /// The kinds of clicks by name, in the scenario's order.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let names = self
            .kinds
            .iter()
            .map(|(clicks, _)| Arc::clone(&clicks.name));
        names.collect()
    }

    /// When the next click comes; `None` when no more does.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let moments = self.kinds.iter().map(|(_, moments)| moments.next());
        moments.flatten().min()
    }

    /// The next click.
    pub(super) fn next(&mut self) -> Option<Intended> {
        let at = self.next_at()?;
        let number = FIRST_CLICK.saturating_add(self.came);
        let counted = usize::try_from(self.came).unwrap_or(usize::MAX);
        self.came = self.came.saturating_add(1);
        let is_next = |(_, moments): &(_, Moments<'_>)| moments.next() == Some(at);
        let kind = self.kinds.iter().position(is_next)?;
        let (clicks, moments) = self.kinds.get_mut(kind)?;
        moments.advance();
        let mut draw = self.chance.of(Of::Caller, number, 0);
        // Each way of saying no has its turn.
        let refusals = Refusal::OF_CALLS;
        let refusal = refusals.get(counted.checked_rem(refusals.len())?).copied();
        Some(Intended {
            number,
            kind,
            whose: clicks.whose.clone(),
            lot: draw.share(),
            talk: draw.time(self.scenario.talk),
            to: format!("+{}", somebody(&clicks.to, &mut draw)),
            refusal: refusal.filter(|_| draw.percent(clicks.refused)),
            is_doubled: draw.percent(clicks.doubled),
        })
    }
}
