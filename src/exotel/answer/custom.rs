//! What only the generic dialect knows: SIP headers, and a trunk as the destination.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

const MAX_HEADERS: usize = 3;
const MAX_BYTES: usize = 200;
const RESERVED: [&str; 2] = ["exotel-", "veeno-"];

/// Up to three SIP headers for the agent's leg, written `k=v&k=v`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomParameters(String);

/// Why Exotel would refuse these headers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidCustomParameters {
    /// None, or more than three.
    #[error("custom_params takes 1 to {MAX_HEADERS} headers")]
    Count,
    /// Over 200 bytes in all.
    #[error("custom_params takes at most {MAX_BYTES} bytes in all")]
    TooLong,
    /// Not a header name.
    #[error("the header name {0:?} is not letters, digits, - and _ only")]
    BadName(String),
    /// A prefix that Exotel keeps for itself.
    #[error("the header name {0:?} begins with Exotel- or Veeno-, which are reserved")]
    Reserved(String),
    /// The same name twice.
    #[error("the header name {0:?} stands twice")]
    Repeated(String),
    /// A value that would break the notation or the header.
    #[error("the value of {0:?} is not printable ASCII without & and =")]
    BadValue(String),
}

impl CustomParameters {
    /// Takes names and values in the order in which they are to be written.
    pub fn new<'pairs>(
        pairs: impl IntoIterator<Item = (&'pairs str, &'pairs str)>,
    ) -> Result<Self, InvalidCustomParameters> {
        let mut names: Vec<&str> = Vec::new();
        let mut text = String::new();
        for (name, value) in pairs {
            check(name, value)?;
            if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(InvalidCustomParameters::Repeated(name.to_owned()));
            }
            if !names.is_empty() {
                text.push('&');
            }
            names.push(name);
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        if !(1..=MAX_HEADERS).contains(&names.len()) {
            return Err(InvalidCustomParameters::Count);
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidCustomParameters::TooLong);
        }
        Ok(Self(text))
    }

    /// The text as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str, value: &str) -> Result<(), InvalidCustomParameters> {
    let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || !name.bytes().all(name_byte) {
        return Err(InvalidCustomParameters::BadName(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if RESERVED.iter().any(|prefix| lower.starts_with(prefix)) {
        return Err(InvalidCustomParameters::Reserved(name.to_owned()));
    }
    let value_byte = |byte: u8| (b' '..=b'~').contains(&byte) && !b"&=".contains(&byte);
    if !value.bytes().all(value_byte) {
        return Err(InvalidCustomParameters::BadValue(name.to_owned()));
    }
    Ok(())
}

impl TryFrom<String> for CustomParameters {
    type Error = InvalidCustomParameters;

    fn try_from(text: String) -> Result<Self, InvalidCustomParameters> {
        Self::new(
            text.split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, ""))),
        )
    }
}

impl From<CustomParameters> for String {
    fn from(parameters: CustomParameters) -> Self {
        parameters.0
    }
}

/// A SIP trunk of the account, by Exotel's id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct TrunkId(String);

/// A trunk's id is 1 to 64 printable ASCII characters without blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a trunk's id has 1 to 64 printable characters without blanks")]
pub struct InvalidTrunkId;

impl TrunkId {
    /// Takes an id as Exotel shows it.
    pub fn parse(text: &str) -> Result<Self, InvalidTrunkId> {
        let length = (1..=64).contains(&text.len());
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if length && printable {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTrunkId)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrunkId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TrunkId {
    type Error = InvalidTrunkId;

    fn try_from(text: String) -> Result<Self, InvalidTrunkId> {
        Self::parse(&text)
    }
}

impl From<TrunkId> for String {
    fn from(trunk: TrunkId) -> Self {
        trunk.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(text: &str) -> Result<CustomParameters, InvalidCustomParameters> {
        CustomParameters::try_from(text.to_owned())
    }

    #[test]
    fn three_headers_of_two_hundred_bytes_are_the_most() {
        assert_eq!(
            headers("X-A=1&X-B=two words&X-C=").unwrap().as_str(),
            "X-A=1&X-B=two words&X-C="
        );
        assert_eq!(
            headers("a=1&b=2&c=3&d=4"),
            Err(InvalidCustomParameters::Count)
        );
        assert_eq!(
            CustomParameters::new([]),
            Err(InvalidCustomParameters::Count)
        );
        assert!(headers(&format!("a={}", "x".repeat(198))).is_ok());
        let long = headers(&format!("a={}", "x".repeat(199)));
        assert_eq!(long, Err(InvalidCustomParameters::TooLong));
    }

    #[rstest]
    #[case("Exotel-Id=1", InvalidCustomParameters::Reserved("Exotel-Id".to_owned()))]
    #[case("vEENO-x=1", InvalidCustomParameters::Reserved("vEENO-x".to_owned()))]
    #[case("a b=1", InvalidCustomParameters::BadName("a b".to_owned()))]
    #[case("", InvalidCustomParameters::BadName(String::new()))]
    #[case("a=1=2", InvalidCustomParameters::BadValue("a".to_owned()))]
    #[case("a=1\r\nb", InvalidCustomParameters::BadValue("a".to_owned()))]
    #[case("a=1&A=2", InvalidCustomParameters::Repeated("A".to_owned()))]
    fn what_exotel_would_refuse_says_why(#[case] text: &str, #[case] why: InvalidCustomParameters) {
        assert_eq!(headers(text), Err(why));
    }

    #[test]
    fn a_trunk_id_is_printable() {
        assert_eq!(
            TrunkId::parse("trmum1a2b3c").unwrap().to_string(),
            "trmum1a2b3c"
        );
        assert_eq!(TrunkId::parse(""), Err(InvalidTrunkId));
        assert_eq!(TrunkId::parse("a b"), Err(InvalidTrunkId));
    }
}
