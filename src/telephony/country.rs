//! The country by whose habits a local number is read.

use std::fmt;

use thiserror::Error;

use super::{library, text::serde_as_text};

/// An ISO 3166-1 alpha-2 code that the phone library has numbering plans for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Why a text is not a [`Country`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnknownCountry {
    /// Not two letters.
    #[error("a country is two letters, such as IN")]
    NotTwoLetters,
    /// Two letters that no numbering plan is known for.
    #[error(
        "no numbering plan is known for the country {0}; use its ISO 3166 code, such as IN or GB"
    )]
    NoNumberingPlan(String),
}

impl Country {
    /// India, where the service is at home.
    pub const INDIA: Self = Self(*b"IN");

    /// Reads a code in either case.
    pub fn parse(text: &str) -> Result<Self, UnknownCountry> {
        let Ok(letters) = <[u8; 2]>::try_from(text.as_bytes()) else {
            return Err(UnknownCountry::NotTwoLetters);
        };
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(UnknownCountry::NotTwoLetters);
        }
        let country = Self(letters.map(|letter| letter.to_ascii_uppercase()));
        if library::knows(country) {
            Ok(country)
        } else {
            Err(UnknownCountry::NoNumberingPlan(country.as_str().to_owned()))
        }
    }

    /// The two capital letters.
    pub fn as_str(&self) -> &str {
        // Only ASCII letters are ever stored, so the default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Country({self})")
    }
}

serde_as_text!(Country, Country::parse);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_either_case() {
        assert_eq!(Country::parse("in"), Ok(Country::INDIA));
        assert_eq!(Country::parse("SG").unwrap().to_string(), "SG");
    }

    #[test]
    fn what_has_no_numbering_plan_is_refused() {
        assert_eq!(
            Country::parse("UK"),
            Err(UnknownCountry::NoNumberingPlan("UK".to_owned()))
        );
        for wrong in ["", "I", "IND", "91", "é"] {
            assert_eq!(
                Country::parse(wrong),
                Err(UnknownCountry::NotTwoLetters),
                "{wrong}"
            );
        }
    }
}
