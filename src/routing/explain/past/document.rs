//! What is told of a call that is over, in the names that programs read. Fields may be added; none changes or goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::presence::Strategy;
use crate::routing::explain::document::{AgentStep, Reason};
use crate::routing::log::entry::{PathStep, Side, TargetFate};

/// Whom a call rang, why, and what came of it. As text it is written with [`Display`](std::fmt::Display).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PastExplanation {
    /// The whole call in one sentence.
    pub summary: String,
    /// The tenant.
    pub account: String,
    /// The call.
    pub call: String,
    /// Who called, as it was written down; left out for a hidden number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// What was called, alike.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dialed: String,
    /// The zone of all times.
    pub time_zone: String,
    /// What is not known, or was assumed, in sentences.
    pub notes: Vec<String>,
    /// Each new answer that the call got, in order; one that rings nobody is no attempt, but has the number of the next.
    pub attempts: Vec<AttemptTold>,
    /// What happened before the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<EventTold>,
}

/// An answer that was given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptTold {
    /// Which attempt, from 1; 0 where the store did not say.
    pub number: u8,
    /// When, RFC 3339.
    pub at: String,
    /// All of it in one sentence.
    pub sentence: String,
    /// In the word that the log has.
    pub outcome: String,
    /// Why nobody was rung, in the log's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How long the call had waited by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// Was it the call's last answer?
    pub last: bool,
    /// The rule that took the call.
    pub rule: Option<Arc<str>>,
    /// The version of its rules.
    pub rules_version: Option<Arc<str>>,
    /// Are these the rules that are in force now?
    pub rules_in_force: bool,
    /// The rules that were asked, the last one took the call; of very many the last ones.
    pub rules: Vec<PathStep>,
    /// How many were asked.
    pub rules_asked: usize,
    /// The side of the rule's split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Side>,
    /// Was it the agent of the caller's last call? Left out where that was no question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// Where somebody was looked for, in order.
    pub targets: Vec<TargetTold>,
    /// Whom it rang, in order.
    pub rings: Vec<RingTold>,
    /// The agents of these queues of whom it is not known what they were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// What was heard of it.
    pub events: Vec<EventTold>,
}

/// A place where somebody was looked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetTold {
    /// The queue; left out for fixed numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
    /// The order of its agents, by the queue of that name today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The fixed numbers, masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// Was it open?
    pub open: bool,
    /// Did somebody ring through it?
    pub used: bool,
    /// In words.
    pub why: String,
    /// What became of it, by the word of the choice; left out where that was not written down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<TargetFate>,
    /// The agents of the queue who were not rung, counted by why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<BTreeMap<Reason, usize>>,
    /// Its agents, as the choice found them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentStep>,
}

/// A phone that was to ring.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RingTold {
    /// Whose; left out for a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The agent's name, if there still is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where, masked.
    pub contact_uri: String,
    /// The queue through which the agent was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
    /// The target, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<usize>,
    /// What became of it, as far as anything was heard.
    pub became: Became,
    /// How long was talked, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talked_s: Option<u64>,
}

/// What became of a phone that was to ring; of several things that were heard, the one that says most is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// Nothing was heard.
    #[default]
    Unknown,
    /// Exotel began to dial.
    Dialled,
    /// It rang.
    Rang,
    /// It was over, however.
    Ended,
    /// This phone or another one of the answer was answered; it was not said which.
    MaybeAnswered,
    /// Another phone of the answer was answered.
    AnsweredElsewhere,
    /// The caller hung up.
    Cancelled,
    /// It rang out.
    NoAnswer,
    /// It was engaged, or declined.
    Declined,
    /// The network could not reach it.
    Failed,
    /// Somebody talked.
    Answered,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventTold {
    /// When, RFC 3339.
    pub at: String,
    /// What: the log's word, or `told` for what the next fetch said of the dial.
    pub event: String,
    /// Whom it is about: an agent where that is clear, else the number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// In words.
    pub words: String,
}
