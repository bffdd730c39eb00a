//! What Exotel can dial, or says it dialled.

use std::fmt;

use thiserror::Error;

use super::{
    Country, InvalidPhoneNumber, InvalidSipId, PhoneNumber, SipId, masking::DIGITS_OF_A_NUMBER,
    sip::strip_scheme, text::serde_as_text,
};

/// A telephone number or a SIP device. Its text is exactly the `contact_uri` of an answer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContactUri {
    /// A number, written `+919812345678`.
    Number(PhoneNumber),
    /// A device, written `sip:desk1234`.
    Sip(SipId),
}

/// Why a text is not a [`ContactUri`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidContactUri {
    /// It does not begin with `sip:`, and is no number either.
    #[error(transparent)]
    Number(#[from] InvalidPhoneNumber),
    /// It begins with `sip:`, but what follows is no id.
    #[error(transparent)]
    Sip(#[from] InvalidSipId),
}

impl ContactUri {
    /// Reads a `sip:` address, or a number as people write it, local forms by the habits of `country`.
    pub fn parse(text: &str, country: Country) -> Result<Self, InvalidContactUri> {
        if strip_scheme(text.trim()).is_some() {
            Ok(Self::Sip(SipId::parse(text)?))
        } else {
            Ok(Self::Number(PhoneNumber::parse(text, country)?))
        }
    }

    /// Reads the canonical form, as it is stored: `+919812345678` or `sip:desk1234`.
    pub fn from_canonical(text: &str) -> Result<Self, InvalidContactUri> {
        if strip_scheme(text).is_some() {
            Ok(Self::Sip(SipId::parse(text)?))
        } else {
            Ok(Self::Number(PhoneNumber::from_e164(text)?))
        }
    }

    /// The destination for a log: a number without its middle. A SIP id names a desk, not a person, and stays, unless
    /// its digits make it a number as well.
    pub fn masked(&self) -> impl fmt::Display {
        Masked(self)
    }
}

impl fmt::Display for ContactUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Sip(id) => id.fmt(formatter),
        }
    }
}

serde_as_text!(ContactUri, ContactUri::from_canonical);

struct Masked<'contact>(&'contact ContactUri);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ContactUri::Number(number) => number.masked().fmt(formatter),
            ContactUri::Sip(id) => write_masked(id.as_str(), formatter),
        }
    }
}

/// An id as it is, or, when it holds a number, the first four characters and the last three; of a short one, two each.
fn write_masked(id: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    if digits < DIGITS_OF_A_NUMBER {
        return write!(formatter, "sip:{id}");
    }
    let (head, tail) = if id.len() < 10 { (2, 2) } else { (4, 3) };
    let shown_from = id.len().saturating_sub(tail);
    formatter.write_str("sip:")?;
    for (position, character) in id.chars().enumerate() {
        let is_shown = position < head || position >= shown_from;
        write!(formatter, "{}", if is_shown { character } else { 'x' })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("09812345678", "+919812345678")]
    #[case(" 919812345678", "+919812345678")]
    #[case("sip:Gauravjfb55d386@exotel.in", "sip:gauravjfb55d386")]
    fn both_kinds_have_one_canonical_text(#[case] text: &str, #[case] canonical: &str) {
        let contact = ContactUri::parse(text, Country::INDIA).unwrap();
        assert_eq!(contact.to_string(), canonical);
        assert_eq!(ContactUri::from_canonical(canonical), Ok(contact.clone()));
        assert_eq!(serde_json::to_value(&contact).unwrap(), canonical);
    }

    #[test]
    fn the_error_is_of_the_kind_that_was_meant() {
        let parse = |text| ContactUri::parse(text, Country::INDIA);
        assert_eq!(
            parse("sip:"),
            Err(InvalidContactUri::Sip(InvalidSipId::Empty))
        );
        assert_eq!(
            parse("null"),
            Err(InvalidContactUri::Number(InvalidPhoneNumber::NotANumber))
        );
    }

    #[test]
    fn a_masked_number_hides_its_middle_and_a_device_stays() {
        let number = ContactUri::from_canonical("+919812345210").unwrap();
        assert_eq!(number.masked().to_string(), "+9198xxxxx210");
        let device = ContactUri::from_canonical("sip:desk1").unwrap();
        assert_eq!(device.masked().to_string(), "sip:desk1");
    }

    #[rstest]
    #[case("sip:+919812345678", "sip:+919xxxxxx678")]
    #[case("sip:9812345", "sip:98xxx45")]
    #[case("sip:asha-9812345678", "sip:ashaxxxxxxxx678")]
    #[case("sip:gauravjfb55d386", "sip:gauravjfb55d386")]
    fn a_device_named_by_a_number_is_masked_like_one(#[case] text: &str, #[case] masked: &str) {
        let device = ContactUri::from_canonical(text).unwrap();
        assert_eq!(device.masked().to_string(), masked);
    }

    proptest! {
        #[test]
        fn a_parsed_contact_round_trips(text in "(sip:)?[0-9A-Za-z+ .@-]{0,20}") {
            if let Ok(contact) = ContactUri::parse(&text, Country::INDIA) {
                prop_assert_eq!(ContactUri::from_canonical(&contact.to_string()), Ok(contact));
            }
        }
    }
}
