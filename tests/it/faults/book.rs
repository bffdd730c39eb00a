//! What callers were answered, and the judgement on it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::machine::{Watch, lost_to};
use super::{AGENTS, BACK_WITHIN, BRIEFLY, FALLBACK, IN_TIME, LONG};
use crate::soak::ledger::{Attempt, Call, Hold, Moment, Terms, Trust, double_bookings, holds};

/// So many decisions in a row, and an instance is taken to decide again: both of its workers have had many of them.
const IN_A_ROW: usize = 40;
/// With fewer promises to look at there would be no test: of an age of the store, and of all.
const LEAST_HOLDS: usize = AGENTS;
const LEAST_OF_ALL: usize = 4 * AGENTS;

/// One fetch, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Which of the doors was asked.
    pub(super) door: usize,
    /// The call's name, by which logs know it.
    pub(super) call: String,
    pub(super) asked: Moment,
    pub(super) answered: Moment,
    is_long: bool,
    pub(super) outcome: Outcome,
}

impl Record {
    fn took(&self) -> Duration {
        self.answered.saturating_sub(self.asked)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This agent is to be rung.
    Agent(String),
    /// Nobody is free.
    Nobody,
    /// No decision could be made.
    Fallback,
    /// There was no answer that Exotel could use.
    Failed(String),
}

impl Outcome {
    /// By status and body.
    pub(super) fn of(status: u16, body: &str) -> Self {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let failed = || Self::Failed(format!("{status} {body}"));
        if status != 200 || !json["fetch_after_attempt"].is_boolean() {
            return failed();
        }
        let all = json["destination"].as_array().map(Vec::as_slice);
        match all {
            Some([]) => Self::Nobody,
            Some([one]) => match one["contact_uri"].as_str() {
                Some(FALLBACK) => Self::Fallback,
                Some(uri) if uri.starts_with("sip:") => Self::Agent(uri.to_owned()),
                _ => failed(),
            },
            _ => failed(),
        }
    }

