//! The names and values of a request, wherever they came from: query, form, multipart or JSON.
//!
//! They stay an ordered list, because Exotel repeats names and spells one name in two ways in one request. Lookups
//! are linear on purpose: a request has about ten parameters.

use std::fmt;

use thiserror::Error;

mod json;

/// The longest query string that is read.
pub const MAX_QUERY_BYTES: usize = 32 * 1024;
/// The longest body that is read.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The most parameters of a request, query and body together.
pub const MAX_PARAMETERS: usize = 1_000;
/// A longer name is skipped: none of Exotel's is near it, and nested JSON must not multiply into long names.
pub const MAX_NAME_BYTES: usize = 256;

/// The parameters of one request, in the order in which they came, query before body.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// Why a query or a body cannot be read as parameters.
#[derive(Debug, Error)]
pub enum UnreadableParameters {
    /// Over [`MAX_QUERY_BYTES`].
    #[error("the query string is longer than {MAX_QUERY_BYTES} bytes")]
    QueryTooLong,
    /// Over [`MAX_BODY_BYTES`].
    #[error("the body is longer than {MAX_BODY_BYTES} bytes")]
    BodyTooLong,
    /// Over [`MAX_PARAMETERS`].
    #[error("the request has more than {MAX_PARAMETERS} parameters")]
    TooMany,
    /// The form's decoder gave up.
    #[error("the form cannot be decoded")]
    Form(#[source] serde_urlencoded::de::Error),
    /// The body calls itself JSON and is not.
    #[error("the body is not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but a list or a single value.
    #[error("the JSON body is not an object")]
    NotAnObject,
}

impl Parameters {
    /// Decodes a query string; bytes that are not UTF-8 become U+FFFD.
    pub fn from_query(query: &str) -> Result<Self, UnreadableParameters> {
        if query.len() > MAX_QUERY_BYTES {
            return Err(UnreadableParameters::QueryTooLong);
        }
        let mut parameters = Self::default();
        parameters.extend_urlencoded(query.as_bytes())?;
        Ok(parameters)
    }

    /// Adds a URL-encoded body. On an error nothing is added.
    pub fn add_form(&mut self, body: &[u8]) -> Result<(), UnreadableParameters> {
        if body.len() > MAX_BODY_BYTES {
            return Err(UnreadableParameters::BodyTooLong);
        }
        self.extend_urlencoded(body)
    }

    /// Adds a JSON object, nested values under bracketed names: `Legs[0][Number]`. On an error nothing is added.
    pub fn add_json(&mut self, body: &[u8]) -> Result<(), UnreadableParameters> {
        if body.len() > MAX_BODY_BYTES {
            return Err(UnreadableParameters::BodyTooLong);
        }
        let value = serde_json::from_slice(body).map_err(UnreadableParameters::Json)?;
        let before = self.pairs.len();
        let outcome = json::flatten(value, self);
        if outcome.is_err() {
            self.pairs.truncate(before);
        }
        outcome
    }

    /// Adds one pair, a text field of a multipart form.
    pub fn push(&mut self, name: String, value: String) -> Result<(), UnreadableParameters> {
        if self.pairs.len() >= MAX_PARAMETERS {
            return Err(UnreadableParameters::TooMany);
        }
        if name.len() <= MAX_NAME_BYTES {
            self.pairs.push((name, value));
        }
        Ok(())
    }

    /// The first value under this name, in any spelling of upper and lower case, that is there at all: blank and the
    /// literal `null` are not. Blanks around a value are kept, for one in front of a number is a lost `+`.
    pub fn get(&self, name: &str) -> Option<&str> {
        // The name is compared before the value is looked at: most names differ in length already.
        let mut named = self
            .pairs
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named
            .find(|(_, value)| !is_absent(value))
            .map(|(_, value)| value.as_str())
    }

    /// Every pair with a value, in order.
    pub fn present(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self
            .pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(_, value)| !is_absent(value))
    }

    /// How many pairs there are, those without a value included.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether the request carried nothing at all.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn extend_urlencoded(&mut self, text: &[u8]) -> Result<(), UnreadableParameters> {
        if text.is_empty() {
            return Ok(());
        }
        // Counted before anything is decoded, so that a flood costs no memory.
        let pieces = text.split(|byte| *byte == b'&').count();
        if self.pairs.len().saturating_add(pieces) > MAX_PARAMETERS {
            return Err(UnreadableParameters::TooMany);
        }
        let mut pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(text).map_err(UnreadableParameters::Form)?;
        pairs.retain(|(name, _)| name.len() <= MAX_NAME_BYTES);
        if self.pairs.is_empty() {
            // The usual request has a query and nothing else: its list is taken as it is.
            self.pairs = pairs;
        } else {
            self.pairs.append(&mut pairs);
        }
        Ok(())
    }
}

impl fmt::Debug for Parameters {
    /// Without names and values: they hold numbers of people, and the key of the URL.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Parameters({} pairs)", self.pairs.len())
    }
}

/// Whether a value stands for nothing.
fn is_absent(value: &str) -> bool {
    let trimmed = value.trim();
    trimmed.is_empty() || trimmed.eq_ignore_ascii_case("null")
}

#[cfg(test)]
mod tests;
