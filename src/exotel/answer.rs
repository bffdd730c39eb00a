//! The answer: whom Exotel shall ring, and how.
//!
//! Exotel validates an answer whole and says nothing about one that it rejects, so every field is a type that cannot
//! hold a wrong value, and only fields that are set are written.

use serde::{Deserialize, Serialize};

use super::Dialect;
use crate::telephony::{ContactUri, PhoneNumber};

mod custom;
mod fields;
mod seconds;
mod url;
mod wire;

pub use custom::{CustomParameters, InvalidCustomParameters, InvalidTrunkId, TrunkId};
pub use fields::{
    Channels, EmptySpeech, MusicOnHold, Playback, PlaybackTo, Recording, Sound, Speech,
};
pub(in crate::exotel) use seconds::bounded_seconds;
pub use seconds::{ConversationSeconds, OutOfRange, RingSeconds};
pub use url::{InvalidWebUrl, WebUrl};
pub use wire::{CcmAnswer, GenericAnswer};

/// How many phones Exotel rings together at most.
pub const MAX_RING_TOGETHER: u8 = 5;

/// Everything in an answer but the destinations and the attempt.
///
/// It is stored with the call, so that another instance with other rules replays the same bytes; hence the short
/// names, which never change. A field that is `None` is not written, and Exotel's own default holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerTemplate {
    /// Exotel marks the number busy during the call. CCM only.
    #[serde(rename = "sm", skip_serializing_if = "Option::is_none")]
    pub state_management: Option<bool>,
    /// The caller id of the agent's leg; an `ExoPhone` of the account.
    #[serde(rename = "cli", skip_serializing_if = "Option::is_none")]
    pub outgoing_phone_number: Option<PhoneNumber>,
    /// Exotel's own stickiness. CCM only.
    #[serde(rename = "sticky", skip_serializing_if = "Option::is_none")]
    pub sticky_agent: Option<bool>,
    /// Whether and how the conversation is recorded.
    #[serde(rename = "rec", skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// How long a phone rings.
    #[serde(rename = "ring", skip_serializing_if = "Option::is_none")]
    pub max_ringing_duration: Option<RingSeconds>,
    /// How long a conversation may last.
    #[serde(rename = "talk", skip_serializing_if = "Option::is_none")]
    pub max_conversation_duration: Option<ConversationSeconds>,
    /// What the caller hears until someone answers.
    #[serde(rename = "hold", skip_serializing_if = "Option::is_none")]
    pub music_on_hold: Option<MusicOnHold>,
    /// How many phones ring together, by attempt; the last goes for all attempts after it. Empty says nothing.
    #[serde(rename = "together", skip_serializing_if = "Vec::is_empty")]
    pub at_once: Vec<u8>,
    /// Where Exotel reports what happens on each leg.
    #[serde(rename = "events", skip_serializing_if = "Option::is_none")]
    pub call_event_passthru_url: Option<WebUrl>,
    /// What is played when someone answers.
    #[serde(rename = "play", skip_serializing_if = "Option::is_none")]
    pub start_call_playback: Option<Playback>,
    /// SIP headers for the agent's leg. Generic dialect only.
    #[serde(rename = "headers", skip_serializing_if = "Option::is_none")]
    pub custom_params: Option<CustomParameters>,
    /// A SIP trunk that takes the place of the destinations. Generic dialect only.
    #[serde(rename = "trunk", skip_serializing_if = "Option::is_none")]
    pub trunk: Option<TrunkId>,
}

impl AnswerTemplate {
    /// Writes the answer to one attempt, counted from 1, as JSON.
    ///
    /// `last` ends Exotel's fetch loop, as does an answer that dials nobody. The same arguments give the same bytes.
    pub fn render(
        &self,
        dialect: Dialect,
        attempt: u8,
        last: bool,
        destinations: &[ContactUri],
    ) -> String {
        let parallel_ringing = self.parallel_ringing(attempt, destinations.len());
        match dialect {
            Dialect::Ccm => wire::ccm(self, last, destinations, parallel_ringing),
            Dialect::Generic => wire::generic(self, last, destinations, parallel_ringing),
        }
    }

    /// Writes the answer for when no decision can be made: these destinations, and no further fetch.
    pub fn render_fallback(&self, dialect: Dialect, destinations: &[ContactUri]) -> String {
        self.render(dialect, 1, true, destinations)
    }

    /// Nothing when it was not asked for, or when there is nobody to ring.
    fn parallel_ringing(&self, attempt: u8, destinations: usize) -> Option<wire::ParallelRinging> {
        let index = usize::from(attempt.saturating_sub(1));
        let wanted = self.at_once.get(index).or(self.at_once.last())?;
        let limit = u8::try_from(destinations)
            .unwrap_or(u8::MAX)
            .min(MAX_RING_TOGETHER);
        let together = (*wanted).max(1).min(limit);
        (together > 0).then_some(wire::ParallelRinging {
            activate: together > 1,
            max_parallel_attempts: together,
        })
    }
}

/// The names of the fields that an answer of this dialect may have, in the order in which they are written.
pub fn field_names(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Ccm => &wire::CCM_FIELDS,
        Dialect::Generic => &wire::GENERIC_FIELDS,
    }
}

#[cfg(test)]
mod tests;