    pub(super) fn is_decision(&self) -> bool {
        matches!(self, Self::Agent(_) | Self::Nobody)
    }
}

/// All fetches so far.
pub(super) struct Book {
    began: Instant,
    records: RefCell<Vec<Record>>,
    is_over: Cell<bool>,
    machine: Watch,
}

impl Book {
    pub(super) fn new() -> Self {
        let began = Instant::now();
        Self {
            began,
            machine: Watch::start(began),
            records: RefCell::default(),
            is_over: Cell::new(false),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.began.elapsed()
    }

    pub(super) fn enter(
        &self,
        door: usize,
        call: String,
        is_long: bool,
        asked: Moment,
        outcome: Outcome,
    ) {
        self.records.borrow_mut().push(Record {
            door,
            call,
            asked,
            answered: self.now(),
            is_long,
            outcome,
        });
    }

    pub(super) fn close(&self) {
        self.is_over.set(true);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Those asked from one moment on, and answered until another.
    pub(super) fn between(&self, from: Moment, to: Moment) -> Vec<Record> {
        let is_within = |record: &&Record| record.asked >= from && record.answered <= to;
        let records = self.records.borrow();
        records.iter().filter(is_within).cloned().collect()
    }

    /// Waits until each of so many doors gives one decision after the other, all asked for after this moment; says how
    /// long after it the first of them was there, at the worst door.
    pub(super) async fn back(&self, doors: usize, since: Moment) -> Duration {
        loop {
            let firsts: Vec<_> = (0..doors)
                .map_while(|door| self.decides(door, since))
                .collect();
            if firsts.len() == doors {
                let worst = firsts.iter().max().unwrap().saturating_sub(since);
                assert!(worst < BACK_WITHIN, "decisions only after {worst:?}");
                return worst;
            }
            let waited = self.now().saturating_sub(since);
            assert!(
                waited < BACK_WITHIN + BACK_WITHIN,
                "no decisions for {waited:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// When the decisions that a door gives without exception began, if there are many of them.
    fn decides(&self, door: usize, since: Moment) -> Option<Moment> {
        let mut records = self.between(since, Moment::MAX);
        records.retain(|record| record.door == door);
        records.sort_by_key(|record| record.answered);
        let in_a_row = records
            .iter()
            .rev()
            .take_while(|record| record.outcome.is_decision());
        let first = records.len() - in_a_row.count();
        let row = &records[first..];
        (row.len() >= IN_A_ROW).then(|| row[0].answered)
    }

    /// Everybody was answered, and in time.
    pub(super) fn all_were_answered(&self) {
        self.all_were_answered_but(|_| false);
    }

    /// The same, but for these. Time in which the machine let nobody run does not count: nobody could have answered.
    pub(super) fn all_were_answered_but(&self, may_fail: impl Fn(&Record) -> bool) {
        let (records, stalls) = (self.records.borrow(), self.machine.stalls());
        let is_well = |record: &Record| {
            let is_answered = !matches!(record.outcome, Outcome::Failed(_));
            let within = (record.asked, record.answered);
            is_answered && record.took() < IN_TIME + lost_to(&stalls, within)
        };
        let bad = records
            .iter()
            .filter(|record| !is_well(record) && !may_fail(record));
        let shown = |one: &Record| {
            let (call, took) = (&one.call, one.took());
            format!(
                "{call} at door {} after {took:?}: {:?}",
                one.door, one.outcome
            )
        };
        let bad: Vec<_> = bad.map(shown).collect();
        let all = records.len();
        assert!(bad.is_empty(), "{} of {all} fetches: {bad:#?}", bad.len());
    }

    /// Nobody was promised to two callers at once.
    pub(super) fn nobody_was_promised_twice(&self) {
        self.nobody_was_promised_twice_but_for_losses(&[]);
    }

    /// The same, where the store has forgotten everything at these moments.
    pub(super) fn nobody_was_promised_twice_but_for_losses(&self, losses: &[Moment]) {
        let ages: Vec<_> = [&[Moment::ZERO], losses, &[Moment::MAX]].concat();
        let mut count = 0;
        for age in ages.windows(2) {
            let mut records = self.records.borrow().clone();
            records.retain(|record| (age[0]..age[1]).contains(&record.answered));
            count += judge(&records);
        }
        assert!(count >= LEAST_OF_ALL, "{count} promises are no test");
    }

    /// What there was, in a line.
    pub(super) fn show(&self, name: &str, back: Duration) {
        let records = self.records.borrow();
        let count =
            |is: fn(&Outcome) -> bool| records.iter().filter(|one| is(&one.outcome)).count();
        let line = format!(
            "{name}: {} fetches, {} agents, {} fallbacks, {} failed; the slowest took {:?}; decisions again after {back:?}\n",
            records.len(),
            count(|one| matches!(one, Outcome::Agent(_))),
            count(|one| *one == Outcome::Fallback),
            count(|one| matches!(one, Outcome::Failed(_))),
            records.iter().map(Record::took).max().unwrap_or_default(),
        );
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}

/// Who was certainly held when, as the ledger reckons it.
fn held(records: &[Record]) -> BTreeMap<String, Vec<Hold>> {
    let calls: BTreeMap<usize, Call> = records
        .iter()
        .enumerate()
        .filter_map(|(number, record)| Some((number, call(record)?)))
        .collect();
    let trust = Trust {
        settles: Duration::ZERO,
        kills: Vec::new(),
        slow: Vec::new(),
    };
    holds(&calls, &trust)
}

/// Says how many promises there were to look at.
fn judge(records: &[Record]) -> usize {
    let book = held(records);
    let double = double_bookings(&book);
    assert!(double.is_empty(), "{}", double.join("\n"));
    let count: usize = book.values().map(Vec::len).sum();
    assert!(count >= LEAST_HOLDS, "{count} promises are no test");
    let nobody_free = records.iter().filter(|one| one.outcome == Outcome::Nobody);
    assert!(nobody_free.count() > 0, "there was always somebody free");
    count
}

/// As the ledger has it: nothing is ever reported, so an agent is held for as long as the phone rings.
fn call(record: &Record) -> Option<Call> {
    let Outcome::Agent(uri) = &record.outcome else {
        return None;
    };
    let mut call = Call::default();
    call.attempts.push(Attempt {
        asked: record.asked,
        answered: record.answered,
        rings: vec![(uri.clone(), Some(uri.clone()))],
        terms: Terms {
            ring: if record.is_long { LONG } else { BRIEFLY },
            margin: Duration::ZERO,
            conversation: Duration::ZERO,
            together: 1,
            answers_reported: false,
        },
    });
    Some(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(asked: u64, is_long: bool) -> Record {
        Record {
            door: 0,
            call: asked.to_string(),
            asked: Duration::from_millis(asked),
            answered: Duration::from_millis(asked + 10),
            is_long,
            outcome: Outcome::Agent("sip:long1".to_owned()),
        }
    }

    #[test]
    fn who_is_promised_again_while_the_phone_may_ring_is_promised_twice() {
        let double = |second, is_long| {
            double_bookings(&held(&[promise(0, is_long), promise(second, is_long)])).len()
        };
        assert_eq!((double(6_900, true), double(7_000, true)), (1, 0));
        assert_eq!((double(900, false), double(1_000, false)), (1, 0));
    }
}
