//! One destination of an answer on its way from the offer to the end: what is known of it, and what each report adds.
//!
//! Pure: the time is an argument. What a step does to the agent is in [`record`](super::record); the Redis twin of both
//! is `redis/machine.lua`.
//!
//! | leg | `Dial`, `Ringing` | `Answered` | `Terminal` | end of the dial |
//! |---|---|---|---|---|
//! | offered | ringing | answered | over, unknown | over, as reported |
//! | ringing | — | answered | over: missed if it rang out, answered if it went on after that and answers are not reported, else unknown | over, as reported |
//! | answered | — | — | over, answered | over, answered |
//! | over, unknown | — | — | — | over, as reported |
//! | over | — | — | — | — |
//!
//! In a call that we started, `Answered` says no more than that the agent is there: the customer's phone may still ring.
//! Only the end tells whether the two talked, and for how long; a `Terminal` alone tells neither.
//!
//! How long was talked, the end says; where it does not, it is the time since the answer.
//!
//! Where phones ring one after the other, the dial of one says that those before it are silent (`Leg::passed_over`).

use std::time::Duration;

use super::offer::Dialling;
use super::report::{DialEnd, DialOutcome, LegEvent};
use super::told::OfferOutcome;
use crate::clock::Timestamp;
use crate::telephony::ContactUri;

/// Exotel counts ringing in whole seconds: what ended less than this before the ring time has rung out.
const ROUNDING: Duration = Duration::from_secs(1);

/// How long after the last `Answered` an account is taken to be one where Exotel reports them: should it stop to, the
/// account goes back to assuming.
pub(super) const LEARNT_FOR: Duration = Duration::from_hours(24);

/// What is known of one destination of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Named in an answer.
    Offered,
    /// Dialled at that moment.
    Ringing(Timestamp),
    /// Talking since that moment.
    Answered(Timestamp),
    /// At its end.
    Over(Outcome),
}

/// How a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not told yet; the end of the dial may tell.
    Unknown,
    /// Someone talked.
    Answered,
    /// It rang out.
    Missed,
    /// Engaged, or declined.
    Declined,
    /// The network could not reach it.
    Failed,
    /// The caller hung up, or another answered first: no miss.
    Cancelled,
}

/// A leg after a report, and how long was talked if that is known only now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) leg: Leg,
    pub(super) talked: Duration,
}

impl Step {
    fn to(leg: Leg) -> Self {
        Self {
            leg,
            talked: Duration::ZERO,
        }
    }

    fn over(outcome: Outcome, talked: Duration) -> Self {
        Self {
            leg: Leg::Over(outcome),
            talked,
        }
    }

    /// Does a conversation become known with it, of a leg that was in that state before? The first word of it counts; in a
    /// call that we started that is the end.
    pub(super) fn is_answer(&self, was: Leg, is_outbound: bool) -> bool {
        match self.leg {
            Leg::Answered(_) => !is_outbound,
            Leg::Over(Outcome::Answered) => is_outbound || !matches!(was, Leg::Answered(_)),
            Leg::Offered | Leg::Ringing(_) | Leg::Over(_) => false,
        }
    }
}

impl Leg {
    /// Can nothing more be learnt of it?
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::Over(outcome) if outcome != Outcome::Unknown)
    }

    /// Is it over, whether one knows how or not?
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Over(_))
    }

    /// Did somebody answer?
    pub(super) fn is_answered(self) -> bool {
        matches!(self, Self::Answered(_) | Self::Over(Outcome::Answered))
    }

    /// What has become of the offer by this step, which was that before; `None` for nothing that is told once and for
    /// all. An answer is told when it is heard of, and its end is then no other. `is_taken`: somebody answered the call.
    pub(super) fn outcome_after(self, was: Self, is_taken: bool) -> Option<OfferOutcome> {
        if self == was || was.is_answered() {
            return None;
        }
        match self {
            Self::Answered(_) | Self::Over(Outcome::Answered) => Some(OfferOutcome::Answered),
            Self::Over(Outcome::Missed) => Some(OfferOutcome::Missed),
            Self::Over(Outcome::Declined) => Some(OfferOutcome::Busy),
            Self::Over(Outcome::Failed) => Some(OfferOutcome::Failed),
            Self::Over(Outcome::Cancelled) if is_taken => Some(OfferOutcome::LostRace),
            Self::Over(Outcome::Cancelled) => Some(OfferOutcome::Cancelled),
            Self::Offered | Self::Ringing(_) | Self::Over(Outcome::Unknown) => None,
        }
    }

    /// What an event of this leg makes of it; `None` when it says nothing new.
    pub(super) fn after(
        self,
        event: LegEvent,
        rang: Option<Duration>,
        dialling: &Dialling,
        now: Timestamp,
    ) -> Option<Step> {
        match (self, event) {
            (Self::Offered, LegEvent::Dial | LegEvent::Ringing) => {
                Some(Step::to(Self::Ringing(now)))
            }
            (Self::Offered | Self::Ringing(_), LegEvent::Answered) => {
                Some(Step::to(Self::Answered(now)))
            }
            (Self::Offered, LegEvent::Terminal) => {
                Some(Step::over(Outcome::Unknown, Duration::ZERO))
            }
            (Self::Ringing(since), LegEvent::Terminal) => Some(rung(since, rang, dialling, now)),
            (Self::Answered(_), LegEvent::Terminal) if dialling.is_outbound => {
                Some(Step::over(Outcome::Unknown, Duration::ZERO))
            }
            (Self::Answered(since), LegEvent::Terminal) => {
                Some(Step::over(Outcome::Answered, now.since(since)))
            }
            (Self::Ringing(_) | Self::Answered(_), LegEvent::Dial | LegEvent::Ringing)
            | (Self::Answered(_), LegEvent::Answered)
            | (Self::Over(_), _) => None,
        }
    }

    /// What becomes of it when a phone behind it is dialled: they ring in turn, so this one rings no more.
    pub(super) fn passed_over(self, dialling: &Dialling, now: Timestamp) -> Option<Step> {
        let outcome = match self {
            Self::Ringing(since) if has_rung_out(now.since(since), dialling) => Outcome::Missed,
            Self::Offered | Self::Ringing(_) => Outcome::Unknown,
            Self::Answered(_) | Self::Over(_) => return None,
        };
        Some(Step::over(outcome, Duration::ZERO))
    }

    /// What the end of the dial makes of the leg at `place` among those of its attempt; `None` when it says nothing new.
    pub(super) fn at_end(self, place: usize, end: &Told, now: Timestamp) -> Option<Step> {
        if self.is_settled() {
            return None;
        }
        if let Self::Answered(since) = self
            && !end.is_outbound
        {
            return Some(Step::over(
                Outcome::Answered,
                end.talked_at(place).unwrap_or_else(|| now.since(since)),
            ));
        }
        let outcome = end.outcome_of(place);
        if self == Self::Over(outcome) {
            return None;
        }
        let talked = match outcome {
            Outcome::Answered => end.talked,
            Outcome::Unknown
            | Outcome::Missed
            | Outcome::Declined
            | Outcome::Failed
            | Outcome::Cancelled => Duration::ZERO,
        };
        Some(Step::over(outcome, talked))
    }
}

