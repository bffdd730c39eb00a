//! The table: medians of both sides, the ratio of each pair of rounds, and what is aimed at.

use crate::measure::{Pair, Side};

/// A share of wrong answers beyond which the figures mean nothing.
const MOST_WRONG: f64 = 0.01;

/// What a ratio should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// One figure of both sides.
pub(crate) struct Row {
    name: &'static str,
    figure: fn(&Side) -> f64,
    goal: Option<Goal>,
}

impl Row {
    pub(crate) fn new(name: &'static str, figure: fn(&Side) -> f64, goal: Option<Goal>) -> Self {
        Self { name, figure, goal }
    }

    /// The second side's figure by the first's, round by round.
    fn ratios(&self, pairs: &[Pair]) -> Vec<f64> {
        let ratio = |pair: &Pair| (self.figure)(&pair.second) / (self.figure)(&pair.first);
        pairs.iter().map(ratio).collect()
    }

    /// Is what is aimed at reached?
    fn is_reached(&self, pairs: &[Pair]) -> bool {
        let ratio = median(self.ratios(pairs).into_iter());
        self.goal.is_none_or(|goal| goal.is_reached(ratio))
    }

    fn line(&self, pairs: &[Pair]) -> String {
        let first = median(pairs.iter().map(|pair| (self.figure)(&pair.first)));
        let second = median(pairs.iter().map(|pair| (self.figure)(&pair.second)));
        let ratios = self.ratios(pairs);
        let ratio = median(ratios.iter().copied());
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let goal = self
            .goal
            .map(|goal| goal.verdict(ratio))
            .unwrap_or_default();
        let range = format!("{ratio:.2} ({least:.2}–{most:.2})");
        format!(
            "  {:<26}{first:>10.1}{second:>14.1}   {range:<20}{goal}",
            self.name
        )
        .trim_end()
        .to_owned()
    }
}

impl Goal {
    fn is_reached(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(least) => ratio >= least,
            Self::AtMost(most) => ratio <= most,
        }
    }

    fn verdict(self, ratio: f64) -> String {
        let aim = match self {
            Self::AtLeast(least) => format!("at least {least:.2}"),
            Self::AtMost(most) => format!("at most {most:.2}"),
        };
        let reached = if self.is_reached(ratio) {
            "reached"
        } else {
            "MISSED"
        };
        format!("{aim}: {reached}")
    }
}

/// One comparison. A ratio is the second side's figure by the first's: median of the rounds, least and most.
pub(crate) fn table(title: &str, sides: [&str; 2], pairs: &[Pair], rows: &[Row]) -> String {
    let [first, second] = sides;
    let mut lines = vec![
        String::new(),
        title.to_owned(),
        format!("  {:<26}{first:>10}{second:>14}   ratio", ""),
    ];
    lines.extend(rows.iter().map(|row| row.line(pairs)));
    lines.push(wrong(pairs));
    lines.join("\n")
}

/// Do the figures mean something, and is all reached that is aimed at?
pub(crate) fn are_reached(pairs: &[Pair], rows: &[Row]) -> bool {
    let (wrong, all) = answers(pairs);
    !is_void(wrong, all) && rows.iter().all(|row| row.is_reached(pairs))
}

/// The answers that were not 200 with three destinations.
fn wrong(pairs: &[Pair]) -> String {
    let (wrong, all) = answers(pairs);
    let verdict = if is_void(wrong, all) {
        ": THESE FIGURES ARE VOID"
    } else {
        ""
    };
    format!("  {wrong} of {all} answers were not 200 with three destinations{verdict}")
}

/// How many were wrong, and how many there were.
fn answers(pairs: &[Pair]) -> (usize, usize) {
    let sides = || pairs.iter().flat_map(|pair| [&pair.first, &pair.second]);
    let wrong = sides().map(|side| side.wrong).sum();
    (wrong, sides().map(Side::requests).sum())
}

fn is_void(wrong: usize, all: usize) -> bool {
    wrong as f64 > all as f64 * MOST_WRONG
}

/// The middle one, or the mean of the middle two.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match (figures.get(middle), figures.len() % 2) {
        (Some(upper), 0) => f64::midpoint(*upper, figures[middle - 1]),
        (Some(figure), _) => *figure,
        (None, _) => f64::NAN,
    }
}
