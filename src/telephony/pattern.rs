//! One number, or all that begin alike: how a rule names callers.

use std::fmt;

use thiserror::Error;

use super::{Country, InvalidPhoneNumber, PhoneNumber, library, number::digit_count};

/// A full number, or a prefix such as `98123*`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NumberPattern {
    /// This number alone.
    Exact(PhoneNumber),
    /// Every number that begins with these digits.
    Prefix(NumberPrefix),
}

/// The first digits of an E.164 number, the calling code included and the `+` left out: `9198123`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NumberPrefix {
    text: String,
    digits: u64,
}

/// Why a text is not a [`NumberPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidNumberPattern {
    /// No `*`, and not a number either.
    #[error(transparent)]
    Number(#[from] InvalidPhoneNumber),
    /// A `*` that is not the last character, or more than one.
    #[error("the * stands at the end of a prefix, once: 98123*")]
    MisplacedStar,
    /// No digit before the `*`.
    #[error("a prefix has at least one digit before the *")]
    NoDigits,
    /// Something other than digits, a leading + and separators before the `*`.
    #[error(
        "a prefix is written with digits, a leading + and separators only: 98123* or +9198123*"
    )]
    NotDigits,
    /// As long as a whole number, or longer: it could never match.
    #[error("a prefix with its calling code has at most 14 digits")]
    TooLong,
}

impl NumberPattern {
    /// Reads a number, or a prefix that ends in `*`. Without a `+` both are national, by the habits of `country`:
    /// `98123*` and `098123*` are `+9198123*` in India.
    pub fn parse(text: &str, country: Country) -> Result<Self, InvalidNumberPattern> {
        let trimmed = text.trim();
        match trimmed.split_once('*') {
            None => Ok(Self::Exact(PhoneNumber::parse(trimmed, country)?)),
            Some((start, "")) => Ok(Self::Prefix(NumberPrefix::parse(start, country)?)),
            Some(_) => Err(InvalidNumberPattern::MisplacedStar),
        }
    }

    /// Whether this number is meant.
    pub fn matches(&self, number: PhoneNumber) -> bool {
        match self {
            Self::Exact(exact) => *exact == number,
            Self::Prefix(prefix) => prefix.matches(number),
        }
    }
}

impl fmt::Display for NumberPattern {
    /// The canonical text, `+919812345678` or `+9198123*`; parsing it gives the same pattern in any country.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(number) => number.fmt(formatter),
            Self::Prefix(prefix) => write!(formatter, "+{}*", prefix.text),
        }
    }
}

impl NumberPrefix {
    fn parse(start: &str, country: Country) -> Result<Self, InvalidNumberPattern> {
        let mut text = String::new();
        let international = start.strip_prefix('+');
        for character in international.unwrap_or(start).chars() {
            match character {
                '0'..='9' => text.push(character),
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(InvalidNumberPattern::NotDigits),
            }
        }
        if text.is_empty() {
            return Err(InvalidNumberPattern::NoDigits);
        }
        if international.is_none() {
            text = with_calling_code(&text, country);
        }
        if text.len() > 14 {
            return Err(InvalidNumberPattern::TooLong);
        }
        let digits = text.parse().or(Err(InvalidNumberPattern::NotDigits))?;
        Ok(Self { text, digits })
    }

    /// The digits, `9198123`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the number begins with these digits.
    pub fn matches(&self, number: PhoneNumber) -> bool {
        let Some(rest) = digit_count(number.digits()).checked_sub(self.text.len()) else {
            return false;
        };
        let scale = u32::try_from(rest)
            .ok()
            .and_then(|rest| 10_u64.checked_pow(rest));
        scale.and_then(|scale| number.digits().checked_div(scale)) == Some(self.digits)
    }
}

impl fmt::Display for NumberPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn with_calling_code(national: &str, country: Country) -> String {
    let trunk = library::trunk_prefix(country);
    let significant = national.strip_prefix(trunk.as_str()).unwrap_or(national);
    let code = library::calling_code(country)
        .map(|code| code.to_string())
        .unwrap_or_default();
    code + significant
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text, Country::INDIA).unwrap()
    }

    #[rstest]
    #[case("98123*")]
    #[case("098123*")]
    #[case("+9198123*")]
    #[case(" +91 98123* ")]
    fn a_prefix_is_the_same_however_it_is_written(#[case] text: &str) {
        let pattern = NumberPattern::parse(text, Country::INDIA).unwrap();
        assert_eq!(pattern.to_string(), "+9198123*");
        assert!(pattern.matches(number("9812345678")));
        assert!(!pattern.matches(number("9812445678")));
        assert!(!pattern.matches(number("+14155552671")));
    }

    #[test]
    fn a_prefix_may_be_the_calling_code_alone() {
        let pattern = NumberPattern::parse("+91*", Country::INDIA).unwrap();
        assert!(pattern.matches(number("01135124157")));
        assert!(!pattern.matches(number("+14155552671")));
        let trunk_only = NumberPattern::parse("0*", Country::INDIA).unwrap();
        assert_eq!(trunk_only.to_string(), "+91*");
    }

    #[test]
    fn a_full_number_matches_itself_alone() {
        let pattern = NumberPattern::parse("011-3512-4157", Country::INDIA).unwrap();
        assert_eq!(pattern, NumberPattern::Exact(number("+911135124157")));
        assert!(pattern.matches(number("1135124157")));
        assert!(!pattern.matches(number("1135124158")));
    }

    #[rstest]
    #[case("*", InvalidNumberPattern::NoDigits)]
    #[case("+*", InvalidNumberPattern::NoDigits)]
    #[case("98*23", InvalidNumberPattern::MisplacedStar)]
    #[case("98**", InvalidNumberPattern::MisplacedStar)]
    #[case("98a*", InvalidNumberPattern::NotDigits)]
    #[case("+98+*", InvalidNumberPattern::NotDigits)]
    #[case("9812345678901234*", InvalidNumberPattern::TooLong)]
    #[case("vip", InvalidNumberPattern::Number(InvalidPhoneNumber::NotANumber))]
    fn what_is_no_pattern_says_why(#[case] text: &str, #[case] why: InvalidNumberPattern) {
        assert_eq!(NumberPattern::parse(text, Country::INDIA), Err(why));
    }
}