/// A phone that rang and is silent now. Whether somebody answered is reported only where Exotel has enabled it; else a
/// leg that lived on after its ring time was answered. In a call that we started that is no conversation yet.
fn rung(since: Timestamp, rang: Option<Duration>, dialling: &Dialling, now: Timestamp) -> Step {
    let lasted = now.since(since);
    let is_beyond = lasted > dialling.ring.saturating_add(dialling.margin);
    if is_beyond && !dialling.reports_answers && !dialling.is_outbound {
        let rang = rang.unwrap_or(dialling.ring);
        return Step::over(Outcome::Answered, lasted.saturating_sub(rang));
    }
    // Beyond the ring time, either the report is late or an `Answered` was lost: no reason to count a miss.
    let is_missed = match rang {
        Some(rang) => has_rung_out(rang, dialling),
        None => has_rung_out(lasted, dialling) && !is_beyond,
    };
    let outcome = if is_missed {
        Outcome::Missed
    } else {
        Outcome::Unknown
    };
    Step::over(outcome, Duration::ZERO)
}

fn has_rung_out(rang: Duration, dialling: &Dialling) -> bool {
    rang.saturating_add(ROUNDING) >= dialling.ring
}

/// The end of a dial, applied to one attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    outcome: DialOutcome,
    /// The place of the leg that it is about.
    who: Option<usize>,
    /// Did the legs ring one after the other? Then those before have rung out.
    in_turn: bool,
    /// Is it the end of a call that we started? Then it alone tells whether anybody talked.
    is_outbound: bool,
    talked: Duration,
}

impl Told {
    /// What `end` says of an attempt with these destinations.
    pub(super) fn of(
        end: &DialEnd,
        destinations: &[&ContactUri],
        in_turn: bool,
        is_outbound: bool,
    ) -> Self {
        let place = |uri: &ContactUri| destinations.iter().position(|one| *one == uri);
        let talker = end
            .talks
            .iter()
            .find(|(_, talked)| *talked > Duration::ZERO);
        let who = end
            .who
            .as_ref()
            .and_then(place)
            .or_else(|| talker.and_then(|(uri, _)| place(uri)));
        // A stranger who is named is somebody else: a fixed number of an answer that the store knows nothing of.
        let who = match (destinations, &end.who) {
            ([_only], None) => Some(0),
            _ => who,
        };
        Self {
            outcome: end.outcome,
            who,
            in_turn,
            is_outbound,
            talked: talker.map_or(Duration::ZERO, |(_, talked)| *talked),
        }
    }

    /// How long the leg at this place talked, if the end says so: it may come late.
    fn talked_at(&self, place: usize) -> Option<Duration> {
        (self.who == Some(place) && !self.talked.is_zero()).then_some(self.talked)
    }

    fn outcome_of(&self, place: usize) -> Outcome {
        let about = match self.outcome {
            DialOutcome::Unknown => return Outcome::Unknown,
            DialOutcome::Cancelled => return Outcome::Cancelled,
            DialOutcome::NoAnswer => return Outcome::Missed,
            DialOutcome::Answered => Outcome::Answered,
            DialOutcome::Declined => Outcome::Declined,
            DialOutcome::Failed => Outcome::Failed,
        };
        match self.who {
            None => Outcome::Unknown,
            Some(who) if who == place => about,
            Some(who) if self.in_turn && place < who => Outcome::Missed,
            Some(_) => Outcome::Cancelled,
        }
    }
}
