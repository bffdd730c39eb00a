//! What Exotel reports about a call while it is dialled and when the dial is over (contract, sections 4 and 5).
//!
//! Events of single legs and the record of a Passthru applet come to the same URL, as query, form or JSON, and any of
//! them may be missing. A [`CallReport`] says what one of them means, and no more than it can mean. What becomes of an
//! agent is not decided here: reports are lost, repeated and reordered (F), and only the store knows which call holds whom.
//!
//! Letters behind a wire fact say where it is from: O official documentation, S a published sample, F seen in live
//! traffic, G our own guess.

use std::time::Duration;

use super::request::{DialReport, DialStatus, plain_spelling, read_legs, seconds};
use super::{Parameters, Party};
use crate::telephony::{CallSid, ContactUri, Country};

mod call_type;
mod cause;
mod dial_end;

use call_type::CallType;
pub use dial_end::{DialEnd, DialOutcome, EndedLeg};

/// One report, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallReport {
    /// The call it is about. Without it nothing can be done about it.
    pub call: Option<CallSid>,
    /// What it says.
    pub news: News,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something happened on one leg.
    Leg(LegNews),
    /// The dial is over. A call may still go on to other numbers, with another dial.
    End(DialEnd),
    /// Nothing that could be learnt from.
    Nothing(NoNews),
}

/// An event of one leg: a report with an `EventType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegNews {
    /// Whose phone it is: `DialWhomNumber` (O).
    pub who: Option<ContactUri>,
    /// What happened.
    pub event: LegEvent,
    /// How long the phone has rung: `RingDuration`, in whole seconds (O).
    pub rang: Option<Duration>,
}

/// What happened on a leg. `Status`, which says `busy` or `free` beside it, is not read: `free` comes whenever the leg
/// ends, answered or not (O, F), and `busy` adds nothing to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// Exotel began to dial (O).
    Dial,
    /// The phone rings; sent only where Exotel has enabled it (O).
    Ringing,
    /// Somebody answered; sent only where Exotel has enabled it (O).
    Answered,
    /// The leg is over (O).
    Terminal {
        /// How it ended. The documented event doesn't say; it is known when a `DialCallStatus` or `Legs` come along (F).
        outcome: DialOutcome,
        /// The talk time, when it was answered and the event says so.
        talked: Option<Duration>,
    },
}

/// Why there is nothing to learn from a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoNews {
    /// An `EventType` that is not known, as it came, cut to 32 characters.
    UnknownEvent(String),
    /// `CallType` is `call-attempt`, which precedes the dial: not an end (O, F).
    BeforeTheDial,
    /// `DialCallStatus` says that the dialling goes on.
    StillGoingOn,
    /// Nothing about a dial: a call's id at most, or the zeros that stand there before any dial (O).
    NothingSaid,
}

impl CallReport {
    /// Reads a report, local numbers by the habits of `country`. It never fails: what makes no sense is no news.
    pub fn read(parameters: &Parameters, country: Country) -> Self {
        let sid = parameters.get("CallSid").map(str::trim);
        Self {
            call: sid.and_then(|sid| CallSid::parse(sid).ok()),
            news: News::read(parameters, country),
        }
    }
}

impl News {
    fn read(parameters: &Parameters, country: Country) -> Self {
        let Some(word) = parameters.get("EventType") else {
            return end_of_dial(parameters, country).map_or_else(Self::Nothing, Self::End);
        };
        let leg = |event| {
            let dial = DialReport::read(parameters, country);
            let who = Party::contact(dial.whom.as_ref());
            Self::Leg(LegNews {
                who,
                event,
                rang: rang(parameters),
            })
        };
        match plain_spelling(word).as_str() {
            "dial" => leg(LegEvent::Dial),
            "ringing" => leg(LegEvent::Ringing),
            "answered" => leg(LegEvent::Answered),
            "terminal" => Self::Leg(end_of_leg(parameters, country)),
            _ => Self::Nothing(NoNews::UnknownEvent(short(word))),
        }
    }

