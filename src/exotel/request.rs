//! The question that Exotel asks: whom shall this call ring?

use std::fmt::{self, Write as _};

use super::{DialEnd, Parameters};
use crate::{
    clock::Timestamp,
    telephony::{CallSid, ContactUri, Country, PhoneNumber},
};

mod dial;
mod progress;
mod time;

pub use dial::{DialReport, DialStatus, Leg, MAX_LEGS};
pub(super) use dial::{plain_spelling, read_legs, seconds};
pub(super) use time::{INDIA_STANDARD_TIME_SECONDS, read as read_time};

/// One fetch of the connect URL, read once. Whatever was missing or made no sense is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectRequest {
    /// The call's identity. Without it nothing can be reserved.
    pub call: Option<CallSid>,
    /// Who calls: `From`, else `CallFrom`.
    pub caller: Party,
    /// The `ExoPhone` that was called: `To`, else `CallTo`.
    pub dialed: Party,
    /// `incoming`, `outbound-dial`; an open set.
    pub direction: Option<String>,
    /// What the caller keyed, without the quotes. Exotel sends it on the first fetch of a call only.
    pub digits: Option<String>,
    /// What the API call that began this call gave along.
    pub custom_field: Option<String>,
    /// When the call was created.
    pub created: Option<Timestamp>,
    /// When Exotel sent this request, by its own clock.
    pub current_time: Option<Timestamp>,
    /// When the call started.
    pub start_time: Option<Timestamp>,
    /// When the call ended; Exotel's constants for "not yet" are `None`.
    pub end_time: Option<Timestamp>,
    /// What came of the attempt before this fetch.
    pub dial: DialReport,
    /// Each leg of the attempts before this fetch, in Exotel's order.
    pub legs: Vec<Leg>,
    /// `queued`, `ringing`; an open set.
    pub call_status: Option<String>,
    /// `call-attempt`, `completed`; an open set, and not an end by itself.
    pub call_type: Option<String>,
    /// How far Exotel's own processing is.
    pub process_status: Option<String>,
    /// The flow in which the applet stands.
    pub flow_id: Option<String>,
    /// Exotel's tenant.
    pub tenant_id: Option<String>,
    /// The number from which the call was forwarded.
    pub forwarded_from: Option<Party>,
    /// The caller id of the outgoing legs.
    pub outgoing_phone_number: Option<Party>,
    /// The numbers of an earlier answer, as Exotel repeats them.
    pub numbers: Option<String>,
    /// Where the recording is.
    pub recording_url: Option<String>,
    /// When the recording will be there, as Exotel writes it.
    pub recording_available_by: Option<String>,
}

impl ConnectRequest {
    /// Reads a request, local numbers by the habits of `country`. It never fails: what cannot be read is absent.
    pub fn read(parameters: &Parameters, country: Country) -> Self {
        let party = |name| parameters.get(name).map(|raw| Party::read(raw, country));
        let text = |name| parameters.get(name).map(|value| value.trim().to_owned());
        let time = |name| parameters.get(name).and_then(time::read);
        Self {
            call: parameters
                .get("CallSid")
                .and_then(|sid| CallSid::parse(sid.trim()).ok()),
            caller: party("From")
                .or_else(|| party("CallFrom"))
                .unwrap_or_default(),
            dialed: party("To").or_else(|| party("CallTo")).unwrap_or_default(),
            direction: text("Direction"),
            digits: parameters.get("digits").and_then(unquoted),
            custom_field: parameters
                .get("CustomField")
                .and_then(|text| plain(text.trim(), MAX_CUSTOM_FIELD)),
            created: time("Created"),
            current_time: time("CurrentTime"),
            start_time: time("StartTime"),
            end_time: time("EndTime"),
            dial: DialReport::read(parameters, country),
            legs: read_legs(parameters, country),
            call_status: text("CallStatus"),
            call_type: text("CallType"),
            process_status: text("ProcessStatus"),
            flow_id: text("flow_id"),
            tenant_id: text("tenant_id"),
            forwarded_from: party("ForwardedFrom"),
            outgoing_phone_number: party("OutgoingPhoneNumber"),
            numbers: text("numbers"),
            recording_url: text("RecordingUrl"),
            recording_available_by: text("RecordingAvailableBy"),
        }
    }

