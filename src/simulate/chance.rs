//! Everything that is drawn, from one seed.
//!
//! What a caller or a phone does is drawn from a sequence of its own, named by whose it is and not by when it is drawn:
//! whatever the rules do, the same call comes at the same moment, with the same patience and the same conversation. That is
//! what makes two sets of rules comparable.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp1, StandardNormal};
use rand_pcg::Pcg64Mcg;

use crate::rules::Times;

/// Whose sequence it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// When calls of a kind come.
    Arrivals,
    /// Who calls, how patient, with how much to say.
    Caller,
    /// What becomes of one ringing phone of a call.
    Leg,
    /// Whether and when one report of a call comes.
    Report,
    /// Whether one fetch of a call comes twice.
    Fetch,
    /// An agent's habits.
    Agent,
    /// How Exotel writes what it says of a call.
    Form,
}

/// The seed of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    seed: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The sequence of this subject: `number` says which call or agent, `place` which leg or report of it.
    pub(super) fn of(self, subject: Of, number: u64, place: u64) -> Draw {
        let subject = match subject {
            Of::Arrivals => 1,
            Of::Caller => 2,
            Of::Leg => 3,
            Of::Report => 4,
            Of::Fetch => 5,
            Of::Agent => 6,
            Of::Form => 7,
        };
        let seed = [subject, number, place].into_iter().fold(self.seed, mixed);
        Draw(Pcg64Mcg::seed_from_u64(seed))
    }
}

/// Two numbers as one in which each bit hangs on all bits of both (the finaliser of `SplitMix64`).
fn mixed(one: u64, other: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = one.rotate_left(32).wrapping_add(GOLDEN) ^ other.wrapping_mul(GOLDEN);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// One sequence.
#[derive(Debug)]
pub(super) struct Draw(Pcg64Mcg);

impl Draw {
    /// From 0 up to 1, which is never drawn.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, percent: u8) -> bool {
        self.share() * 100.0 < f64::from(percent)
    }

    /// One of so many, from 0.
    pub(super) fn one_of(&mut self, count: usize) -> usize {
        if count == 0 {
            return 0;
        }
        self.0.random_range(0..count)
    }

    /// A decimal digit.
    pub(super) fn digit(&mut self) -> char {
        char::from_digit(self.0.random_range(0..10), 10).unwrap_or('0')
    }

    /// A time without memory.
    pub(super) fn exponential(&mut self, mean: Duration) -> Duration {
        let drawn: f64 = Exp1.sample(&mut self.0);
        seconds(drawn * mean.as_secs_f64())
    }

    /// A time of these.
    pub(super) fn time(&mut self, times: Times) -> Duration {
        match times {
            Times::Fixed(time) => time,
            Times::Exponential(mean) => self.exponential(mean),
            Times::LogNormal { mean, median } => {
                let (mean, median) = (mean.as_secs_f64(), median.as_secs_f64());
                let spread = (2.0 * (mean / median).ln()).sqrt();
                let drawn: f64 = StandardNormal.sample(&mut self.0);
                seconds(median * (spread * drawn).exp())
            }
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and median of many draws.
    fn drawn(times: Times) -> (f64, f64) {
        let mut draw = Chance::new(7).of(Of::Caller, 1, 0);
        let mut all: Vec<f64> = (0..100_000)
            .map(|_| draw.time(times).as_secs_f64())
            .collect();
        all.sort_by(f64::total_cmp);
        (all.iter().sum::<f64>() / 100_000.0, all[50_000])
    }

    #[test]
    fn times_have_the_mean_and_the_median_that_were_asked_for() {
        let (mean, median) = (Duration::from_mins(4), Duration::from_mins(3));
        let (seen_mean, seen_median) = drawn(Times::LogNormal { mean, median });
        assert!((seen_mean - 240.0).abs() < 3.0, "{seen_mean}");
        assert!((seen_median - 180.0).abs() < 2.0, "{seen_median}");
        let (seen_mean, seen_median) = drawn(Times::Exponential(mean));
        assert!((seen_mean - 240.0).abs() < 3.0, "{seen_mean}");
        assert!((seen_median - 240.0 * 2.0_f64.ln()).abs() < 3.0);
        assert_eq!(drawn(Times::Fixed(mean)).1.to_bits(), 240.0_f64.to_bits());
    }

    #[test]
    fn a_sequence_hangs_on_its_subject_and_on_nothing_else() {
        let draw = |seed, subject, number, place| {
            let share = Chance::new(seed).of(subject, number, place).share();
            share.to_bits()
        };
        let first = draw(1, Of::Leg, 5, 2);
        assert_eq!(first, draw(1, Of::Leg, 5, 2));
        for other in [
            draw(2, Of::Leg, 5, 2),
            draw(1, Of::Report, 5, 2),
            draw(1, Of::Leg, 6, 2),
            draw(1, Of::Leg, 2, 5),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn draws_of_neighbours_are_independent() {
        let chance = Chance::new(3);
        let pairs: Vec<(f64, f64)> = (0..20_000)
            .map(|number| {
                let share = |number| chance.of(Of::Caller, number, 0).share() - 0.5;
                (share(number), share(number + 1))
            })
            .collect();
        let covariance = pairs.iter().map(|(one, other)| one * other).sum::<f64>() / 20_000.0;
        // Of independent draws it is within a thousandth, four standard deviations of 1/12/√20000 are 0.0024.
        assert!(covariance.abs() < 0.0024, "{covariance}");
    }
}
