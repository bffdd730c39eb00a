//! What Exotel can dial, or says it dialled.

use std::fmt;

use thiserror::Error;

use super::{
    Country, InvalidPhoneNumber, InvalidSipId, PhoneNumber, SipId, sip::strip_scheme,
    text::serde_as_text,
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

    /// The destination for a log: a number without its middle. A SIP id names a desk, not a person, and stays.
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
            ContactUri::Sip(id) => id.fmt(formatter),
        }
    }
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

    proptest! {
        #[test]
        fn a_parsed_contact_round_trips(text in "(sip:)?[0-9A-Za-z+ .@-]{0,20}") {
            if let Ok(contact) = ContactUri::parse(&text, Country::INDIA) {
                prop_assert_eq!(ContactUri::from_canonical(&contact.to_string()), Ok(contact));
            }
        }
    }
}
