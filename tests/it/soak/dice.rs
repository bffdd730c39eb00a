//! Chance that can be repeated: the same seed and the same place give the same throws, in whatever order calls are played.

use std::time::Duration;

/// One stream of throws. The generator is splitmix64: small, and good enough for outcomes of calls.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The stream of a seed that belongs to this place, such as a call and its attempt.
    pub(super) fn at(seed: u64, place: &[usize]) -> Self {
        let mut dice = Self(seed);
        for part in place {
            dice.0 = dice.next() ^ u64::try_from(*part).unwrap();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below that one.
    pub(super) fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap();
        usize::try_from(self.next() % most).unwrap()
    }

    /// True so many times in a hundred.
    pub(super) fn in_a_hundred(&mut self, times: usize) -> bool {
        self.below(100) < times
    }

    /// One of these.
    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A time between these, in milliseconds.
    pub(super) fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.next() % (most - least))
    }
}

#[test]
fn the_same_place_throws_the_same_and_another_one_does_not() {
    let throws = |seed, place: &[usize]| {
        let mut dice = Dice::at(seed, place);
        (0..20).map(|_| dice.below(1_000)).collect::<Vec<_>>()
    };
    assert_eq!(throws(7, &[1, 2]), throws(7, &[1, 2]));
    assert_ne!(throws(7, &[1, 2]), throws(7, &[2, 1]));
    assert_ne!(throws(7, &[1, 2]), throws(8, &[1, 2]));
}

#[test]
fn five_in_a_hundred_is_about_that() {
    let mut dice = Dice::at(7, &[]);
    let hits = (0..10_000).filter(|_| dice.in_a_hundred(5)).count();
    assert!((400..600).contains(&hits), "{hits}");
}
