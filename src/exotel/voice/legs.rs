//! What Exotel tells of the two sides of a call. It is enabled per account.

use serde_json::Value;

use super::NumberText;
use super::fields::{Fields, OtherFields};
use crate::clock::Timestamp;
use crate::telephony::CallSid;

/// Both sides of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallLegs {
    /// The call.
    pub call: Option<CallSid>,
    /// Exotel's name of the account.
    pub account_sid: Option<String>,
    /// Our agent's side, in the order tried.
    pub from: Vec<VoiceLeg>,
    /// The customer's side.
    pub to: Vec<VoiceLeg>,
    /// Every field that is none of these.
    pub other: OtherFields,
}

/// One phone that was rung.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceLeg {
    /// Exotel's name of the leg.
    pub sid: Option<String>,
    /// Whose it is.
    pub name: Option<String>,
    /// The number or the SIP id.
    pub contact_uri: Option<NumberText>,
    /// How it went; an open set, of which the contract names no word.
    pub status: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When anything of it last changed.
    pub updated: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Every field that is none of these.
    pub other: OtherFields,
}

impl CallLegs {
    pub(super) fn read(mut fields: Fields) -> Self {
        let legs = |members: Option<Vec<Value>>| {
            let members = members.into_iter().flatten().filter_map(Fields::of);
            members.map(VoiceLeg::read).collect()
        };
        Self {
            call: fields.call_sid("call_sid"),
            account_sid: fields.text("account_sid"),
            from: legs(fields.list("from")),
            to: legs(fields.list("to")),
            other: fields.rest(),
        }
    }
}

impl VoiceLeg {
    fn read(mut fields: Fields) -> Self {
        Self {
            sid: fields.text("sid"),
            name: fields.text("name"),
            contact_uri: fields.number("contact_uri"),
            status: fields.text("status"),
            created: fields.time("created_time"),
            updated: fields.time("updated_time"),
            started: fields.time("start_time"),
            ended: fields.time("end_time"),
            other: fields.rest(),
        }
    }
}
