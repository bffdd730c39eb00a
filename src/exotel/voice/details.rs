//! What Exotel tells of one call.

use std::time::Duration;

use serde_json::Value;

use super::fields::{Fields, OtherFields};
use super::{NumberText, text};
use crate::clock::Timestamp;
use crate::exotel::answer::WebUrl;
use crate::telephony::CallSid;

/// A word of an open set: those that are known by name, and any other as it came.
macro_rules! words {
    ($(#[$documentation:meta])* $type:ident { $($(#[$meaning:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$documentation])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub enum $type {
            $($(#[$meaning])* $variant,)+
            /// A word that the contract does not name, as it came.
            Other(String),
        }

        impl $type {
            /// Reads a word, in any spelling of upper and lower case.
            pub fn read(word: &str) -> Self {
                match word.trim().to_ascii_lowercase().as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word.trim().to_owned()),
                }
            }

            /// Exotel's word if it is known, else `other`: for the log, which takes no word from a stranger.
            pub fn known(&self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(_) => "other",
                }
            }

            /// Exotel's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }
    };
}

pub(super) use words;

words! {
    /// Whether a call goes on.
    CallState {
        /// It does.
        Active = "active",
        /// It is over.
        Terminal = "terminal",
    }
}

words! {
    /// How a call ended.
    CallStatus {
        /// Both talked.
        Completed = "completed",
        /// Our agent did not answer.
        FromLegUnanswered = "from_leg_unanswered",
        /// The customer did not answer.
        ToLegUnanswered = "to_leg_unanswered",
        /// Our agent hung up before the customer answered.
        FromLegCancelled = "from_leg_cancelled",
        /// The customer was not even dialled.
        ToLegNoDial = "to_leg_no_dial",
        /// Our agent was not even dialled.
        FromLegNoDial = "from_leg_no_dial",
    }
}

/// What is known of a call. Anything may be absent; what is not known by name is in `other`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallDetails {
    /// The call: `sid`, or `call_sid` as version 2 says.
    pub call: Option<CallSid>,
    /// `outbound`, `inbound`; an open set.
    pub direction: Option<String>,
    /// The `ExoPhone`.
    pub virtual_number: Option<NumberText>,
    /// Whether it goes on.
    pub state: Option<CallState>,
    /// How it ended.
    pub status: Option<CallStatus>,
    /// The path under which its legs are told.
    pub legs: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When anything of it last changed.
    pub updated: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// From its beginning to its end.
    pub total_duration: Option<Duration>,
    /// How long the two talked.
    pub talk_time: Option<Duration>,
    /// What the application gave along.
    pub custom_field: Option<String>,
    /// The flow that handled it.
    pub app_id: Option<String>,
    /// The flow's name.
    pub app_name: Option<String>,
    /// What was keyed.
    pub digits: Option<String>,
    /// Where the recordings are.
    pub recordings: Vec<WebUrl>,
    /// Every field that is none of these, or could not be read as one.
    pub other: OtherFields,
}

impl CallDetails {
    pub(super) fn read(mut fields: Fields) -> Self {
        let call = fields
            .call_sid("sid")
            .or_else(|| fields.call_sid("call_sid"));
        Self {
            call,
            direction: fields.text("direction"),
            virtual_number: fields.number("virtual_number"),
            state: fields.text("state").map(|word| CallState::read(&word)),
            status: fields.text("status").map(|word| CallStatus::read(&word)),
            legs: fields.text("legs"),
            created: fields.time("created_time"),
            updated: fields.time("updated_time"),
            started: fields.time("start_time"),
            ended: fields.time("end_time"),
            total_duration: fields.seconds("total_duration"),
            talk_time: fields.seconds("total_talk_time"),
            custom_field: fields.text("custom_field"),
            app_id: fields.text("app_id"),
            app_name: fields.text("app_name"),
            digits: fields.text("digits").map(|digits| text::unquoted(&digits)),
            recordings: recordings(&mut fields),
            other: fields.rest(),
        }
    }

    /// Whether the call is surely over: its state says so, or an end does, or, where no state is known, a status with which
    /// calls end. Exotel's words are an open set: one that nobody knows ends nothing.
    pub fn is_over(&self) -> bool {
        match &self.state {
            Some(CallState::Terminal) => true,
            Some(CallState::Active) => self.ended.is_some(),
            Some(CallState::Other(_)) | None => self.ended.is_some() || self.has_final_status(),
        }
    }

    fn has_final_status(&self) -> bool {
        match &self.status {
            None | Some(CallStatus::Other(_)) => false,
            Some(
                CallStatus::Completed
                | CallStatus::FromLegUnanswered
                | CallStatus::ToLegUnanswered
                | CallStatus::FromLegCancelled
                | CallStatus::ToLegNoDial
                | CallStatus::FromLegNoDial,
            ) => true,
        }
    }
}

fn recordings(fields: &mut Fields) -> Vec<WebUrl> {
    let members = fields.list("recordings").unwrap_or_default();
    members
        .into_iter()
        .filter_map(|member: Value| Fields::of(member)?.url("url"))
        .collect()
}
