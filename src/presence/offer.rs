//! The offer: one atomic step that replays a duplicate or chooses agents, reserves them and remembers the answer.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use super::queue::{QueueDefinition, QueueId};
use super::report::DialNews;
use super::sticky::Customer;
use super::told::{Looked, OfferEnd, WhyNobody};
use super::waiting::QueueTerms;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri};

/// One fetch of one call, with the plan that the rules made for it.
#[derive(Clone, Debug)]
pub struct OfferRequest {
    /// The tenant.
    pub account: AccountName,
    /// The call.
    pub call: CallSid,
    /// What this fetch reports of earlier dialling, as a fingerprint: an equal one is a duplicate for a while.
    pub progress: String,
    /// What the rules read from this fetch and Exotel sends only once.
    pub facts: Facts,
    /// Where to look for somebody, in order.
    pub targets: Arc<[OfferTarget]>,
    /// How the answer will be dialled.
    pub dialling: Dialling,
    /// Everything else of the answer, kept with the call so that a replay gives the same bytes. Opaque here.
    pub template: Arc<str>,
    /// How old a heartbeat may be; `None` asks for none.
    pub heartbeat: Option<Duration>,
    /// Offset of the account's time zone from UTC now, in seconds: when its day begins.
    pub utc_offset_seconds: i32,
    /// What this fetch says of the dial of the last attempt.
    pub told: DialNews,
    /// Who calls, if the account's rules ask who answered them last.
    pub customer: Option<Customer>,
    /// For `random` queues: the same seed and the same agents give the same choice. Below 2³¹ − 1.
    pub seed: u32,
}

/// What Exotel tells only at a call's first fetch. Later fetches are decided with what the first one said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What the caller keyed; empty for nothing.
    pub digits: String,
    /// The custom field of a call begun by the API; empty for none.
    pub custom_field: String,
}

impl Facts {
    /// These facts, with what they lack taken from `earlier`.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        let pick = |mine: String, theirs: String| if mine.is_empty() { theirs } else { mine };
        Self {
            digits: pick(self.digits, earlier.digits),
            custom_field: pick(self.custom_field, earlier.custom_field),
        }
    }
}

/// A place to look for somebody, and from when on.
#[derive(Clone, Debug)]
pub struct OfferTarget {
    /// The place.
    pub whom: Whom,
    /// From when on.
    pub opens: Opens,
    /// What becomes of an agent of it when the call is over.
    pub handling: Handling,
    /// What holds for the calls of a queue together; `None` for numbers, and for a queue without a name: nobody is listed
    /// as waiting in it.
    pub terms: Option<Arc<QueueTerms>>,
}

/// What becomes of an agent when a call is over for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// How long the agent is left alone after talking.
    pub wrap_up: Duration,
    /// So many misses in a row put the agent on a break, with the reason `missed_calls`.
    pub most_missed: Option<NonZeroU8>,
    /// How long the agent is left alone after a miss.
    pub no_answer_delay: Duration,
    /// How long the agent is left alone after being engaged or declining.
    pub busy_delay: Duration,
}

/// A place to look for somebody.
#[derive(Clone, Debug)]
pub enum Whom {
    /// The ready agents of a queue.
    Queue(Arc<QueueDefinition>),
    /// One agent, if ready: for calls that we start.
    Agent(AgentId),
    /// Fixed numbers, taken when the targets before yielded nobody. Nobody is reserved for them.
    Numbers(Vec<ContactUri>),
}

/// When a target opens: at once, or as soon as either of what is named has been reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opens {
    /// After this many attempts of the call.
    pub attempts: Option<NonZeroU8>,
    /// When the call has waited this long since its first fetch.
    pub waiting: Option<Duration>,
}

impl OfferTarget {
    /// A queue that is open from the first attempt on.
    pub fn queue(queue: Arc<QueueDefinition>) -> Self {
        Self {
            whom: Whom::Queue(queue),
            opens: Opens::default(),
            handling: Handling::default(),
            terms: None,
        }
    }

    /// This agent and nobody else.
    pub fn agent(agent: AgentId) -> Self {
        Self {
            whom: Whom::Agent(agent),
            opens: Opens::default(),
            handling: Handling::default(),
            terms: None,
        }
    }

    /// Numbers that are open from the first attempt on.
    pub fn numbers(numbers: Vec<ContactUri>) -> Self {
        Self {
            whom: Whom::Numbers(numbers),
            opens: Opens::default(),
            handling: Handling::default(),
            terms: None,
        }
    }
}

