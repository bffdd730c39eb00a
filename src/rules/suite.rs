//! The tests of an account's rules, as the file beside the rules says them.
//!
//! Reading it is all that happens here: every name in it is one that the rules or the file define. Carrying a test out is not
//! for this part, which knows no store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::book::RuleBook;
use super::finding::{Findings, Place};
use super::queue::QueueName;
use super::read;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

mod load;

pub use load::{LoadedTests, NothingToTest, RulesUnderTest, tests_in};

/// The tests of one rules file.
#[derive(Debug)]
pub struct TestSuite {
    /// The agents that there are. Every one has a destination, and no two have the same.
    pub agents: BTreeMap<AgentId, VirtualAgent>,
    /// In the order of the file.
    pub tests: Vec<RuleTest>,
}

impl TestSuite {
    /// Reads the text of a file of tests of these rules; `file_name` is what the findings call it.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(file_name: &str, text: &str, rules: &RuleBook) -> Result<Self, Findings> {
        read::tests_file(file_name, text, rules)
    }
}

/// Something that the file says, and where it says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// What.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// One test: a call, what must come of it, and what happens next.
#[derive(Debug)]
pub struct RuleTest {
    /// Unique in the file.
    pub name: Written<Arc<str>>,
    /// The agents, with what is different about them in this test.
    pub agents: BTreeMap<AgentId, VirtualAgent>,
    /// When the call comes; everything else is reckoned from then.
    pub at: Timestamp,
    /// The call.
    pub call: VirtualCall,
    /// What must come of it.
    pub expect: Expectation,
    /// What happens next, in order.
    pub then: Vec<Step>,
}

/// What is said about an agent. `None` is not said: in a test the file's word holds then, and where the file says nothing
/// either, the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualAgent {
    /// The groups.
    pub groups: Option<BTreeSet<String>>,
    /// The skills with their levels.
    pub skills: Option<BTreeMap<String, u8>>,
    /// Where the agent is rung.
    pub destinations: Option<Vec<ContactUri>>,
    /// The place in a `top_down` queue.
    pub position: Option<u16>,
    /// The share of a `weighted` queue's calls.
    pub weight: Option<u8>,
    /// What the person chose.
    pub status: Option<VirtualStatus>,
    /// Why on a break.
    pub reason: Option<String>,
    /// How long the break still lasts.
    pub break_left: Option<Duration>,
    /// For how long nothing has held the agent.
    pub idle: Option<Duration>,
    /// What holds the agent.
    pub state: Option<VirtualState>,
    /// How much longer.
    pub state_left: Option<Duration>,
    /// Whether the heartbeat has lapsed.
    pub stale: Option<bool>,
    /// Calls of the day so far.
    pub calls: Option<u16>,
    /// Talk time of the day so far.
    pub talk_time: Option<Duration>,
    /// How long ago the agent was last offered a call.
    pub last_offered: Option<Duration>,
    /// How long ago the agent answered the last call of the test's caller.
    pub answered_caller: Option<Duration>,
}

impl VirtualAgent {
    /// What is said here, and for the rest what `base` says.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        Self {
            groups: self.groups.or(base.groups),
            skills: self.skills.or(base.skills),
            destinations: self.destinations.or(base.destinations),
            position: self.position.or(base.position),
            weight: self.weight.or(base.weight),
            status: self.status.or(base.status),
            reason: self.reason.or(base.reason),
            break_left: self.break_left.or(base.break_left),
            idle: self.idle.or(base.idle),
            state: self.state.or(base.state),
            state_left: self.state_left.or(base.state_left),
            stale: self.stale.or(base.stale),
            calls: self.calls.or(base.calls),
            talk_time: self.talk_time.or(base.talk_time),
            last_offered: self.last_offered.or(base.last_offered),
            answered_caller: self.answered_caller.or(base.answered_caller),
        }
    }
}

/// What a virtual person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VirtualStatus {
    /// Takes calls.
    #[default]
    Available,
    /// Away for a while.
    OnBreak,
    /// Gone.
    Offline,
}

/// What holds a virtual agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VirtualState {
    /// Nothing.
    #[default]
    Idle,
    /// Another call's answer.
    Reserved,
    /// Another call, whose phone rings.
    Ringing,
    /// Another call.
    InCall,
    /// The work after a call.
    WrapUp,
    /// A pause after a call that was not taken.
    BackOff,
}

/// A call as Exotel tells of it. Texts are as typed, for they go through the reader of Exotel's requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualCall {
    /// Who calls; `None` is a hidden number.
    pub from: Option<String>,
    /// The number that is called.
    pub to: Option<String>,
    /// What the caller keyed.
    pub digits: Option<String>,
    /// The text given to a call begun by the API.
    pub custom_field: Option<String>,
    /// Exotel's word for the direction.
    pub direction: Option<String>,
    /// The side of a split on which it is to fall, from 1.
    pub side: Option<Written<u8>>,
}

/// What happens after an answer.
#[derive(Debug)]
pub struct Step {
    /// The time since the step before.
    pub after: Written<Duration>,
    /// What is different about agents from then on.
    pub agents: BTreeMap<AgentId, VirtualAgent>,
    /// Who asks.
    pub event: StepEvent,
    /// What must come of it.
    pub expect: Expectation,
}

/// Why Exotel asks again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEvent {
    /// The last attempt of the latest call ended like this, in Exotel's word.
    AttemptEnded(&'static str),
    /// Another call has come.
    NewCall(VirtualCall),
}

/// What must come of a call. At least one thing is said.
#[derive(Debug)]
pub struct Expectation {
    /// The rule that takes the call.
    pub rule: Option<Written<Arc<str>>>,
    /// Who rings, in this order.
    pub rings: Option<Written<Vec<Rung>>>,
    /// Whoever rings is one of these.
    pub among: Option<Written<Vec<Rung>>>,
    /// Whether nobody rings.
    pub nobody: Option<Written<bool>>,
    /// Where whoever rings comes from.
    pub queue: Option<Written<Vec<QueueName>>>,
    /// Whether no rule took the call.
    pub fallback: Option<Written<bool>>,
    /// The side of the rule's split, from 1.
    pub side: Option<Written<u8>>,
    /// Which answer of the call it is, from 1.
    pub attempt: Option<Written<u8>>,
    /// Whether Exotel will not ask again.
    pub last: Option<Written<bool>>,
    /// A part of the answer's JSON.
    pub answer: Option<Written<ExpectedJson>>,
}

/// Somebody who is to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rung {
    /// An agent, wherever.
    Agent(AgentId),
    /// This number or device.
    Destination(ContactUri),
}

impl std::fmt::Display for Rung {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(id) => id.fmt(formatter),
            Self::Destination(uri) => uri.fmt(formatter),
        }
    }
}

/// A part of a JSON document. YAML's texts are compared with what a JSON value is written as, so that `20` is the number 20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedJson {
    /// It must not be there.
    Absent,
    /// A text, a number, `true` or `false`.
    Text(String),
    /// These, in this order, and no others.
    List(Vec<Written<Self>>),
    /// These, whatever else there is.
    Mapping(Vec<(String, Written<Self>)>),
}
