//! How much comparing a check may do.

/// Comparisons that are left. A check answers in about a second whatever the file; what a huge file hides beyond that is not
/// looked for.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// Enough for six thousand rules, each compared with each.
    pub(super) const fn new() -> Self {
        Self(20_000_000)
    }

    /// Takes so many comparisons off; `false` when there are not as many left.
    pub(super) fn spend(&mut self, comparisons: usize) -> bool {
        let left = self.0.checked_sub(comparisons);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}
