//! Walks a JSON object field by field, so that one answer can name everything that is wrong with it.
//!
//! A derived `Deserialize` stops at the first error; whoever loads agents from another system wants all of them.

use serde_json::{Map, Value};

use super::problem::{ApiError, FieldError};
use crate::telephony::unseen;

/// The fields of one object, each taken once; what was never taken is unknown.
pub(super) struct Fields<'v> {
    path: String,
    object: &'v Map<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'v> Fields<'v> {
    /// The fields of `value`, which stands at `path` (empty for the whole body).
    pub(super) fn of(path: &str, value: &'v Value) -> Result<Self, FieldError> {
        let object = value
            .as_object()
            .ok_or_else(|| FieldError::new(path, "must be an object"))?;
        Ok(Self {
            path: path.to_owned(),
            object,
            known: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// A field that may be left out; `null` is left out.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'v Value) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.value(name)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.complain(name, message);
                None
            }
        }
    }

    /// A field that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'v Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.value(name).is_none() {
            self.complain(name, "is missing");
        }
        self.optional(name, read)
    }

    /// The elements of a list that can be read, each with its place; an absent list is empty.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        most: usize,
        read: impl Fn(&'v Value) -> Result<T, String>,
    ) -> Vec<(usize, T)> {
        let elements = self.optional(name, |value| {
            let elements = value.as_array().ok_or("must be a list")?;
            within(elements.len(), most).map(|()| elements)
        });
        let mut read_elements = Vec::new();
        for (index, element) in elements.into_iter().flatten().enumerate() {
            match read(element) {
                Ok(element) => read_elements.push((index, element)),
                Err(message) => self.complain(&format!("{name}[{index}]"), message),
            }
        }
        read_elements
    }

    /// The entries of a mapping; an absent one is empty.
    pub(super) fn entries<T>(
        &mut self,
        name: &'static str,
        most: usize,
        read: impl Fn(&'v str, &'v Value) -> Result<T, String>,
    ) -> Vec<T> {
        let entries = self.optional(name, |value| {
            let entries = value.as_object().ok_or("must be an object")?;
            within(entries.len(), most).map(|()| entries)
        });
        let mut read_entries = Vec::new();
        for (key, value) in entries.into_iter().flatten() {
            match read(key, value) {
                Ok(entry) => read_entries.push(entry),
                Err(message) => self.complain(&format!("{name}.{key}"), message),
            }
        }
        read_entries
    }

    /// Adds a complaint about a field.
    pub(super) fn complain(&mut self, name: &str, message: impl std::fmt::Display) {
        let dot = if self.path.is_empty() { "" } else { "." };
        let field = format!("{}{dot}{name}", self.path);
        self.errors.push(FieldError::new(field, message));
    }

    /// Refuses what was never asked for, and gives all complaints.
    pub(super) fn finish(mut self) -> Vec<FieldError> {
        let object = self.object;
        for name in object.keys() {
            if !self.known.contains(&name.as_str()) {
                let message = self.unknown(name);
                self.complain(name, message);
            }
        }
        self.errors
    }

    fn unknown(&self, name: &str) -> String {
        let nearest = self.known.iter().max_by(|one, other| {
            let likeness = |known: &str| strsim::jaro_winkler(name, known);
            likeness(one).total_cmp(&likeness(other))
        });
        match nearest.filter(|known| strsim::jaro_winkler(name, known) > 0.8) {
            Some(known) => format!("is not known; did you mean {known}?"),
            None => format!("is not known; known are {}", self.known.join(", ")),
        }
    }

    fn value(&mut self, name: &'static str) -> Option<&'v Value> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.object.get(name).filter(|value| !value.is_null())
    }
}

fn within(length: usize, most: usize) -> Result<(), String> {
    if length > most {
        return Err(format!("may have at most {most} entries"));
    }
    Ok(())
}

/// A text without control characters, of `1..=most` characters.
pub(super) fn text(value: &Value, most: usize) -> Result<&str, String> {
    let text = value.as_str().ok_or("must be text")?.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        return Err(format!("must have 1 to {most} characters"));
    }
    Ok(text)
}

/// What people write for people: a text of `1..=most` characters, each of which can be seen.
pub(super) fn visible(value: &Value, most: usize) -> Result<&str, String> {
    if let Some(unseen) = value.as_str().and_then(|text| unseen(text.trim())) {
        return Err(format!("has {unseen}, which nobody sees; leave it out"));
    }
    text(value, most)
}

/// The name of a group or a skill, in the form in which the rules write it.
pub(super) fn name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins_well = text.chars().next().is_some_and(char::is_alphanumeric);
    if !begins_well || !text.chars().all(allowed) || text.chars().count() > 64 {
        return Err(
            "must have 1 to 64 letters, digits, '-', '_' or '.', and begin with a letter or a digit"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// A whole number of `least..=most`.
pub(super) fn number<T: TryFrom<u64>>(value: &Value, least: u64, most: u64) -> Result<T, String> {
    let number = value
        .as_u64()
        .filter(|number| (least..=most).contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

/// A body as JSON, before it is walked.
pub(super) fn json(body: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(body).map_err(ApiError::NotJson)
}
