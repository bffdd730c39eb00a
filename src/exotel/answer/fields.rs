//! The fields of an answer that are more than one number. They are written to Exotel and to the store alike.

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;
use utoipa::ToSchema;

use super::WebUrl;

/// Whether the conversation is recorded, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recording {
    /// Whether it is recorded at all.
    pub record: bool,
    /// One track for both sides, or one for each.
    pub channels: Channels,
}

/// The tracks of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Both sides on one track.
    #[default]
    Single,
    /// One track for each side.
    Dual,
}

/// What the caller hears until someone answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum MusicOnHold {
    /// Exotel's tone.
    DefaultTone,
    /// The network operator's tone.
    OperatorTone,
    /// An audio file; the only one that carries a `value`.
    CustomTone(WebUrl),
}

/// What is played when someone answers.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Playback {
    /// The text or the file.
    #[serde(flatten)]
    pub sound: Sound,
    /// Who hears it; left out, Exotel decides.
    #[serde(rename = "playback_to")]
    pub to: Option<PlaybackTo>,
}

/// Something to play.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Sound {
    /// A text that is read out.
    Text(Speech),
    /// An audio file.
    AudioUrl(WebUrl),
}

/// Who hears it. Exotel documents `caller` as well, and rejects the whole answer for it: so there is no such variant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaybackTo {
    /// The agent alone.
    Callee,
    /// Agent and caller.
    Both,
}

/// A text to be read out, which is not blank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Speech(String);

/// The text to be read out is blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the text to be read out is empty")]
pub struct EmptySpeech;

impl Speech {
    /// Takes any text that is not blank, without the blanks around it.
    pub fn parse(text: &str) -> Result<Self, EmptySpeech> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            Err(EmptySpeech)
        } else {
            Ok(Self(trimmed.to_owned()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Speech {
    type Error = EmptySpeech;

    fn try_from(text: String) -> Result<Self, EmptySpeech> {
        Self::parse(&text)
    }
}

impl From<Speech> for String {
    fn from(speech: Speech) -> Self {
        speech.0
    }
}

/// One flat object in the order of the published sample.
#[derive(Serialize, ToSchema)]
#[schema(as = Playback)]
pub(super) struct FlatPlayback<'playback> {
    r#type: &'static str,
    value: &'playback str,
    #[serde(skip_serializing_if = "Option::is_none")]
    playback_to: Option<PlaybackTo>,
}

impl Serialize for Playback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (r#type, value) = match &self.sound {
            Sound::Text(speech) => ("text", speech.as_str()),
            Sound::AudioUrl(url) => ("audio_url", url.as_str()),
        };
        FlatPlayback {
            r#type,
            value,
            playback_to: self.to,
        }
        .serialize(serializer)
    }
}
