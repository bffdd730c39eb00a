//! The texts of the Voice API that are more than a word.

use std::fmt;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::exotel::Party;
use crate::telephony::{Country, without_numbers};

/// Exotel's name of the account, a part of every path.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AccountSid(String);

/// The text is no name of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Exotel's account SID is 1 to 64 letters, digits, dashes and underscores")]
pub struct InvalidAccountSid;

impl AccountSid {
    /// Takes `[A-Za-z0-9_-]{1,64}`: nothing that would lead to another path.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountSid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountSid)
        }
    }

    /// The name as it stands in a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an application gives a call along, and gets back with everything that is said of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CustomField(String);

/// Why a text cannot be a custom field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidCustomField {
    /// No character, or over [`CustomField::MAX_CHARACTERS`].
    #[error("a custom field has 1 to {} characters", CustomField::MAX_CHARACTERS)]
    Length,
    /// A line break or another control character.
    #[error("a custom field has no control characters")]
    ControlCharacter,
}

impl CustomField {
    /// The most characters that Exotel takes (O).
    pub const MAX_CHARACTERS: usize = 128;

    /// Takes a text within Exotel's limit, as it is.
    pub fn parse(text: &str) -> Result<Self, InvalidCustomField> {
        if text.is_empty() || text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidCustomField::Length);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidCustomField::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for CustomField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A number or a SIP address as Exotel writes it in a body, local forms included. `Debug` and `Display` are masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NumberText(String);

impl NumberText {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text as it came: a personal datum, not for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads it, local numbers by the habits of `country`.
    pub fn read(&self, country: Country) -> Party {
        Party::read(&self.0, country)
    }
}

impl fmt::Display for NumberText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&without_numbers(&self.0))
    }
}

impl fmt::Debug for NumberText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NumberText({self})")
    }
}

/// What was keyed, without the double quotes in which Exotel likes to send it.
pub(super) fn unquoted(digits: &str) -> String {
    digits.trim_matches('"').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("acme-1_x", true)]
    #[case("", false)]
    #[case("..", false)]
    #[case("a/b", false)]
    fn an_account_sid_leads_to_no_other_path(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(AccountSid::parse(text).is_ok(), is_one);
    }

    #[test]
    fn a_custom_field_is_counted_in_characters() {
        assert!(CustomField::parse(&"ह".repeat(128)).is_ok());
        let too_long = CustomField::parse(&"a".repeat(129));
        assert_eq!(too_long, Err(InvalidCustomField::Length));
        assert_eq!(CustomField::parse(""), Err(InvalidCustomField::Length));
        let broken = CustomField::parse("a\nb");
        assert_eq!(broken, Err(InvalidCustomField::ControlCharacter));
    }

    #[test]
    fn a_number_is_masked_in_debug_output_and_read_where_it_is_needed() {
        let text = NumberText::new("09812345678".to_owned());
        assert_eq!(format!("{text:?}"), "NumberText(09xxxxxx678)");
        let number = text.read(Country::INDIA).number.unwrap();
        assert_eq!(number.to_string(), "+919812345678");
    }
}
