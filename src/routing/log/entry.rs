//! What an entry of the log says, in the names that programs read. Fields may be added; none changes or goes without a new
//! number in [`VERSION`]. What is empty, or was no question, is left out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod target;

pub use target::{TargetEntry, TargetFate};

/// The form of entries that are written now, as their `v` says it.
pub const VERSION: u8 = 1;

/// An entry of the log or of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LogEntry {
    /// A fetch of the connect URL got a new answer.
    Decision(Box<DecisionEntry>),
    /// A fetch that was equal to one before got its answer again.
    Replay(ReplayEntry),
    /// Somebody wanted a call to be started.
    Click(ClickEntry),
    /// Exotel reported of a call; such an entry stands with the call only.
    Report(ReportEntry),
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A new answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DecisionEntry {
    /// [`VERSION`]
    #[schema(required, examples(1))]
    pub v: u8,
    /// When it was decided: by the store's clock, or this process's where the store did not answer. RFC 3339, in the zone of
    /// the account.
    #[schema(required, format = DateTime)]
    pub at: String,
    /// The call; empty where the request named none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// Who called, masked as in log lines, or in full where the operator wants it; empty for a hidden number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// What was called, alike.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dialed: String,
    /// Exotel's word for the direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// What was keyed, also at a later fetch; what could be a number is masked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digits: String,
    /// The text of a call begun by the API, alike.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub custom_field: String,
    /// The rule that took the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Arc<str>>,
    /// The version of its rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_version: Option<Arc<str>>,
    /// The rules that were asked before it, and itself; of very many the last ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep>,
    /// How many rules were asked.
    pub rules_asked: usize,
    /// The side of the rule's split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Side>,
    /// Where somebody was looked for, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetEntry>,
    /// Whom the answer rings, in order.
    #[schema(required)]
    pub rings: Vec<RingEntry>,
    /// Where the rule asks for the agent of the caller's last answered call and there is one: was it that agent?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// In the word that log lines have.
    #[schema(required)]
    pub outcome: String,
    /// Why nobody is rung: `rule`, `nobody_ready`, `cap`, `waiting`, `attempts` or `fallback`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Which attempt of the call this is; 0 where the store did not say.
    pub attempt: u8,
    /// Is it the call's last answer?
    pub last: bool,
    /// How long the call had waited since its first fetch, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// How the dial before ended, where the fetch tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<ToldEntry>,
    /// The applet's: `ccm` or `generic`.
    pub dialect: String,
    /// The status of the answer.
    pub status: u16,
    /// Finding the rule, µs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_us: Option<u64>,
    /// Waiting for the store, µs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_us: Option<u64>,
    /// From the request's arrival to the answer, µs.
    pub took_us: u64,
}

/// A rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PathStep {
    /// Its name.
    pub rule: Arc<str>,
    /// The first of its conditions that did not hold; `None` for the one that took the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// In words.
    pub why: String,
}

/// A side of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Side {
    /// Which, from 1.
    pub side: usize,
    /// Of how many.
    pub sides: usize,
    /// How many of a hundred calls fall on it.
    pub share: u8,
}

/// A destination of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct RingEntry {
    /// Whose phone; `None` for a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Where it rings, masked.
    pub contact_uri: String,
    /// The queue through which the agent was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
}

/// How the dial before ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ToldEntry {
    /// In a word: `answered`, `no_answer`, `declined`, `failed`, `cancelled`, `unknown`.
    #[schema(required)]
    pub outcome: String,
    /// Whom it is about, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The legs of the dial, if the fetch tells of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegEntry>,
}

/// An answer that was given again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ReplayEntry {
    /// [`VERSION`]
    #[schema(required, examples(1))]
    pub v: u8,
    /// When, by the store's clock.
    #[schema(required, format = DateTime)]
    pub at: String,
    /// The call.
    pub call: String,
    /// Who called, as in a [`DecisionEntry`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// The rule of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Arc<str>>,
    /// `replayed`.
    #[schema(required)]
    pub outcome: String,
    /// The attempt whose answer it is.
    pub attempt: u8,
    /// From the request's arrival to the answer, µs.
    pub took_us: u64,
}

/// A call that somebody wanted to be started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ClickEntry {
    /// [`VERSION`]
    #[schema(required, examples(1))]
    pub v: u8,
    /// When, by this process's clock.
    #[schema(required, format = DateTime)]
    pub at: String,
    /// Our name of the call, if there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// Exotel's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_at_exotel: Option<String>,
    /// The customer, masked.
    pub to: String,
    /// The queue whose agents were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The agent who was rung, or was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// `started` or `not_started`.
    #[schema(required)]
    pub outcome: String,
    /// Why there is no call: the code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A report of Exotel's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ReportEntry {
    /// [`VERSION`]
    #[schema(required, examples(1))]
    pub v: u8,
    /// When it came, by this process's clock.
    #[schema(required, format = DateTime)]
    pub at: String,
    /// What it is: `dial`, `ringing`, `answered`, `terminal` of one leg, `end` of a dial, `callback` of a call that we started.
    pub event: String,
    /// Whom it is about, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Whose phone that is, as far as the store knows; left out for a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The attempt in which it rang, or that has ended, alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u8>,
    /// How the leg or the dial ended, or Exotel's status of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How long it rang, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rang_s: Option<u64>,
    /// How long was talked, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talked_s: Option<u64>,
    /// The legs of a dial, in the order in which they were tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegEntry>,
    /// Did it say something new? `None` when the store could not be asked, and it is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub news: Option<bool>,
}

/// A leg of a dial that is over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct LegEntry {
    /// Whose phone it is, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The agent whose phone it is, as far as the store knows; left out for a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The attempt in which it rang, alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u8>,
    /// How it ended.
    #[schema(required)]
    pub outcome: String,
    /// How long was talked, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talked_s: Option<u64>,
}
