//! Readers of single values. The environment knows text only, so numbers and lists are taken as text too.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::telephony::duration;

/// The address under which Exotel reaches this service: `http` or `https`, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("public_url must be an address such as https://connect.example.com, without a query")]
pub struct InvalidPublicUrl;

impl PublicUrl {
    /// Reads an address; a slash at its end is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicUrl> {
        let trimmed = text.trim().trim_end_matches('/');
        let rest = trimmed
            .strip_prefix("https://")
            .or_else(|| trimmed.strip_prefix("http://"));
        let plain = |rest: &str| {
            !rest.is_empty()
                && !rest.starts_with('/')
                && rest
                    .chars()
                    .all(|c| c.is_ascii_graphic() && !"?#\"<>\\".contains(c))
        };
        if rest.is_some_and(plain) {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(InvalidPublicUrl)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The address of a collector of traces, in the form of a public address.
pub(super) fn collector<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PublicUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = PublicUrl::parse(&text).map_err(|_invalid| {
        D::Error::custom("must be an address such as http://127.0.0.1:4318, without a query")
    });
    url.map(Some)
}

/// A number of milliseconds.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// A number of seconds.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

/// A length of time with its unit, such as `72h`; `0` needs none.
pub(super) fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    duration::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// One of a few words.
pub(super) fn word<'de, T: Copy, D: Deserializer<'de>>(
    deserializer: D,
    words: &[(&str, T)],
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = words.iter().find(|(word, _)| *word == text);
    known.map(|(_, value)| *value).ok_or_else(|| {
        let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        D::Error::custom(format_args!("must be one of {}", allowed.join(", ")))
    })
}

/// A list of secrets, or one text with commas between them.
pub(super) fn secrets<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<SecretString>, D::Error> {
    texts(deserializer).map(|texts| texts.into_iter().map(SecretString::from).collect())
}

/// A list of addresses, or one text with commas between them. A comma between hosts of one address, or in a password,
/// parts nothing: only what begins with a scheme is an address of its own.
pub(super) fn addresses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<SecretString>, D::Error> {
    let mut addresses: Vec<String> = Vec::new();
    for part in texts(deserializer)? {
        match addresses.last_mut() {
            Some(address) if !part.contains("://") => {
                address.push(',');
                address.push_str(&part);
            }
            _ => addresses.push(part),
        }
    }
    Ok(addresses.into_iter().map(SecretString::from).collect())
}

/// A list of texts, or one text with commas between them.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of texts, or one text with commas between them")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split(',').map(|part| part.trim().to_owned()).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = sequence.next_element::<String>()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(Texts)
}

/// A sentence when a wait lies outside its limits, which are in milliseconds.
pub(super) fn out_of_range(name: &str, wait: Duration, least: u64, most: u64) -> Option<String> {
    let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
    (wait < least || wait > most).then(|| {
        let (least, most) = (duration::format(least), duration::format(most));
        format!("{name} must be between {least} and {most}")
    })
}
