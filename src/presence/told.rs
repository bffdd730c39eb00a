//! What a step of the store learnt, besides what it changed: enough to count what becomes of offers.
//!
//! Pure, and the same for both stores; the Redis twin is `ends_of` in `redis/machine.lua`. Each end is told by the one step
//! that learnt it, so whoever counts what is told counts each once, however often Exotel reports it and however many
//! instances listen.

use std::time::Duration;

use crate::telephony::AgentId;

/// What a report came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Did it say something new of a call that is known?
    pub is_news: bool,
    /// What became of agents' offers by it.
    pub ends: Vec<OfferEnd>,
    /// The ring that it is about, if that is known, also where it says nothing new.
    pub about: Option<HeardOf>,
    /// Those of the destinations of whose talk it tells, in its order.
    pub talks: Vec<Option<HeardOf>>,
}

/// A ring of which something is heard: what looks alike in a log is told apart by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardOf {
    /// In which attempt of the call, from 1.
    pub attempt: u8,
    /// Whose phone; `None` for a fixed number, or when the report says nothing of whom.
    pub agent: Option<AgentId>,
}

/// What became of one agent's offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfferEnd {
    /// In a word.
    pub outcome: OfferOutcome,
    /// From the offer to the answer, where somebody answered and it is known when.
    pub answered_after: Option<Duration>,
}

/// What can become of an offer. One of which nobody ever tells becomes none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfferOutcome {
    /// Someone talked, or is talking.
    Answered,
    /// It rang out.
    Missed,
    /// Engaged, or declined.
    Busy,
    /// The network could not reach it.
    Failed,
    /// Another phone of the call was quicker.
    LostRace,
    /// The caller hung up.
    Cancelled,
}

impl OfferOutcome {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Answered,
        Self::Missed,
        Self::Busy,
        Self::Failed,
        Self::LostRace,
        Self::Cancelled,
    ];

    /// A short stable word for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Missed => "missed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::LostRace => "lost_race",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why an offer names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNobody {
    /// There is nowhere to look.
    NoTargets,
    /// The call has had all its attempts.
    Attempts,
    /// A queue has all the calls that it may have.
    Cap,
    /// A target is not open yet, the call waits for the agent who answered it last, or who is ready is kept for a call that
    /// has waited longer.
    Waiting,
    /// Nobody who could be offered is ready.
    NobodyReady,
}
