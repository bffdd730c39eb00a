//! How a dial ended, and each of its legs.

use std::fmt;
use std::time::Duration;

use super::call_type::CallType;
use super::cause;
use crate::exotel::Party;
use crate::exotel::request::{DialReport, DialStatus, Leg};
use crate::telephony::ContactUri;

/// The end of a dial: from a Passthru applet's record, a final event, or the next fetch of the same call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialEnd {
    /// How it ended. Of several legs one after the other it is the last one's end.
    pub outcome: DialOutcome,
    /// Who took the call, and when nobody did, who was dialled last: `DialWhomNumber` (O, F); without it, the only leg
    /// that talked or was there at all.
    pub who: Option<ContactUri>,
    /// The legs in the order in which they were tried (F), those of earlier attempts included if Exotel tells of them.
    pub legs: Vec<EndedLeg>,
}

/// How a dial or a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialOutcome {
    /// Somebody talked.
    Answered,
    /// It rang out.
    NoAnswer,
    /// Engaged, or declined: Exotel does not tell the two apart (F).
    Declined,
    /// The network could not reach the phone, so that it never rang.
    Failed,
    /// The caller hung up first, or, of a leg, another phone was quicker. Nobody missed anything.
    Cancelled,
    /// Nothing says.
    Unknown,
}

/// One leg of a dial that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedLeg {
    /// Who was dialled; `None` when the number is missing or can't be read.
    pub who: Option<ContactUri>,
    /// How it ended, from what is said of this leg. Of phones that rang together, one that lost the race may say
    /// `NoAnswer`: which rang together only the offer knows.
    pub outcome: DialOutcome,
    /// The talk time in whole seconds; only of an answered leg, and never zero.
    pub talked: Option<Duration>,
}

impl DialOutcome {
    /// The word for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for DialOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for EndedLeg {
    /// For logs, the number masked: `+9198xxxxx210 answered 41s`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Some(who) => write!(formatter, "{} {}", who.masked(), self.outcome)?,
            None => write!(formatter, "somebody {}", self.outcome)?,
        }
        match self.talked {
            Some(talked) => write!(formatter, " {}s", talked.as_secs()),
            None => Ok(()),
        }
    }
}

impl DialEnd {
    /// Puts together what is said of a dial that is over. `DialCallDuration` has the ringing in it (O): it is no talk time.
    pub(in crate::exotel) fn read(
        dial: &DialReport,
        call_type: Option<&str>,
        legs: &[Leg],
    ) -> Self {
        let somebody_talked = legs.iter().any(|leg| talk_time(leg).is_some());
        let outcome = outcome(
            dial.status.as_ref(),
            CallType::read(call_type),
            somebody_talked,
        );
        let who = Party::contact(dial.whom.as_ref()).or_else(|| only_one(legs, outcome));
        let legs = ended_legs(legs, outcome, who.as_ref());
        Self { outcome, who, legs }
    }
}

/// The dial's outcome (F): its status says it, and the call's type where there is no status or a new word.
///
/// A caller who left is believed over a dial that was not answered, for that is how a hang-up while ringing comes, and
/// nobody should be blamed for it (G).
fn outcome(status: Option<&DialStatus>, call_type: CallType, somebody_talked: bool) -> DialOutcome {
    match status {
        Some(DialStatus::Completed) => DialOutcome::Answered,
        Some(DialStatus::Busy) => DialOutcome::Declined,
        Some(DialStatus::Failed) => DialOutcome::Failed,
        Some(DialStatus::Canceled) => DialOutcome::Cancelled,
        Some(DialStatus::NoAnswer) if call_type == CallType::CallerLeft => DialOutcome::Cancelled,
        Some(DialStatus::NoAnswer) => DialOutcome::NoAnswer,
        Some(DialStatus::Other(_)) | None => by_call_type(call_type, somebody_talked),
    }
}

