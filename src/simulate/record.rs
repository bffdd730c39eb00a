//! What is noted of a run: each call, each agent, and what must not have happened.

use std::sync::Arc;
use std::time::Duration;

use super::exchange::VoiceOutcome;
use super::judge::Breach;
use crate::clock::Timestamp;
use crate::presence::AgentProfile;

/// What is noted of a run.
#[derive(Clone, Debug)]
pub struct Record {
    /// The kinds of calls by their places in the scenario.
    pub kinds: Vec<Arc<str>>,
    /// The calls that ended, in the order of their ends.
    pub calls: Vec<CallRecord>,
    /// The kinds of clicks by their places in the scenario.
    pub click_kinds: Vec<Arc<str>>,
    /// The calls that agents and applications asked for, in the order of their ends.
    pub clicks: Vec<ClickRecord>,
    /// The agents, crew after crew.
    pub agents: Vec<AgentRecord>,
    /// Phones that were dialled while they were in another call, which the service could not know: for want of reports.
    pub engaged: u64,
    /// Fetches that were sent twice at once, and both answered.
    pub equal_fetches: u64,
    /// The most that anything happened after its time, for a service in real time that keeps people waiting.
    pub behind: Duration,
    /// The first of what must not have happened.
    pub breaches: Vec<Breach>,
    /// All of it.
    pub breach_count: u64,
    /// When the last call ended.
    pub end: Timestamp,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The place of its kind.
    pub kind: usize,
    /// When it came.
    pub arrived: Timestamp,
    /// How it ended.
    pub outcome: CallOutcome,
    /// From its arrival until it was answered or was over.
    pub waited: Duration,
    /// The conversation.
    pub talked: Duration,
    /// Answers with somebody.
    pub attempts: u32,
    /// Fetches, duplicates apart.
    pub fetches: u32,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// An agent answered.
    Answered {
        /// The place of the agent.
        agent: usize,
    },
    /// A fixed number of the rules answered.
    AnsweredElsewhere,
    /// The caller hung up.
    Abandoned,
    /// Nobody was to be rung, and the flow did not ask again.
    Nobody,
    /// Somebody was rung, nobody answered, and no further attempt was due.
    Unanswered,
}

impl CallOutcome {
    /// Did anybody answer?
    pub fn is_answered(self) -> bool {
        match self {
            Self::Answered { .. } | Self::AnsweredElsewhere => true,
            Self::Abandoned | Self::Nobody | Self::Unanswered => false,
        }
    }
}

/// One call that an agent or an application asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickRecord {
    /// The place of its kind.
    pub kind: usize,
    /// When it was over, or known not to be made.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: ClickOutcome,
    /// The conversation.
    pub talked: Duration,
}

/// What came of a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClickOutcome {
    /// No call was placed, for this reason: the code of the problem, or `nobody-there` where nobody could click.
    NotMade(String),
    /// It was placed, and ended so.
    Over(VoiceOutcome),
}

/// One agent.
#[derive(Clone, Debug)]
pub struct AgentRecord {
    /// Who it is.
    pub profile: AgentProfile,
    /// How long available, calls that went on after it included.
    pub available: Duration,
    /// How long in conversations.
    pub talked: Duration,
    /// How long in wrap-up, while available.
    pub wrapped_up: Duration,
    /// Calls answered.
    pub answered: u32,
    /// Calls started by a click that came to a conversation.
    pub clicks: u32,
    /// Phones that rang out.
    pub missed: u32,
    /// Calls declined; a phone that was in another call has declined nothing.
    pub declined: u32,
    /// Calls that did not reach the phone.
    pub failed: u32,
}
