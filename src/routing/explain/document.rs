//! What an explanation says, in the names that programs read. Fields may be added; none changes or goes.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::presence::Strategy;
use crate::telephony::{AgentId, CallSid, ContactUri, DurationText, PhoneNumber};

/// Whom a call would ring, and why. As text it is written with [`Display`](std::fmt::Display).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// All of it in one sentence.
    pub summary: String,
    /// The word that the log has for such a decision: `offered`, `nobody`, `fallback-no-rule`, `fallback-no-rules`.
    pub outcome: &'static str,
    /// The tenant.
    pub account: String,
    /// The version of its rules.
    pub rules_version: Option<Arc<str>>,
    /// The moment that the rules were asked about, RFC 3339.
    #[schema(format = DateTime)]
    pub at: String,
    /// The moment at which the agents were seen, by the store's clock, RFC 3339.
    #[schema(format = DateTime)]
    pub presence_at: String,
    /// The zone of all times.
    pub time_zone: String,
    /// The call that was asked about.
    pub call: CallStep,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
    /// Each rule up to the one that takes the call.
    pub rules: Vec<RuleStep>,
    /// How many rules stand behind that one and were not looked at.
    pub rules_left: usize,
    /// The rule that takes the call.
    pub rule: Option<Arc<str>>,
    /// On which side of that rule's split the call falls.
    pub split: Option<SplitStep>,
    /// Who answered the caller last; `None` for a rule that doesn't ask.
    pub sticky: Option<StickyStep>,
    /// Which attempt, and what came before it.
    pub attempt: AttemptStep,
    /// How phones ring.
    pub ring: RingStep,
    /// The rule's targets, in order.
    pub targets: Vec<TargetStep>,
    /// Whom the answer rings, in order.
    pub rings: Vec<RingsStep>,
    /// What Exotel would get.
    pub answer: AnswerStep,
    /// The moment in words.
    #[serde(skip)]
    pub(super) moment: String,
}

/// The call that was asked about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallStep {
    /// Who calls.
    pub from: Option<PhoneNumber>,
    /// The number that is called.
    pub to: Option<PhoneNumber>,
    /// Exotel's word for the direction.
    pub direction: Option<String>,
    /// What was keyed.
    pub digits: Option<String>,
    /// The text of a call begun by the API.
    pub custom_field: Option<String>,
    /// The call's identity, if one was given.
    pub call_sid: Option<CallSid>,
}

/// A rule that was asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleStep {
    /// Its name.
    pub name: Arc<str>,
    /// Does it take the call?
    pub takes: bool,
    /// The key of the first condition that does not hold.
    pub condition: Option<&'static str>,
    /// In words.
    pub why: String,
}

/// A side of a split.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SplitStep {
    /// Which, from 1.
    pub side: usize,
    /// Of how many.
    pub sides: usize,
    /// How many of a hundred calls fall on it.
    pub share: u8,
    /// In words.
    pub why: String,
}

/// Who answered the caller last, and what the rule makes of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StickyStep {
    /// The agent; `None` when nobody is remembered, or not for that long.
    pub agent: Option<AgentId>,
    /// When the agent answered, RFC 3339.
    #[schema(format = DateTime)]
    pub answered: Option<String>,
    /// Does the agent come first in this answer because of it?
    pub first: bool,
    /// May the call go to nobody else at this attempt?
    pub alone: bool,
    /// In words.
    pub why: String,
}

/// An attempt and those before it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptStep {
    /// Which, from 1.
    pub number: u8,
    /// How many answers the rule gives a call.
    pub most: u8,
    /// How long the call has waited by then.
    #[schema(value_type = DurationText)]
    pub waiting: String,
    /// Why there is no answer to it any more.
    pub ended: Option<String>,
    /// Those before it.
    pub earlier: Vec<EarlierStep>,
}

/// An answer before the one that is asked about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EarlierStep {
    /// Which attempt, from 1; one that rang nobody has the number of the next.
    pub number: u8,
    /// How long the call had waited by then.
    #[schema(value_type = DurationText)]
    pub waiting: String,
    /// Whom it rang: agents by id, else numbers.
    pub rings: Vec<String>,
}

/// How phones ring.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RingStep {
    /// The most destinations of an answer.
    pub agents: u8,
    /// How many ring together at this attempt.
    pub at_once: u8,
    /// How long each rings.
    #[serde(rename = "for")]
    #[schema(value_type = DurationText)]
    pub lasting: String,
}

/// A target of the rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetStep {
    /// The queue; `None` for fixed numbers.
    pub queue: Option<String>,
    /// The order of its agents.
    pub strategy: Option<Strategy>,
    /// The fixed numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<ContactUri>,
    /// Is it open to this attempt?
    pub open: bool,
    /// Does somebody ring through it?
    pub used: bool,
    /// In words.
    pub why: String,
    /// The agents of the queue, and those who miss it by a skill.
    pub agents: Vec<AgentStep>,
}

/// An agent of a queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgentStep {
    /// The agent.
    pub id: AgentId,
    /// The name that people read.
    pub name: String,
    /// The place in the answer, from 1; `None` when the agent does not ring through this target.
    pub rings: Option<usize>,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, in words.
    pub why: String,
}

/// Why an agent is chosen or not, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Rings.
    Chosen,
    /// Rings, but through another target.
    ChosenElsewhere,
    /// Ready, but the answer has as many as it takes.
    Enough,
    /// Ready, but the caller goes back to the agent of the last call alone.
    Kept,
    /// Ready, but the target is not open.
    TargetClosed,
    /// Ready, but the call gets no further answer.
    CallEnded,
    /// Ready, but the queue has all the calls that it may have, or keeps its last places for calls that have waited longer.
    QueueFull,
    /// Ready since a moment ago, and kept for a call that has waited longer.
    HeldBack,
    /// Ready as far as it is known, and not rung: why was not written down.
    Unclear,
    /// An earlier attempt rang the agent, and another is ready.
    Tried,
    /// Named in an answer to another call.
    Reserved,
    /// The phone rings for another call.
    Ringing,
    /// Talks.
    InCall,
    /// Has work to do after a call.
    WrapUp,
    /// Is left alone after a call that was not taken.
    BackOff,
    /// Available, but the heartbeat has lapsed.
    Stale,
    /// Available, but the heartbeat had lapsed by the rules of then; the next one ends it.
    LeftOut,
    /// On a break.
    OnBreak,
    /// Offline.
    Offline,
    /// In a group of the queue, without a skill that it asks for.
    MissesSkill,
}

/// A destination of the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RingsStep {
    /// The agent; `None` for a fixed number.
    pub agent: Option<AgentId>,
    /// The agent's name.
    pub name: Option<String>,
    /// Where it rings.
    pub contact_uri: ContactUri,
    /// The target, from 1; `None` for the fallback.
    pub target: Option<usize>,
}

/// What Exotel would get.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnswerStep {
    /// The HTTP status.
    pub status: u16,
    /// The body, with the values in the query of an event URL hidden: one is the account's key.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Box<RawValue>>,
    /// Does it end the call's attempts?
    pub last: bool,
}
