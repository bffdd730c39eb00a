//! Counts that many threads add to without waiting for each other, and counts by names that come up while they are used.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

/// The name under which all are counted that come up beyond the limit.
pub(super) const OTHER: &str = "other";

/// A count that only grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(super) fn add_one(&self) {
        self.add(1);
    }

    /// So many more.
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Something for each name, so many names at most. A name that is known is found without a lock and without making anything;
/// only what comes up for the first time copies the table.
#[derive(Debug)]
pub(super) struct Named<T> {
    by_name: ArcSwap<HashMap<Arc<str>, Arc<T>>>,
    most: usize,
}

impl<T: Default> Named<T> {
    /// For so many names; all beyond them share [`OTHER`].
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            by_name: ArcSwap::default(),
            most,
        }
    }

    /// Does something with what is kept under this name.
    pub(super) fn with(&self, name: &str, step: impl FnOnce(&T)) {
        let known = self.by_name.load();
        match self.find(&known, name) {
            Some(found) => step(found),
            None => self.make(name, step),
        }
    }

    fn find<'a>(&self, known: &'a HashMap<Arc<str>, Arc<T>>, name: &str) -> Option<&'a T> {
        let is_full = known.len() >= self.most;
        let other = || known.get(OTHER).filter(|_| is_full);
        known.get(name).or_else(other).map(|found| &**found)
    }

    fn make(&self, name: &str, step: impl FnOnce(&T)) {
        self.by_name.rcu(|known| {
            let mut known = HashMap::clone(known);
            let is_full = known.len() >= self.most;
            let name = if is_full { OTHER } else { name };
            known.entry(Arc::from(name)).or_default();
            known
        });
        if let Some(found) = self.find(&self.by_name.load(), name) {
            step(found);
        }
    }

    /// All names, in order.
    pub(super) fn all(&self) -> BTreeMap<Arc<str>, Arc<T>> {
        let known = self.by_name.load();
        let pairs = known.iter();
        pairs
            .map(|(name, found)| (Arc::clone(name), Arc::clone(found)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let named: Named<Count> = Named::at_most(3);
        for name in ["one", "two", "three", "four", "five", "one", "five"] {
            named.with(name, Count::add_one);
        }
        let all = named.all();
        let seen: Vec<_> = all
            .iter()
            .map(|(name, count)| (&**name, count.get()))
            .collect();
        assert_eq!(seen, [("one", 2), ("other", 3), ("three", 1), ("two", 1)]);
    }

    #[test]
    fn names_that_come_up_at_once_lose_no_count() {
        let named: Named<Count> = Named::at_most(50);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for name in 0..500 {
                        named.with(&(name % 100).to_string(), Count::add_one);
                    }
                });
            }
        });
        let all = named.all();
        assert_eq!(all.values().map(|count| count.get()).sum::<u64>(), 2_000);
        assert_eq!(all.len(), 51);
    }
}
