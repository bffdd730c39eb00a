//! The body of a request for a call, read as Exotel reads it: whole, and strictly (contract, section 6).
//!
//! Nothing of the client that writes such bodies is used here: a fault in both would hide.

use std::time::Duration;

use serde_json::{Map, Value};

/// The longest call, in seconds (O).
const LONGEST_CALL: u64 = 14_400;
/// How long a phone rings where the request says nothing, in seconds (G).
const USUAL_RINGING: u64 = 30;
/// The most characters of a custom field (O).
const MOST_CHARACTERS: usize = 128;

/// A call that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCall {
    /// Whom to ring first.
    pub from: String,
    /// Whom to ring then.
    pub to: String,
    /// The number that both see.
    pub virtual_number: String,
    /// Is the conversation recorded?
    pub record: bool,
    /// How long the call may last.
    pub max_time_limit: Duration,
    /// How long each phone rings.
    pub attempt_time_out: Duration,
    /// What comes back with everything that is said of the call.
    pub custom_field: Option<String>,
    /// Which reports are asked for, in the order of the request.
    pub status_callbacks: Vec<AskedCallback>,
}

/// A report that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCallback {
    /// When it is to be sent.
    pub event: CallbackMoment,
    /// Where to.
    pub url: String,
}

/// When a report is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackMoment {
    /// Both sides talk.
    Answered,
    /// The call is over.
    Terminal,
}

/// What is wrong with a body: the path of the first field that Exotel would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invalid(String);

impl Invalid {
    fn at(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// In the words of the published sample, where `to.contact_uri` is ` to to.contact_uri is invalid`.
    pub(super) fn description(&self) -> String {
        match self.0.split_once('.') {
            Some((first, _)) => format!(" {first} {} is invalid", self.0),
            None => format!(" {} is invalid", self.0),
        }
    }
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<AskedCall, Invalid> {
    let body: Value = serde_json::from_slice(body).map_err(|_no_json| Invalid::at("body"))?;
    let body = Object::of(&body, "", &BODY)?;
    let from = body.needed("from", |value, path| {
        let from = Object::of(value, path, &["contact_uri", "state_management"])?;
        from.optional("state_management", |value, path| {
            value.as_bool().ok_or(Invalid::at(path))
        })?;
        from.needed("contact_uri", contact_uri)
    })?;
    let to = body.needed("to", |value, path| {
        Object::of(value, path, &["contact_uri"])?.needed("contact_uri", number)
    })?;
    Ok(AskedCall {
        from,
        to,
        record: body.optional("recording", recording)?.unwrap_or_default(),
        virtual_number: body.needed("virtual_number", number)?,
        max_time_limit: body
            .optional("max_time_limit", seconds)?
            .unwrap_or(Duration::from_secs(LONGEST_CALL)),
        attempt_time_out: body
            .optional("attempt_time_out", seconds)?
            .unwrap_or(Duration::from_secs(USUAL_RINGING)),
        custom_field: body.optional("custom_field", custom_field)?,
        status_callbacks: body
            .optional("status_callback", callbacks)?
            .unwrap_or_default(),
    })
}

const BODY: [&str; 8] = [
    "from",
    "to",
    "recording",
    "virtual_number",
    "max_time_limit",
    "attempt_time_out",
    "custom_field",
    "status_callback",
];

/// An object and where it stands.
struct Object<'a> {
    path: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// An object with no other fields than these.
    fn of(value: &'a Value, path: &'a str, known: &[&str]) -> Result<Self, Invalid> {
        let body = if path.is_empty() { "body" } else { path };
        let fields = value.as_object().ok_or(Invalid::at(body))?;
        let object = Self { path, fields };
        let stranger = fields.keys().find(|name| !known.contains(&name.as_str()));
        stranger.map_or(Ok(object), |name| {
            Err(Invalid::at(Self { path, fields }.path_of(name)))
        })
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// What is there must have a value: `null` is not left out.
    fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value, &str) -> Result<T, Invalid>,
    ) -> Result<Option<T>, Invalid> {
        let value = self.fields.get(name);
        value
            .map(|value| read(value, &self.path_of(name)))
            .transpose()
    }

    fn needed<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value, &str) -> Result<T, Invalid>,
    ) -> Result<T, Invalid> {
        self.optional(name, read)?
            .ok_or_else(|| Invalid::at(self.path_of(name)))
    }
}

/// A number, or a device without a domain.
fn contact_uri(value: &Value, path: &str) -> Result<String, Invalid> {
    let device = value.as_str().and_then(|text| text.strip_prefix("sip:"));
    let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || b"._-+~".contains(&sign);
    match device {
        Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(is_sign) => {
            Ok(format!("sip:{id}"))
        }
        Some(_) => Err(Invalid::at(path)),
        None => number(value, path),
    }
}

/// `+`, the calling code and the number: 15 digits at most.
fn number(value: &Value, path: &str) -> Result<String, Invalid> {
    let text = value.as_str().ok_or(Invalid::at(path))?;
    let digits = text.strip_prefix('+').ok_or(Invalid::at(path))?;
    let is_number = (7..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0');
    is_number.then(|| text.to_owned()).ok_or(Invalid::at(path))
}

fn recording(value: &Value, path: &str) -> Result<bool, Invalid> {
    let recording = Object::of(value, path, &["record", "channels"])?;
    recording.needed("channels", |value, path| match value.as_str() {
        Some("single" | "dual") => Ok(()),
        _ => Err(Invalid::at(path)),
    })?;
    recording.needed("record", |value, path| {
        value.as_bool().ok_or(Invalid::at(path))
    })
}

/// Whole seconds, within the longest call.
fn seconds(value: &Value, path: &str) -> Result<Duration, Invalid> {
    let seconds = value.as_u64();
    let seconds = seconds.filter(|seconds| (1..=LONGEST_CALL).contains(seconds));
    seconds.map(Duration::from_secs).ok_or(Invalid::at(path))
}

fn custom_field(value: &Value, path: &str) -> Result<String, Invalid> {
    let text = value.as_str();
    let fits = |text: &&str| text.chars().count() <= MOST_CHARACTERS;
    text.filter(fits)
        .map(str::to_owned)
        .ok_or(Invalid::at(path))
}

fn callbacks(value: &Value, path: &str) -> Result<Vec<AskedCallback>, Invalid> {
    let callbacks = value.as_array().ok_or(Invalid::at(path))?;
    let read = |callback| {
        let callback = Object::of(callback, path, &["event", "url"])?;
        let event = callback.needed("event", |value, path| match value.as_str() {
            Some("answered") => Ok(CallbackMoment::Answered),
            Some("terminal") => Ok(CallbackMoment::Terminal),
            _ => Err(Invalid::at(path)),
        })?;
        let url = callback.needed("url", url)?;
        Ok(AskedCallback { event, url })
    };
    callbacks.iter().map(read).collect()
}

fn url(value: &Value, path: &str) -> Result<String, Invalid> {
    let url = value
        .as_str()
        .and_then(|text| reqwest::Url::parse(text).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // As it was given: a key in it must come back as it went out.
    let text = url.and(value.as_str());
    text.map(str::to_owned).ok_or(Invalid::at(path))
}

#[cfg(test)]
mod tests;
