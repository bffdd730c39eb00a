//! An answer as Exotel reads it: whole, and strictly. One field that is wrong, and nothing is dialled (contract, section 3).

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::exotel::Dialect;
use crate::telephony::ContactUri;

mod generic;

use generic::GenericAnswer;

/// Exotel's own, where an answer says nothing.
const USUAL_RING: u16 = 30;
const USUAL_CONVERSATION: u16 = 900;

const MOST_RING: u16 = 60;
const MOST_CONVERSATION: u16 = 4_500;
const MOST_AT_ONCE: u8 = 5;

/// What Exotel takes from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instructions {
    /// Whom to dial, in order.
    pub(super) destinations: Vec<ContactUri>,
    /// Ask again when nobody answers.
    pub(super) again: bool,
    /// How many ring together.
    pub(super) at_once: usize,
    /// How long each rings.
    pub(super) ring: Duration,
    /// Is the conversation recorded?
    pub(super) records: bool,
    /// The longest conversation.
    pub(super) conversation: Duration,
    /// Where to report the events of each leg.
    pub(super) events: Option<Arc<str>>,
}

/// Why Exotel would not take an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unacceptable {
    #[error("it is not what the contract has: {0}")]
    Form(#[from] serde_json::Error),
    #[error("\"{0}\" is no destination")]
    Destination(String),
    #[error("{field} is {value}, which is beyond Exotel's limits")]
    Limit { field: &'static str, value: u16 },
    #[error("{0} says what contradicts the rest of the answer")]
    Contradiction(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    fetch_after_attempt: bool,
    destination: Vec<Destination>,
    #[serde(default, deserialize_with = "present", rename = "state_management")]
    _state_management: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    outgoing_phone_number: Option<String>,
    #[serde(default, deserialize_with = "present", rename = "sticky_agent")]
    _sticky_agent: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    recording: Option<Recording>,
    #[serde(default, deserialize_with = "present")]
    max_ringing_duration: Option<u16>,
    #[serde(default, deserialize_with = "present")]
    max_conversation_duration: Option<u16>,
    #[serde(default, deserialize_with = "present")]
    music_on_hold: Option<Music>,
    #[serde(default, deserialize_with = "present")]
    parallel_ringing: Option<Parallel>,
    #[serde(default, deserialize_with = "present")]
    call_event_passthru_url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    start_call_playback: Option<Playback>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    contact_uri: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    record: bool,
    #[serde(rename = "channels")]
    _channels: Channels,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Channels {
    Single,
    Dual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Music {
    r#type: MusicType,
    #[serde(default, deserialize_with = "present")]
    value: Option<String>,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "they are Exotel's words")]
enum MusicType {
    DefaultTone,
    OperatorTone,
    CustomTone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parallel {
    activate: bool,
    max_parallel_attempts: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Playback {
    #[serde(rename = "type")]
    _type: PlaybackType,
    value: String,
    #[serde(default, deserialize_with = "present", rename = "playback_to")]
    _playback_to: Option<PlaybackTo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PlaybackType {
    Text,
    AudioUrl,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlaybackTo {
    Callee,
    Both,
}

/// What is there must have a value: `null` is not left out.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Reads the body of an answer to an applet of this dialect.
///
/// # Errors
/// When Exotel would not take it.
pub(super) fn read(body: &str, dialect: Dialect) -> Result<Instructions, Unacceptable> {
    let answer = match dialect {
        Dialect::Ccm => serde_json::from_str(body)?,
        Dialect::Generic => serde_json::from_str::<GenericAnswer>(body)?.into_common()?,
    };
    instructions(answer)
}

fn instructions(answer: Answer) -> Result<Instructions, Unacceptable> {
    answer.check()?;
    let seconds = |given: Option<u16>, usual| Duration::from_secs(given.unwrap_or(usual).into());
    let at_once = answer.at_once()?;
    let ring = limited(
        "max_ringing_duration",
        answer.max_ringing_duration,
        MOST_RING,
    )?;
    let conversation = limited(
        "max_conversation_duration",
        answer.max_conversation_duration,
        MOST_CONVERSATION,
    )?;
    let uri = |destination: Destination| {
        let text = destination.contact_uri;
        let uri = ContactUri::from_canonical(&text).ok();
        // A domain is read over elsewhere; Exotel wants none.
        uri.filter(|uri| uri.to_string() == text)
            .ok_or(Unacceptable::Destination(text))
    };
    Ok(Instructions {
        again: answer.fetch_after_attempt,
        at_once,
        records: answer.recording.is_some_and(|said| said.record),
        ring: seconds(ring, USUAL_RING),
        conversation: seconds(conversation, USUAL_CONVERSATION),
        events: answer.call_event_passthru_url.as_deref().map(Arc::from),
        destinations: answer
            .destination
            .into_iter()
            .map(uri)
            .collect::<Result<_, _>>()?,
    })
}

impl Answer {
    fn check(&self) -> Result<(), Unacceptable> {
        let playback = self.start_call_playback.as_ref();
        let caller_id = self.outgoing_phone_number.as_ref();
        let events = self.call_event_passthru_url.as_ref();
        let music = self.music_on_hold.as_ref();
        let is_wrong = [
            (
                "fetch_after_attempt",
                self.fetch_after_attempt && self.destination.is_empty(),
            ),
            (
                "outgoing_phone_number",
                caller_id.is_some_and(|number| number.trim().is_empty()),
            ),
            ("music_on_hold", music.is_some_and(Music::is_wrong)),
            (
                "call_event_passthru_url",
                events.is_some_and(|url| !is_url(url)),
            ),
            (
                "start_call_playback",
                playback.is_some_and(|playback| playback.value.trim().is_empty()),
            ),
        ];
        match is_wrong.into_iter().find(|(_, is_wrong)| *is_wrong) {
            Some((field, _)) => Err(Unacceptable::Contradiction(field)),
            None => Ok(()),
        }
    }

    /// How many phones ring together.
    fn at_once(&self) -> Result<usize, Unacceptable> {
        let Some(parallel) = &self.parallel_ringing else {
            return Ok(1);
        };
        let most = parallel.max_parallel_attempts;
        let is_wrong = !(1..=MOST_AT_ONCE).contains(&most)
            || usize::from(most) > self.destination.len().max(1)
            || parallel.activate != (most > 1);
        if is_wrong {
            return Err(Unacceptable::Contradiction("parallel_ringing"));
        }
        Ok(usize::from(most))
    }
}

impl Music {
    /// A tone of one's own has an address, and no other tone has one.
    fn is_wrong(&self) -> bool {
        let is_custom = self.r#type == MusicType::CustomTone;
        is_custom != self.value.as_deref().is_some_and(is_url)
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn limited(
    field: &'static str,
    given: Option<u16>,
    most: u16,
) -> Result<Option<u16>, Unacceptable> {
    match given {
        Some(value) if !(1..=most).contains(&value) => Err(Unacceptable::Limit { field, value }),
        _ => Ok(given),
    }
}

#[cfg(test)]
mod tests;
