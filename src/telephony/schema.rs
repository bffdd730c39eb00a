//! The words of this part as a document for programs describes them (JSON Schema), each beside nothing else: what a pattern
//! says here and what `parse` takes there is compared by the tests below.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber};

/// A length of time as people write it, such as `1h30m`: see [`duration`](super::duration).
#[derive(Clone, Copy, Debug)]
pub struct DurationText;

/// A number as people write it: see [`PhoneNumber::parse`].
#[derive(Clone, Copy, Debug)]
pub struct NumberText;

/// A number or a `sip:` id as people write it: see [`ContactUri::parse`].
#[derive(Clone, Copy, Debug)]
pub struct ContactText;

/// The longest number that people are expected to write, blanks and brackets included.
const LONGEST_NUMBER: usize = 128;

fn text(description: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .examples([example])
}

macro_rules! described {
    ($($type:ty as $name:literal: $schema:expr;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.build().into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

described! {
    CallSid as "CallSid": text("Exotel's name of a call, or ours of one that we started.", "07a971107d0f3ee459a21b90c0d616ba")
        .pattern(Some("^[!-~]{1,128}$"));
    AgentId as "AgentId": text("An agent, by the name that your own systems use.", "asha")
        .pattern(Some("^[A-Za-z0-9._@-]{1,64}$"));
    AccountName as "AccountName": text("An account: the name of its rules file.", AccountName::DEFAULT)
        .pattern(Some("^[a-z0-9][a-z0-9-]{0,31}$"));
    ContactUri as "ContactUri": text("Where somebody is rung: a number in E.164, or a `sip:` id.", "+919812345001")
        .pattern(Some("^(\\+[0-9]{3,17}|sip:[a-z0-9._+~-]+)$"));
    PhoneNumber as "PhoneNumber": text("A number in E.164.", "+919812345678")
        .pattern(Some("^\\+[0-9]{3,17}$"));
    DurationText as "Duration": text("A length of time: numbers with the units `d`, `h`, `m`, `s` and `ms`, from large to small; or `0`.", "1h30m")
        .pattern(Some("^\\s*(0|(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)\\s*$"));
    NumberText as "NumberText": text("A number as it is dialled in the account's country, or with `+` and the calling code.", "09812345678")
        .min_length(Some(1))
        .max_length(Some(LONGEST_NUMBER));
    ContactText as "ContactText": text("A number as it is dialled in the account's country or with `+` and the calling code, or a `sip:` id.", "+919812345678")
        .min_length(Some(1))
        .max_length(Some(LONGEST_NUMBER));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::{Country, duration};

    /// Texts of which some are each of these words, and some are none.
    const TEXTS: [&str; 30] = [
        "",
        " ",
        "0",
        "a",
        "A",
        "-a",
        "a-",
        "a b",
        "asha.k@example.com",
        "a/b",
        "é",
        "default",
        "90s",
        "1h30m",
        " 5m ",
        "5 m",
        "30m1h",
        "s",
        "1d1h1m1s1ms",
        "0s",
        "+919812345678",
        "sip:desk1234",
        "sip:",
        "sip:a b",
        "+91",
        "07a971107d0f",
        "{x}:\"",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "1ms1s",
        "a\n",
    ];

    /// What the schema takes is what the parser takes.
    fn agrees<T: PartialSchema>(parses: impl Fn(&str) -> bool) {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for text in TEXTS {
            let value = serde_json::Value::from(text);
            assert_eq!(schema.is_valid(&value), parses(text), "{text:?}");
        }
        assert!(TEXTS.iter().any(|text| parses(text)), "no text is one");
    }

    #[test]
    fn the_patterns_take_what_the_parsers_take() {
        agrees::<CallSid>(|text| CallSid::parse(text).is_ok());
        agrees::<AgentId>(|text| AgentId::parse(text).is_ok());
        agrees::<AccountName>(|text| AccountName::parse(text).is_ok());
        agrees::<DurationText>(|text| duration::parse(text).is_ok());
    }

    #[test]
    fn every_number_and_sip_id_fits_its_pattern_as_it_is_written() {
        let schema = serde_json::to_value(ContactUri::schema()).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for text in [
            "09812345678",
            "+1 201 555 0123",
            "sip:desk1234@example.com",
            "SIP:A.b_c-d+e~f",
        ] {
            let written = ContactUri::parse(text, Country::INDIA).unwrap().to_string();
            assert!(schema.is_valid(&written.as_str().into()), "{written}");
        }
    }
}
