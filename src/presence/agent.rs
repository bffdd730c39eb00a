//! An agent: the profile that administration writes, the status that the person chose, the state that the system sees.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid, ContactUri};

/// What administration says of an agent. Replacing it never disturbs a call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentProfile {
    /// The agent's identity within the account.
    pub id: AgentId,
    /// The name that people read.
    pub name: String,
    /// Where the agent can be rung, the preferred one first; never empty.
    pub destinations: Vec<ContactUri>,
    /// The groups the agent belongs to.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Skills with their levels, 1 to 10.
    #[serde(default)]
    pub skills: BTreeMap<String, u8>,
    /// The place in a `top_down` queue, 1 first; without one, behind all that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u16>,
    /// The share of a `weighted` queue's calls, relative to the others' weights: 1 to 100, usually 1.
    #[serde(default = "one")]
    pub weight: u8,
}

fn one() -> u8 {
    1
}

impl AgentProfile {
    /// The place in a `top_down` queue as a number to sort by.
    pub fn rank(&self) -> u16 {
        self.position.unwrap_or(u16::MAX)
    }
}

/// What the person chose.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Takes calls.
    Available,
    /// Away for a while, with a reason.
    OnBreak,
    /// Gone.
    Offline,
}

impl Status {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::OnBreak => "on_break",
            Self::Offline => "offline",
        }
    }

    /// Reads the word back; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Available, Self::OnBreak, Self::Offline]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// A change of status, as the person (or their application) asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Takes calls from now on.
    Available,
    /// On a break, for a time if one is given; it then ends by itself.
    OnBreak {
        /// Why, in the person's words.
        reason: Option<String>,
        /// How long; `None` is until further notice.
        lasting: Option<Duration>,
    },
    /// Gone.
    Offline,
}

impl Presence {
    /// The status that this asks for.
    pub fn status(&self) -> Status {
        match self {
            Self::Available => Status::Available,
            Self::OnBreak { .. } => Status::OnBreak,
            Self::Offline => Status::Offline,
        }
    }
}

/// An override: who set a status for somebody else, and when. Setting the same status once more is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    /// A name for people, of 1 to 64 characters.
    pub by: String,
    /// By the store's clock.
    pub at: Timestamp,
}

/// What the system sees. Every state but `Idle` ends by itself, at `until`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Nothing holds the agent.
    Idle,
    /// Named in an answer; Exotel is about to dial.
    Reserved,
    /// The phone rings.
    Ringing,
    /// Talking.
    InCall,
    /// The work after a call.
    WrapUp,
    /// A pause after a call that was not taken.
    BackOff,
}

impl AgentState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Reserved,
        Self::Ringing,
        Self::InCall,
        Self::WrapUp,
        Self::BackOff,
    ];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Reserved => "reserved",
            Self::Ringing => "ringing",
            Self::InCall => "in_call",
            Self::WrapUp => "wrap_up",
            Self::BackOff => "back_off",
        }
    }

    /// Reads the word back; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// May the agent end this state without an administrator? Wrap-up and back-off are the agent's own time.
    pub fn is_agents_own(self) -> bool {
        match self {
            Self::WrapUp | Self::BackOff => true,
            Self::Idle | Self::Reserved | Self::Ringing | Self::InCall => false,
        }
    }
}

/// An agent as seen at one moment of the store's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// What administration says.
    pub profile: AgentProfile,
    /// What the person chose, with a timed break that has passed already ended.
    pub status: Status,
    /// Why the person is on a break.
    pub reason: Option<String>,
    /// Since when the status holds.
    pub status_since: Timestamp,
    /// Who set it over the person's head; `None` when it is the person's own choice, or came about by itself.
    pub status_set: Option<StatusSet>,
    /// When a timed break ends.
    pub break_until: Option<Timestamp>,
    /// Available, but the heartbeat has lapsed.
    pub stale: bool,
    /// When the last heartbeat came.
    pub seen_at: Option<Timestamp>,
    /// What the system sees.
    pub state: AgentState,
    /// Since when the state holds; `None` for idle, which has [`Self::idle_since`].
    pub state_since: Option<Timestamp>,
    /// In a call as far as one can tell: nobody said that the call was answered, and it has rung too long.
    pub assumed: bool,
    /// When the state ends by itself; `None` only for idle.
    pub until: Option<Timestamp>,
    /// The call that holds the agent.
    pub call: Option<CallSid>,
    /// Since when the agent has been idle; `None` unless idle.
    pub idle_since: Option<Timestamp>,
    /// Offers of the account's day so far.
    pub offered_today: u32,
    /// Calls answered on the account's day so far.
    pub answered_today: u32,
    /// Calls missed on the account's day so far.
    pub missed_today: u32,
    /// How long the agent has talked on the account's day so far, in calls that are over.
    pub talked_today: Duration,
    /// Misses in a row.
    pub misses: u8,
    /// The moment of this view, by the store's clock.
    pub at: Timestamp,
}

impl Agent {
    /// May be offered to a call now: available, not stale, idle.
    pub fn is_ready(&self) -> bool {
        self.status == Status::Available && !self.stale && self.state == AgentState::Idle
    }
}
