//! An address on the web that an answer may carry.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const MAX_LENGTH: usize = 2_048;

/// An absolute `https://` or `http://` URL. Exotel documents HTTPS; its own sample shows HTTP.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct WebUrl(String);

/// Why a text is not a [`WebUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidWebUrl {
    /// Not `https://…` or `http://…`.
    #[error("a URL begins with https:// or http:// and a host")]
    NoScheme,
    /// A blank, a quote, a control character or one beyond ASCII.
    #[error("a URL has no blanks, quotes or special characters; write them in percent encoding")]
    BadCharacter,
    /// Over 2048 characters.
    #[error("a URL has at most {MAX_LENGTH} characters")]
    TooLong,
}

impl WebUrl {
    /// Takes an absolute URL as it is; nothing is normalised, for others compare it byte by byte.
    pub fn parse(text: &str) -> Result<Self, InvalidWebUrl> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidWebUrl::TooLong);
        }
        let rest = after_scheme(text).ok_or(InvalidWebUrl::NoScheme)?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() {
            return Err(InvalidWebUrl::NoScheme);
        }
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if !text.bytes().all(allowed) {
            return Err(InvalidWebUrl::BadCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is HTTPS, as Exotel asks for.
    pub fn is_secure(&self) -> bool {
        self.0
            .get(..6)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(rest)
}

impl fmt::Display for WebUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for WebUrl {
    /// Without the query: our own event URL carries a key there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split('?').next().unwrap_or_default();
        write!(formatter, "WebUrl({shown})")
    }
}

impl TryFrom<String> for WebUrl {
    type Error = InvalidWebUrl;

    fn try_from(text: String) -> Result<Self, InvalidWebUrl> {
        Self::parse(&text)
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://connect.example.com/exotel/default/events?key=a%20b", true)]
    #[case("http://dial_passthru_event_url.com", false)]
    fn an_absolute_url_is_taken_as_it_is(#[case] text: &str, #[case] secure: bool) {
        let url = WebUrl::parse(text).unwrap();
        assert_eq!(url.as_str(), text);
        assert_eq!(url.is_secure(), secure);
    }

    #[rstest]
    #[case("", InvalidWebUrl::NoScheme)]
    #[case("example.com/a", InvalidWebUrl::NoScheme)]
    #[case("ftp://example.com", InvalidWebUrl::NoScheme)]
    #[case("https://", InvalidWebUrl::NoScheme)]
    #[case("https:///path", InvalidWebUrl::NoScheme)]
    #[case("https://example.com/a b", InvalidWebUrl::BadCharacter)]
    #[case("https://example.com/\u{905}", InvalidWebUrl::BadCharacter)]
    fn what_is_no_url_says_why(#[case] text: &str, #[case] why: InvalidWebUrl) {
        assert_eq!(WebUrl::parse(text), Err(why));
    }

    #[test]
    fn debug_output_hides_the_key() {
        let url = WebUrl::parse("https://example.com/events?key=secret").unwrap();
        assert_eq!(format!("{url:?}"), "WebUrl(https://example.com/events)");
    }
}
