//! What is going to happen, in the order of time; of one moment, in the order in which it was arranged.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::clock::Timestamp;

/// What is going to happen.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    entries: BinaryHeap<Reverse<Entry<T>>>,
    arranged: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Timestamp,
    number: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(super) fn new() -> Self {
        Self {
            entries: BinaryHeap::new(),
            arranged: 0,
        }
    }

    /// Arranges something. What is arranged for the past happens next.
    pub(super) fn add(&mut self, at: Timestamp, what: T) {
        let number = self.arranged;
        self.arranged = self.arranged.saturating_add(1);
        self.entries.push(Reverse(Entry { at, number, what }));
    }

    /// When something happens next.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// What happens next.
    pub(super) fn next(&mut self) -> Option<T> {
        self.entries.pop().map(|Reverse(entry)| entry.what)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_the_order_of_time_and_then_of_arrangement() {
        let mut agenda = Agenda::new();
        for (at, what) in [(30, "c"), (10, "a"), (30, "d"), (20, "b")] {
            agenda.add(Timestamp::from_millis(at), what);
        }
        assert_eq!(agenda.next_at(), Some(Timestamp::from_millis(10)));
        let order: Vec<_> = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
        assert_eq!(agenda.next_at(), None);
    }
}
