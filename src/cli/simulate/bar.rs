//! How far a run is, on standard error, where that is a terminal. Nothing of it is left when the run is over.

use std::io::{self, IsTerminal as _, Write as _};

use crate::simulate::Progress;

/// The cells of the bar.
const WIDTH: u16 = 30;

/// A bar that fills.
#[derive(Debug)]
pub(super) struct Bar {
    title: String,
    is_seen: bool,
    /// What is shown, so that it is written only when it changes.
    shown: Option<(u16, Option<u64>)>,
}

impl Bar {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            is_seen: io::stderr().is_terminal(),
            shown: None,
        }
    }

    /// Shows how far the run is.
    pub(super) fn show(&mut self, progress: Progress) {
        let percent = whole_percent(progress.share);
        let held_for = progress.held_for.map(|left| left.as_secs());
        if !self.is_seen || self.shown == Some((percent, held_for)) {
            return;
        }
        self.shown = Some((percent, held_for));
        let waits = held_for.map(|left| format!(", agents are held for {left}s more"));
        let filled = percent.saturating_mul(WIDTH) / 100;
        let (full, empty) = (
            "#".repeat(filled.into()),
            ".".repeat(WIDTH.saturating_sub(filled).into()),
        );
        // A terminal that is gone misses nothing.
        let _unseen: io::Result<()> = write!(
            io::stderr(),
            "\r\u{1b}[2K{} [{full}{empty}] {percent:3} %, {} calls{}",
            self.title,
            progress.calls,
            waits.unwrap_or_default()
        );
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _unseen: io::Result<()> = write!(io::stderr(), "\r\u{1b}[2K");
        }
    }
}

/// A share from 0 to 1 in hundredths, rounded down.
fn whole_percent(share: f64) -> u16 {
    let is_reached = |percent: &u16| f64::from(*percent) / 100.0 <= share;
    let reached = (0..=100).take_while(is_reached).last();
    reached.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::whole_percent;

    #[test]
    fn a_bar_is_full_only_at_the_end() {
        let shown: Vec<_> = [0.0, 0.009, 0.01, 0.5, 0.999, 1.0, 7.0]
            .map(whole_percent)
            .into();
        assert_eq!(shown, [0, 0, 1, 50, 99, 100, 100]);
    }
}
