//! A JSON object out of which fields are taken one after the other; what nobody took is kept.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::NumberText;
use crate::clock::Timestamp;
use crate::exotel::answer::WebUrl;
use crate::exotel::request::read_time;
use crate::telephony::CallSid;

/// The fields of a body that this version does not know. `Debug` shows their names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OtherFields(Map<String, Value>);

impl OtherFields {
    /// The fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl fmt::Debug for OtherFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// What is left of an object.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of an object; anything else has none.
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// Takes a field, unless it is `null`, an empty text or the text `null`.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.0.remove(name)?;
        let is_absent = match &value {
            Value::Null => true,
            Value::String(text) => {
                let text = text.trim();
                text.is_empty() || text.eq_ignore_ascii_case("null")
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
        };
        (!is_absent).then_some(value)
    }

    /// A field that is an object.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        let is_object = self.0.get(name)?.is_object();
        is_object.then(|| self.0.remove(name))?.and_then(Self::of)
    }

    /// The members of a field that is a list.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        let Value::Array(members) = self.0.get_mut(name)? else {
            return None;
        };
        let members = std::mem::take(members);
        self.0.remove(name);
        Some(members)
    }

    /// A text, or a number as text. What is neither stays among the other fields.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.parsed(name, |text| Some(text.to_owned()))
    }

    pub(super) fn number(&mut self, name: &str) -> Option<NumberText> {
        self.text(name).map(NumberText::new)
    }

    pub(super) fn call_sid(&mut self, name: &str) -> Option<CallSid> {
        self.parsed(name, |text| CallSid::parse(text).ok())
    }

    pub(super) fn url(&mut self, name: &str) -> Option<WebUrl> {
        self.parsed(name, |text| WebUrl::parse(text).ok())
    }

    /// A moment; dates of the years 0, 1 and 1970 are none, and stay among the other fields.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.parsed(name, read_time)
    }

    pub(super) fn seconds(&mut self, name: &str) -> Option<Duration> {
        self.parsed(name, |text| text.parse().ok().map(Duration::from_secs))
    }

    pub(super) fn integer<N: std::str::FromStr>(&mut self, name: &str) -> Option<N> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// Everything that was not taken and says something.
    pub(super) fn rest(mut self) -> OtherFields {
        self.0.retain(|_, value| !value.is_null());
        OtherFields(self.0)
    }

    fn parsed<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.take(name)?;
        let text = match &value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let parsed = text.and_then(|text| parse(&text));
        if parsed.is_none() {
            self.0.insert(name.to_owned(), value);
        }
        parsed
    }
}
