//! What a step of the store learnt, besides what it changed: enough to count what becomes of offers, and to tell why somebody
//! was not found.
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

/// What a search met in the targets, as far as it isn't seen from whom it found. Of a target that is open and not named
/// here, either somebody was found through it and nobody passed over, or the answer was full before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// No target was looked at: the call may go to nobody but the agent of the customer's last answered call.
    pub for_last_agent_only: bool,
    /// Those of which there is something to tell, in order.
    pub at: Vec<LookedAt>,
}

/// What a search met in one queue. Without a place and with nobody passed over: nobody was ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// The target, from 1.
    pub target: usize,
    /// Did the queue have no place for the call? Then nobody was looked at.
    pub is_full: bool,
    /// So many who were ready were kept for calls that have waited longer.
    pub held_back: usize,
    /// So many who were ready had been offered to the call before.
    pub tried: usize,
    /// So many would have been ready, but for a heartbeat that had lapsed.
    pub stale: usize,
}

impl LookedAt {
    /// Is there nothing to tell of it, if somebody was found?
    pub(super) fn is_plain(&self) -> bool {
        !self.is_full && self.held_back == 0 && self.tried == 0 && self.stale == 0
    }
}
