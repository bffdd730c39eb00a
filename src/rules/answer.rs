//! What an answer carries besides whom to ring.

use crate::exotel::answer::{
    ConversationSeconds, CustomParameters, MusicOnHold, Playback, Recording, WebUrl,
};
use crate::telephony::PhoneNumber;

/// What every answer of a rule carries. `None` is left out of the answer, and Exotel's own default holds.
///
/// A rule's settings stand over the account's, key by key; the reader merges them, so what a rule holds is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerSettings {
    /// Exotel marks the number busy during the call.
    pub state_management: Option<bool>,
    /// The caller id of the agent's leg: an `ExoPhone` of the account.
    pub outgoing_phone_number: Option<PhoneNumber>,
    /// Exotel's own stickiness.
    pub sticky_agent: Option<bool>,
    /// Whether the call is recorded, and how.
    pub recording: Option<Recording>,
    /// When Exotel ends the conversation.
    pub max_conversation_duration: Option<ConversationSeconds>,
    /// What the caller hears while phones ring.
    pub music_on_hold: Option<MusicOnHold>,
    /// Where Exotel reports each leg.
    pub events: Option<Events>,
    /// What is played when the call is answered.
    pub start_call_playback: Option<Playback>,
    /// SIP headers of the generic dialect.
    pub custom_params: Option<CustomParameters>,
}

impl AnswerSettings {
    /// These settings, and the account's wherever these say nothing.
    #[must_use]
    pub fn over(self, account: &Self) -> Self {
        Self {
            state_management: self.state_management.or(account.state_management),
            outgoing_phone_number: self.outgoing_phone_number.or(account.outgoing_phone_number),
            sticky_agent: self.sticky_agent.or(account.sticky_agent),
            recording: self.recording.or(account.recording),
            max_conversation_duration: self
                .max_conversation_duration
                .or(account.max_conversation_duration),
            music_on_hold: self.music_on_hold.or_else(|| account.music_on_hold.clone()),
            events: self.events.or_else(|| account.events.clone()),
            start_call_playback: self
                .start_call_playback
                .or_else(|| account.start_call_playback.clone()),
            custom_params: self.custom_params.or_else(|| account.custom_params.clone()),
        }
    }
}

/// Where Exotel reports each leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Events {
    /// Nowhere.
    Off,
    /// To us.
    Ours {
        /// Whether Exotel has enabled `Answered` events for the account, so that a missing one means something.
        answered: bool,
    },
    /// To somebody else.
    Url(WebUrl),
}
