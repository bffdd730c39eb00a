//! A SIP device, by the id that Exotel gave it.

use std::{fmt, sync::Arc};

use thiserror::Error;

use super::text::serde_as_text;

const MAX_LENGTH: usize = 64;

/// The user part of a SIP address in lower case, without `sip:` and without a domain: Exotel adds its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SipId(Arc<str>);

/// Why a text is not a [`SipId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidSipId {
    /// Nothing before the domain.
    #[error("a SIP id is missing: write sip:desk1234")]
    Empty,
    /// Over 64 characters.
    #[error("a SIP id has at most 64 characters")]
    TooLong,
    /// A character that Exotel's ids do not have.
    #[error("a SIP id is letters, digits and . _ - + ~ only, such as sip:desk1234")]
    BadCharacter,
}

impl SipId {
    /// Reads `sip:Desk1234@example.com;transport=tls`, `sip:desk1234` or `desk1234`: all the same id.
    pub fn parse(text: &str) -> Result<Self, InvalidSipId> {
        let trimmed = text.trim();
        let address = strip_scheme(trimmed).unwrap_or(trimmed);
        let user = address.split(['@', ';', '?']).next().unwrap_or_default();
        if user.is_empty() {
            return Err(InvalidSipId::Empty);
        }
        if user.len() > MAX_LENGTH {
            return Err(InvalidSipId::TooLong);
        }
        if !user
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-+~".contains(&byte))
        {
            return Err(InvalidSipId::BadCharacter);
        }
        Ok(Self(user.to_ascii_lowercase().into()))
    }

    /// The id alone, `desk1234`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SipId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sip:{}", self.0)
    }
}

serde_as_text!(SipId, SipId::parse);

/// What follows `sip:` or `sips:`, in either case; `None` without one of them.
pub(super) fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    (scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sip:Desk1234")]
    #[case("desk1234")]
    #[case(" SIP:desk1234@voip.example.com ")]
    #[case("sips:DESK1234@10.0.0.1:5061;transport=tls")]
    fn an_id_loses_its_scheme_its_domain_and_its_case(#[case] text: &str) {
        let id = SipId::parse(text).unwrap();
        assert_eq!(id.as_str(), "desk1234");
        assert_eq!(id.to_string(), "sip:desk1234");
    }

    #[rstest]
    #[case("sip:", InvalidSipId::Empty)]
    #[case("sip:@example.com", InvalidSipId::Empty)]
    #[case("sip:a b", InvalidSipId::BadCharacter)]
    #[case("sip:डेस्क", InvalidSipId::BadCharacter)]
    fn what_is_no_id_says_why(#[case] text: &str, #[case] why: InvalidSipId) {
        assert_eq!(SipId::parse(text), Err(why));
    }

    #[test]
    fn an_endless_id_is_refused() {
        assert_eq!(SipId::parse(&"a".repeat(65)), Err(InvalidSipId::TooLong));
    }
}
