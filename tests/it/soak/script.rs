//! What will happen in each call: a plain function of the seed. Which agents a call gets depends on who is free, and so on
//! how fast the machine is; what their phones and the caller then do, and which reports get lost, does not.

use std::time::Duration;

use super::dice::Dice;

/// The accounts; Exotel reports who answered in the first only.
pub(super) const ACCOUNTS: [&str; 2] = ["default", "plain"];

/// One caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    seed: u64,
    pub(super) number: usize,
    pub(super) account: &'static str,
    /// What the caller keys, which chooses the rule.
    pub(super) digits: usize,
    /// How long the caller listens to phones ringing.
    pub(super) patience: Duration,
    /// Does a Passthru applet follow?
    pub(super) has_record: bool,
}

/// What one phone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Answers { after: Duration, talks: Duration },
    RingsOut,
    Declines { after: Duration },
    Fails { after: Duration },
}

/// What becomes of one report on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    None,
    Lost,
    /// It comes again after this.
    Doubled(Duration),
    /// It comes so much later that others overtake it.
    Late(Duration),
}

/// What becomes of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    Once,
    /// Another instance is asked the same at the same time.
    Overlapping,
    /// It comes again when the next attempt has had its answer.
    Later,
}

impl Script {
    /// The call with this number.
    pub(super) fn of(seed: u64, number: usize) -> Self {
        let mut dice = Dice::at(seed, &[number]);
        let leaves = dice.in_a_hundred(8);
        Self {
            seed,
            number,
            account: ACCOUNTS[dice.below(ACCOUNTS.len())],
            digits: *dice.of(&[1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 5, 6, 6]),
            patience: if leaves {
                dice.millis(50, 1_500)
            } else {
                Duration::from_hours(1)
            },
            has_record: dice.in_a_hundred(70),
        }
    }

    pub(super) fn sid(&self) -> String {
        format!("{:016x}{:016x}", self.seed, self.number)
    }

    /// What the phone does that this attempt names at this place.
    pub(super) fn fate(&self, attempt: usize, place: usize) -> Fate {
        let mut dice = Dice::at(self.seed, &[self.number, 1, attempt, place]);
        let after = dice.millis(30, 600);
        match dice.below(100) {
            0..48 => Fate::Answers {
                after,
                talks: self.talk(&mut dice),
            },
            48..74 => Fate::RingsOut,
            74..96 => Fate::Declines { after },
            _ => Fate::Fails { after },
        }
    }

    /// Most talks are over while the reservation would still hold; some need what the reports have made of it.
    fn talk(&self, dice: &mut Dice) -> Duration {
        if self.digits == 5 {
            dice.millis(3_500, 7_000)
        } else {
            dice.millis(20, 900)
        }
    }

    /// What becomes of the report with this number among those of the call.
    pub(super) fn mishap(&self, report: usize) -> Mishap {
        let mut dice = Dice::at(self.seed, &[self.number, 2, report]);
        let later = dice.millis(50, 600);
        match dice.below(100) {
            0..5 => Mishap::Lost,
            5..10 => Mishap::Doubled(later),
            10..15 => Mishap::Late(later),
            _ => Mishap::None,
        }
    }

    pub(super) fn repeat(&self, attempt: usize) -> Repeat {
        let mut dice = Dice::at(self.seed, &[self.number, 3, attempt]);
        match dice.below(100) {
            0..8 => Repeat::Overlapping,
            8..12 => Repeat::Later,
            _ => Repeat::Once,
        }
    }

    /// For what depends on nothing else, such as the form of a request.
    pub(super) fn whim(&self, request: usize) -> Dice {
        Dice::at(self.seed, &[self.number, 4, request])
    }
}

#[test]
fn the_same_seed_makes_the_same_calls_outcomes_and_mishaps() {
    let everything = |seed| {
        let of = |number| {
            let script = Script::of(seed, number);
            let fates: Vec<_> = (0..9).map(|n| script.fate(n / 3, n % 3)).collect();
            let mishaps: Vec<_> = (0..9).map(|n| script.mishap(n)).collect();
            let repeats: Vec<_> = (0..4).map(|n| script.repeat(n)).collect();
            (script, fates, mishaps, repeats)
        };
        (0..50).map(of).collect::<Vec<_>>()
    };
    assert_eq!(everything(1), everything(1));
    assert_ne!(everything(1), everything(2));
}
