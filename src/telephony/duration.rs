//! Durations as people write them: `90s`, `5m`, `1h30m`, `30d`, `250ms`.

use std::{fmt::Write as _, time::Duration};

use thiserror::Error;

/// The units from the largest to the smallest, with their milliseconds. `ms` comes before the look at `m` and `s`
/// because the whole unit is compared.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidDuration {
    /// Nothing, or only blanks.
    #[error("a duration is missing: write 90s, 5m or 1h30m")]
    Empty,
    /// A number without a unit after it.
    #[error("a duration needs a unit: d, h, m, s or ms, as in 90s")]
    NoUnit,
    /// A unit without a number before it, or a sign that is neither.
    #[error("a duration is a whole number and a unit, as in 90s or 1h30m")]
    NoNumber,
    /// Letters that are no unit.
    #[error("the units of a duration are d, h, m, s and ms")]
    UnknownUnit,
    /// One unit twice, or a smaller one before a larger one.
    #[error("the units of a duration go from large to small, each once, as in 1h30m")]
    UnitsOutOfOrder,
    /// Beyond what can be counted in milliseconds.
    #[error("this duration is too long")]
    TooLong,
}

/// Reads a duration. `0` needs no unit.
pub fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(InvalidDuration::Empty);
    }
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total = 0_u64;
    let mut units = UNITS.as_slice();
    while !rest.is_empty() {
        let (number, after_number) = split_where(rest, |character| !character.is_ascii_digit());
        let (unit, after_unit) = split_where(after_number, |character| character.is_ascii_digit());
        let (millis, smaller) = look_up(unit, units)?;
        total = number_of(number)?
            .checked_mul(millis)
            .and_then(|part| part.checked_add(total))
            .ok_or(InvalidDuration::TooLong)?;
        units = smaller;
        rest = after_unit;
    }
    Ok(Duration::from_millis(total))
}

/// The shortest text that [`parse`] reads back as the same duration; what is below a millisecond is dropped.
pub fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0".to_owned();
    }
    let mut text = String::new();
    for (unit, millis) in UNITS {
        let count = rest.checked_div(millis).unwrap_or(0);
        rest = rest.checked_rem(millis).unwrap_or(0);
        if count > 0 {
            // Writing to a String cannot fail.
            let _infallible: std::fmt::Result = write!(text, "{count}{unit}");
        }
    }
    text
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn number_of(digits: &str) -> Result<u64, InvalidDuration> {
    if digits.is_empty() {
        return Err(InvalidDuration::NoNumber);
    }
    digits.parse().or(Err(InvalidDuration::TooLong))
}

type Unit = (&'static str, u64);

/// The unit's milliseconds, and the units that may follow it.
fn look_up<'units>(
    unit: &str,
    allowed: &'units [Unit],
) -> Result<(u64, &'units [Unit]), InvalidDuration> {
    if unit.is_empty() {
        return Err(InvalidDuration::NoUnit);
    }
    let mut left = allowed;
    while let Some(((name, millis), smaller)) = left.split_first() {
        if *name == unit {
            return Ok((*millis, smaller));
        }
        left = smaller;
    }
    let known = UNITS.iter().any(|(name, _)| *name == unit);
    Err(if known {
        InvalidDuration::UnitsOutOfOrder
    } else {
        InvalidDuration::UnknownUnit
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", 0)]
    #[case("0s", 0)]
    #[case("250ms", 250)]
    #[case("90s", 90_000)]
    #[case("5m", 300_000)]
    #[case("1h30m", 5_400_000)]
    #[case(" 30d ", 2_592_000_000)]
    #[case("1d1h1m1s1ms", 90_061_001)]
    fn a_duration_is_numbers_with_units(#[case] text: &str, #[case] millis: u64) {
        assert_eq!(parse(text), Ok(Duration::from_millis(millis)));
    }

    #[rstest]
    #[case("", InvalidDuration::Empty)]
    #[case("90", InvalidDuration::NoUnit)]
    #[case("1h30", InvalidDuration::NoUnit)]
    #[case("s", InvalidDuration::NoNumber)]
    #[case("-5s", InvalidDuration::UnknownUnit)]
    #[case("5 m", InvalidDuration::UnknownUnit)]
    #[case("1.5h", InvalidDuration::UnknownUnit)]
    #[case("5min", InvalidDuration::UnknownUnit)]
    #[case("5M", InvalidDuration::UnknownUnit)]
    #[case("30m1h", InvalidDuration::UnitsOutOfOrder)]
    #[case("1m1m", InvalidDuration::UnitsOutOfOrder)]
    #[case("99999999999999999999s", InvalidDuration::TooLong)]
    #[case("999999999999999d", InvalidDuration::TooLong)]
    fn what_is_no_duration_says_why(#[case] text: &str, #[case] why: InvalidDuration) {
        assert_eq!(parse(text), Err(why));
    }

    #[rstest]
    #[case(0, "0")]
    #[case(90_000, "1m30s")]
    #[case(5_400_000, "1h30m")]
    #[case(86_400_000, "1d")]
    #[case(250, "250ms")]
    fn a_duration_is_written_in_the_largest_units(#[case] millis: u64, #[case] text: &str) {
        assert_eq!(format(Duration::from_millis(millis)), text);
    }

    proptest! {
        #[test]
        fn formatting_round_trips(millis in any::<u64>()) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC*") {
            let _outcome = parse(&text);
        }
    }
}