fn by_call_type(call_type: CallType, somebody_talked: bool) -> DialOutcome {
    match call_type {
        CallType::Completed => DialOutcome::Answered,
        CallType::Incomplete => DialOutcome::NoAnswer,
        CallType::CallerLeft if !somebody_talked => DialOutcome::Cancelled,
        CallType::CallerLeft
        | CallType::Voicemail
        | CallType::BeforeTheDial
        | CallType::Unknown => {
            if somebody_talked {
                DialOutcome::Answered
            } else {
                DialOutcome::Unknown
            }
        }
    }
}

/// Whose leg it was, when `DialWhomNumber` is missing and there is no choice.
fn only_one(legs: &[Leg], outcome: DialOutcome) -> Option<ContactUri> {
    let mut talkers = legs.iter().filter(|leg| talk_time(leg).is_some());
    let leg = match (talkers.next(), talkers.next(), legs) {
        (Some(talker), None, _) if outcome == DialOutcome::Answered => talker,
        (_, _, [only]) => only,
        _ => return None,
    };
    Party::contact(leg.number.as_ref())
}

fn ended_legs(legs: &[Leg], dial: DialOutcome, who: Option<&ContactUri>) -> Vec<EndedLeg> {
    let contacts: Vec<_> = legs
        .iter()
        .map(|leg| Party::contact(leg.number.as_ref()))
        .collect();
    // The dial's outcome is that of the last leg of whom it names.
    let named = contacts
        .iter()
        .rposition(|contact| contact.is_some() && contact.as_ref() == who);
    let whole = Whole::of(legs, dial);
    let ended = legs.iter().zip(contacts).enumerate();
    ended
        .map(|(index, (leg, who))| {
            let outcome = whole.outcome_of(leg, named == Some(index));
            let talked = talk_time(leg).filter(|_| outcome == DialOutcome::Answered);
            EndedLeg {
                who,
                outcome,
                talked,
            }
        })
        .collect()
}

/// What all legs together say about each.
struct Whole {
    dial: DialOutcome,
    somebody_talked: bool,
    somebody_was_cancelled: bool,
}

impl Whole {
    fn of(legs: &[Leg], dial: DialOutcome) -> Self {
        Self {
            dial,
            somebody_talked: legs.iter().any(|leg| talk_time(leg).is_some()),
            somebody_was_cancelled: legs
                .iter()
                .any(|leg| cause::outcome(leg) == DialOutcome::Cancelled),
        }
    }

    fn outcome_of(&self, leg: &Leg, is_named: bool) -> DialOutcome {
        let own = cause::outcome(leg);
        match self.dial {
            DialOutcome::Answered if self.has_talked(leg, is_named) => DialOutcome::Answered,
            // The dial's word is the winner's alone: it says nothing of the other legs.
            DialOutcome::Answered => own,
            DialOutcome::Cancelled if self.is_in_doubt(own) => DialOutcome::Cancelled,
            DialOutcome::NoAnswer
            | DialOutcome::Declined
            | DialOutcome::Failed
            | DialOutcome::Cancelled
            | DialOutcome::Unknown => {
                if is_named && own == DialOutcome::Unknown {
                    self.dial
                } else {
                    own
                }
            }
        }
    }

    /// In an answered dial: whoever has a talk time, and if nobody has, whom the dial names.
    fn has_talked(&self, leg: &Leg, is_named: bool) -> bool {
        talk_time(leg).is_some() || (is_named && !self.somebody_talked)
    }

    /// A caller's hang-up has been seen with `RING_TIMEOUT` on its leg (F). Unless a leg says that it was cancelled, none
    /// is believed that it rang out (G): who is not blamed for a missed call rings again a little early, no more.
    fn is_in_doubt(&self, own: DialOutcome) -> bool {
        !self.somebody_was_cancelled && matches!(own, DialOutcome::NoAnswer | DialOutcome::Unknown)
    }
}

/// `OnCallDuration` is the talk time of an answered leg (F); zero is none.
fn talk_time(leg: &Leg) -> Option<Duration> {
    let seconds = leg.on_call_duration.filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds.into()))
}