    /// A short text that is the same for duplicates of one fetch, and another after each attempt.
    ///
    /// Nothing in a request numbers the attempts, so it is taken from what the attempt left behind: who was dialled
    /// last, with what outcome, for how long, and the legs. `0` means that nothing was dialled yet. Everything else,
    /// `CurrentTime` above all, may differ between two duplicates.
    pub fn progress(&self) -> String {
        progress::fingerprint(&self.dial, &self.legs)
    }

    /// How the attempt before this fetch ended; `None` while nothing was dialled, and while [`Self::dial_goes_on`].
    ///
    /// Exotel asks again only after an attempt that is over (F), so whatever an attempt leaves behind, even only
    /// `DialWhomNumber`, is the end of one. The exception is a `DialCallStatus` that says the dialling goes on: such a
    /// fetch overlaps with its attempt, and ends nothing.
    pub fn last_dial(&self) -> Option<DialEnd> {
        let was_dialled = self.dial.whom.is_some()
            || self.dial.status.is_some()
            || self.dial.duration.is_some_and(|seconds| seconds > 0)
            || !self.legs.is_empty();
        (was_dialled && !self.dial_goes_on())
            .then(|| DialEnd::read(&self.dial, self.call_type.as_deref(), &self.legs))
    }

    /// Whether this fetch says of the attempt before it that it is under way.
    pub fn dial_goes_on(&self) -> bool {
        let status = self.dial.status.as_ref();
        status.is_some_and(DialStatus::is_ongoing)
    }
}

/// One end of a call: the text as it came, and what it was read as.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Party {
    /// The text as Exotel sent it; empty when it sent none.
    pub raw: String,
    /// The number or the SIP id, when it is one.
    pub number: Option<ContactUri>,
}

impl Party {
    /// Reads a number or a `sip:` address; what is neither keeps its text alone.
    pub fn read(raw: &str, country: Country) -> Self {
        Self {
            raw: raw.to_owned(),
            number: ContactUri::parse(raw, country).ok(),
        }
    }

    /// The telephone number, unless it is a SIP id or cannot be read.
    pub fn phone(&self) -> Option<PhoneNumber> {
        match self.number {
            Some(ContactUri::Number(number)) => Some(number),
            Some(ContactUri::Sip(_)) | None => None,
        }
    }

    /// Is it nobody whom one could call back: nothing at all, or a word such as `anonymous`?
    pub fn is_hidden(&self) -> bool {
        self.number.is_none() && !self.raw.chars().any(char::is_numeric)
    }

    /// The number or the SIP id of a party that was named and could be read.
    pub(super) fn contact(party: Option<&Self>) -> Option<ContactUri> {
        party?.number.clone()
    }

    /// The canonical text, or what came when it could not be read: two spellings of one number are equal.
    fn identity(&self) -> String {
        match &self.number {
            Some(number) => number.to_string(),
            None => self.raw.trim().to_owned(),
        }
    }
}

impl fmt::Display for Party {
    /// Masked, for logs. Of what could not be read the digits are hidden, and only the beginning is shown: as one word, so that it
    /// passes for no other field of the line, and without what turns a line around or is not seen at all.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = &self.number {
            return number.masked().fmt(formatter);
        }
        let visible = self.raw.chars().filter(|c| !c.is_control());
        for character in visible.take(24) {
            let shown = match character {
                digit if digit.is_numeric() => 'x',
                letter if letter.is_alphanumeric() || "+-._@:*#".contains(letter) => letter,
                blank if blank.is_whitespace() => '_',
                _ => '?',
            };
            formatter.write_char(shown)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Party({self})")
    }
}

/// The most digits that are kept: no menu asks for more.
const MAX_DIGITS: usize = 64;
/// The most characters that Exotel gives to a custom field.
const MAX_CUSTOM_FIELD: usize = 128;

/// The text without control characters, cut at `most` characters. It is kept with the call, whose record separates its
/// parts by a control character and should not grow by what somebody sends.
fn plain(text: &str, most: usize) -> Option<String> {
    let visible = text.chars().filter(|character| !character.is_control());
    let text: String = visible.take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// What was keyed, out of the literal double quotes in which Exotel sends it.
fn unquoted(value: &str) -> Option<String> {
    let digits =
        value.trim_matches(|character: char| character == '"' || character.is_whitespace());
    let present = !digits.is_empty() && !digits.eq_ignore_ascii_case("null");
    present.then(|| plain(digits, MAX_DIGITS)).flatten()
}

#[cfg(test)]
mod tests;
