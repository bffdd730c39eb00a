//! An answer to the older, generic applet (contract, section 1): other names for the same, and headers of its own.

use serde::Deserialize;

use super::{
    Answer, Channels, Destination, Music, Parallel, Playback, Recording, Unacceptable, present,
};

/// What Exotel takes of `custom_params` (contract, section 3).
const MOST_HEADERS: usize = 3;
const MOST_HEADER_BYTES: usize = 200;
const RESERVED: [&str; 2] = ["exotel-", "veeno-"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenericAnswer {
    #[serde(default)]
    fetch_after_attempt: bool,
    destination: Numbers,
    #[serde(default, deserialize_with = "present")]
    outgoing_phone_number: Option<String>,
    #[serde(default, deserialize_with = "present")]
    record: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    recording_channels: Option<Channels>,
    #[serde(default, deserialize_with = "present")]
    max_ringing_duration: Option<u16>,
    #[serde(default, deserialize_with = "present")]
    max_conversation_duration: Option<u16>,
    #[serde(default, deserialize_with = "present")]
    music_on_hold: Option<Music>,
    #[serde(default, deserialize_with = "present")]
    parallel_ringing: Option<Parallel>,
    #[serde(default, deserialize_with = "present")]
    dial_passthru_event_url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    start_call_playback: Option<Playback>,
    #[serde(default, deserialize_with = "present")]
    custom_params: Option<String>,
}

/// A trunk would be taken as well, but rings nobody whom a scenario knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    numbers: Vec<String>,
}

impl GenericAnswer {
    /// The same, as the newer applet is told it.
    pub(super) fn into_common(self) -> Result<Answer, Unacceptable> {
        if self.custom_params.as_deref().is_some_and(is_wrong) {
            return Err(Unacceptable::Contradiction("custom_params"));
        }
        let numbers = self.destination.numbers.into_iter();
        Ok(Answer {
            fetch_after_attempt: self.fetch_after_attempt,
            destination: numbers
                .map(|contact_uri| Destination { contact_uri })
                .collect(),
            _state_management: None,
            outgoing_phone_number: self.outgoing_phone_number,
            _sticky_agent: None,
            recording: self.record.map(|record| Recording {
                record,
                _channels: self.recording_channels.unwrap_or(Channels::Single),
            }),
            max_ringing_duration: self.max_ringing_duration,
            max_conversation_duration: self.max_conversation_duration,
            music_on_hold: self.music_on_hold,
            parallel_ringing: self.parallel_ringing,
            call_event_passthru_url: self.dial_passthru_event_url,
            start_call_playback: self.start_call_playback,
        })
    }
}

/// Headers are `name=value` with `&` between them, few and short, and none that Exotel uses itself.
fn is_wrong(headers: &str) -> bool {
    let is_refused = |pair: &str| {
        let Some((name, value)) = pair.split_once('=') else {
            return true;
        };
        let name = name.to_ascii_lowercase();
        let is_reserved = RESERVED.iter().any(|prefix| name.starts_with(prefix));
        name.is_empty() || value.is_empty() || is_reserved
    };
    headers.len() > MOST_HEADER_BYTES
        || headers.split('&').count() > MOST_HEADERS
        || headers.split('&').any(is_refused)
}