impl Opens {
    /// Is it open for a call with so many attempts behind it that has waited this long?
    pub fn is_open(self, attempts_made: usize, waited: Duration) -> bool {
        if self == Self::default() {
            return true;
        }
        self.attempts
            .is_some_and(|attempts| attempts_made >= usize::from(attempts.get()))
            || self.waiting.is_some_and(|waiting| waited >= waiting)
    }
}

/// How Exotel will dial an answer; the lease of the reserved agents follows from it.
#[derive(Clone, Debug)]
pub struct Dialling {
    /// The most destinations of an answer.
    pub agents: NonZeroU8,
    /// How many ring together, by attempt; the last entry repeats; empty is one after the other.
    pub at_once: Vec<NonZeroU8>,
    /// How long each destination rings.
    pub ring: Duration,
    /// Time for the network around each round of ringing: setting up, and the report of the end.
    pub margin: Duration,
    /// The longest conversation, after which a call that nothing was heard of is over.
    pub conversation: Duration,
    /// Does Exotel report who answered? If not, a leg that lives on after its ring time is taken as answered.
    pub reports_answers: bool,
    /// Is it a call that we start? Its reports come another way, and say nothing of whether answers to other calls are
    /// reported; nor does what was learnt of those hold for it.
    pub is_outbound: bool,
    /// The most answers of one call.
    pub attempts: NonZeroU8,
}

impl Dialling {
    /// From the answer on, until a call that nothing was heard of is taken as over.
    pub fn longest_call(&self) -> Duration {
        self.conversation.saturating_add(self.margin)
    }

    /// How many ring together at this attempt, counted from 1.
    pub fn at_once(&self, attempt: u8) -> u8 {
        let index = usize::from(attempt).saturating_sub(1);
        self.at_once
            .get(index)
            .or(self.at_once.last())
            .map_or(1, |together| together.get())
    }

    /// How long agents are reserved when `destinations` are dialled at this attempt: one ring and one margin a round.
    pub fn lease(&self, attempt: u8, destinations: usize) -> Duration {
        (self.ring.saturating_add(self.margin)).saturating_mul(self.rounds(attempt, destinations))
    }

    /// How long phones ring when `destinations` are dialled at this attempt and nobody answers.
    pub fn ringing(&self, attempt: u8, destinations: usize) -> Duration {
        self.ring.saturating_mul(self.rounds(attempt, destinations))
    }

    fn rounds(&self, attempt: u8, destinations: usize) -> u32 {
        let rounds = destinations.div_ceil(usize::from(self.at_once(attempt)));
        u32::try_from(rounds).unwrap_or(u32::MAX)
    }
}

/// What the step answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferReply {
    /// Decided, now or by an earlier equal fetch.
    Offer(Offer),
    /// Nothing was done: the call's first fetch told facts that this one lacks. Plan again with them.
    Recall(Facts),
    /// Nobody was reserved: these queues might hold somebody, and have no complete index (a new definition, an emptied
    /// store). Whom a finished attempt of the call still held is free all the same.
    Unindexed(Vec<QueueId>),
}

/// Who is to be dialled for one attempt of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// When the store answered.
    pub at: Timestamp,
    /// How long the call had waited since its first fetch; `None` in a replay.
    pub waited: Option<Duration>,
    /// Which attempt of the call this is, from 1.
    pub attempt: u8,
    /// No further attempt will be answered with anybody.
    pub last: bool,
    /// The template of the fetch that was decided: this fetch's own unless replayed.
    pub template: Arc<str>,
    /// An equal fetch was answered before; this is its answer.
    pub replayed: bool,
    /// Whom to dial, in order.
    pub destinations: Vec<Offered>,
    /// Why that is nobody; `None` when there is somebody, and in a replay.
    pub nobody: Option<WhyNobody>,
    /// Whether the caller got the agent of their last answered call; `None` without such an agent, or where the rule does
    /// not ask, and in a replay.
    pub went_back: Option<bool>,
    /// What the search met besides; nothing in a replay.
    pub looked: Looked,
    /// What this fetch told of offers of attempts before.
    pub ends: Vec<OfferEnd>,
}

/// One destination of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Where to ring.
    pub uri: ContactUri,
    /// The agent who was reserved; `None` for a fixed number.
    pub agent: Option<AgentId>,
    /// What people call the queue through which the agent was found, if it has a name.
    pub queue: Option<Arc<str>>,
}
