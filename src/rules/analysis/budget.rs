//! How much comparing a check may do.

use std::cell::Cell;

/// Comparisons that are left. A check answers in about a second whatever the file; what a huge file hides beyond that is not
/// looked for.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    /// Enough for six thousand rules, each compared with each.
    pub(super) const fn new() -> Self {
        Self(Cell::new(20_000_000))
    }

    /// Takes so many comparisons off; `false` when there are not as many left.
    pub(super) fn spend(&self, comparisons: usize) -> bool {
        let left = self.0.get().checked_sub(comparisons);
        self.0.set(left.unwrap_or_default());
        left.is_some()
    }
}
