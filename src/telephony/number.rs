//! A telephone number, the same however it was written.

use std::fmt;

use thiserror::Error;

use super::{Country, library, text::serde_as_text};

/// Longer texts are refused unread: the longest E.164 number, with separators, is well under this.
const MAX_TEXT_BYTES: usize = 64;

/// The shortest and the longest E.164 number, in digits. ITU-T E.164 sets the upper limit; the lower one is the
/// shortest that a numbering plan with a calling code of three digits could hold.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// A number in E.164. Two ways of writing one number are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(u64);

/// Why a text is not a [`PhoneNumber`]. The messages never repeat the number, so that they can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidPhoneNumber {
    /// Nothing, or only blanks.
    #[error("a phone number is missing")]
    Empty,
    /// Longer than any phone number.
    #[error("a phone number has at most 15 digits")]
    TooLong,
    /// Letters or signs that no phone number has.
    #[error("a phone number is written with digits, a leading + and separators only")]
    NotANumber,
    /// Digits, but no number of that country's plan.
    #[error(
        "this is not a valid number in {0}; write it as it is dialled there, or with + and the calling code"
    )]
    NotInThePlan(Country),
    /// Not the stored form: `+` and 5 to 15 digits, the first of them not 0.
    #[error("an E.164 number is a + and 5 to 15 digits, without separators")]
    NotE164,
}

impl PhoneNumber {
    /// Reads a number as people and networks write it, local forms by the habits of `country`.
    ///
    /// Spaces, dashes, dots, slashes, brackets and the digits of other scripts are fine. A blank in front of the
    /// digits is read as a `+` that was lost in a URL, if that makes it a valid number.
    pub fn parse(text: &str, country: Country) -> Result<Self, InvalidPhoneNumber> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(InvalidPhoneNumber::Empty);
        }
        if trimmed.len() > MAX_TEXT_BYTES {
            return Err(InvalidPhoneNumber::TooLong);
        }
        let trimmed = trimmed.strip_prefix("tel:").unwrap_or(trimmed);
        if !trimmed.chars().all(may_stand_in_a_number) {
            return Err(InvalidPhoneNumber::NotANumber);
        }
        let lost_plus = text.starts_with(' ') && !trimmed.starts_with('+');
        let digits = lost_plus
            .then(|| library::e164_digits(&format!("+{trimmed}"), country))
            .flatten()
            .or_else(|| library::e164_digits(trimmed, country))
            .ok_or(InvalidPhoneNumber::NotInThePlan(country))?;
        if DIGITS.contains(&digit_count(digits)) {
            Ok(Self(digits))
        } else {
            Err(InvalidPhoneNumber::TooLong)
        }
    }

    /// Reads the canonical form, `+919812345678`, and nothing else.
    ///
    /// It checks the shape alone: what was valid when it was stored stays readable when a numbering plan changes.
    pub fn from_e164(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let digits = text.strip_prefix('+').ok_or(InvalidPhoneNumber::NotE164)?;
        let well_formed = DIGITS.contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !well_formed {
            return Err(InvalidPhoneNumber::NotE164);
        }
        digits
            .parse()
            .map(Self)
            .or(Err(InvalidPhoneNumber::NotE164))
    }

    /// The digits of the E.164 form as one integer.
    pub const fn digits(self) -> u64 {
        self.0
    }

    /// The number for a log: `+9198xxxxx210`.
    pub fn masked(self) -> impl fmt::Display {
        Masked(self)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "+{}", self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    /// Masked, because debug output ends up in logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PhoneNumber({})", self.masked())
    }
}

serde_as_text!(PhoneNumber, PhoneNumber::from_e164);

struct Masked(PhoneNumber);

impl fmt::Display for Masked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.0.to_string();
        let (head, tail) = if digits.len() < 10 { (2, 2) } else { (4, 3) };
        let shown_from = digits.len().saturating_sub(tail);
        formatter.write_str("+")?;
        for (position, digit) in digits.chars().enumerate() {
            let shown = position < head || position >= shown_from;
            write!(formatter, "{}", if shown { digit } else { 'x' })?;
        }
        Ok(())
    }
}

/// How many decimal digits a number has.
pub(super) fn digit_count(digits: u64) -> usize {
    let zeros_after_the_first = digits.checked_ilog10().unwrap_or(0);
    usize::try_from(zeros_after_the_first)
        .unwrap_or(0)
        .saturating_add(1)
}

/// Letters are kept out on purpose: the library would find a number inside `desk9812345678`.
fn may_stand_in_a_number(character: char) -> bool {
    character.is_numeric()
        || matches!(
            character,
            '+' | '＋' | '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}'
        )
        || character.is_whitespace()
}

#[cfg(test)]
mod tests;