    /// The kind of news in a word, for logs: a closed set.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Leg(leg) => leg.event.as_str(),
            Self::End(_) => "end",
            Self::Nothing(_) => "nothing",
        }
    }

    /// Whom it is about: whose leg it is, or whom the dial's end names.
    pub fn who(&self) -> Option<&ContactUri> {
        match self {
            Self::Leg(leg) => leg.who.as_ref(),
            Self::End(end) => end.who.as_ref(),
            Self::Nothing(_) => None,
        }
    }

    /// How the leg or the dial ended, if it has.
    pub fn outcome(&self) -> Option<DialOutcome> {
        match self {
            Self::Leg(leg) => leg.event.outcome(),
            Self::End(end) => Some(end.outcome),
            Self::Nothing(_) => None,
        }
    }
}

impl LegEvent {
    /// Exotel's word in small letters, for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dial => "dial",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Terminal { .. } => "terminal",
        }
    }

    /// How the leg ended, if it has.
    pub const fn outcome(self) -> Option<DialOutcome> {
        match self {
            Self::Terminal { outcome, .. } => Some(outcome),
            Self::Dial | Self::Ringing | Self::Answered => None,
        }
    }

    /// The talk time of a leg that is over, if it was answered and the event says how long.
    pub const fn talked(self) -> Option<Duration> {
        match self {
            Self::Terminal { talked, .. } => talked,
            Self::Dial | Self::Ringing | Self::Answered => None,
        }
    }
}

impl NoNews {
    /// Why, in a sentence for logs.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::UnknownEvent(_) => "its EventType is not known",
            Self::BeforeTheDial => "a call-attempt precedes the dial",
            Self::StillGoingOn => "its DialCallStatus says that the dialling goes on",
            Self::NothingSaid => "it says nothing of a dial",
        }
    }

    /// The word that was not known.
    pub fn event(&self) -> Option<&str> {
        match self {
            Self::UnknownEvent(word) => Some(word),
            Self::BeforeTheDial | Self::StillGoingOn | Self::NothingSaid => None,
        }
    }
}

/// A report without `EventType` is final when it carries `DialCallStatus`, `RecordingUrl` or `DialCallDuration` (F), the
/// legs of a dial, or a `CallType` that comes only after one (O). Zero seconds are no end: so it stands before any dial (O).
fn end_of_dial(parameters: &Parameters, country: Country) -> Result<DialEnd, NoNews> {
    let dial = DialReport::read(parameters, country);
    let legs = read_legs(parameters, country);
    let call_type = parameters.get("CallType");
    let kind = CallType::read(call_type);
    let goes_on = dial.status.as_ref().is_some_and(DialStatus::is_ongoing);
    let has_status = dial.status.is_some() && !goes_on;
    let leaves_something = parameters.get("RecordingUrl").is_some()
        || dial.duration.is_some_and(|seconds| seconds > 0)
        || !legs.is_empty();
    if has_status || kind.follows_a_dial() {
        return Ok(DialEnd::read(&dial, call_type, &legs));
    }
    if goes_on {
        return Err(NoNews::StillGoingOn);
    }
    if kind == CallType::BeforeTheDial {
        return Err(NoNews::BeforeTheDial);
    }
    if leaves_something {
        return Ok(DialEnd::read(&dial, call_type, &legs));
    }
    Err(NoNews::NothingSaid)
}

/// A `Terminal` event is about one leg, also when it tells of the whole dial.
fn end_of_leg(parameters: &Parameters, country: Country) -> LegNews {
    let dial = DialReport::read(parameters, country);
    let legs = read_legs(parameters, country);
    let end = DialEnd::read(&dial, parameters.get("CallType"), &legs);
    let own = end
        .legs
        .iter()
        .rfind(|leg| leg.who.is_some() && leg.who == end.who);
    LegNews {
        event: LegEvent::Terminal {
            outcome: own.map_or(end.outcome, |leg| leg.outcome),
            talked: own.and_then(|leg| leg.talked),
        },
        who: end.who,
        rang: rang(parameters),
    }
}

fn rang(parameters: &Parameters) -> Option<Duration> {
    let seconds = parameters.get("RingDuration").and_then(seconds)?;
    Some(Duration::from_secs(seconds.into()))
}

/// A word from outside, fit for a log.
fn short(word: &str) -> String {
    let visible = word
        .trim()
        .chars()
        .filter(|character| !character.is_control());
    visible.take(32).collect()
}

#[cfg(test)]
mod tests;
