//! The store: one trait, two implementations that agree on every answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::agent::{Agent, AgentProfile, AgentState, Presence};
use super::history::CallHistory;
use super::log::DecisionLog;
use super::note::NoteStep;
use super::offer::{OfferReply, OfferRequest};
use super::past::Past;
use super::queue::QueueDefinition;
use super::quota::Quota;
use super::report::Report;
use super::snapshot::Snapshot;
use super::sticky::{Binding, Erased};
use super::told::Heard;
use super::waiting::Traffic;
use crate::clock::Timestamp;
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber};

/// Presence, reservations and call records of all accounts. Every operation that says nothing else is one atomic step.
///
/// The clock is the store's. No operation waits longer than its implementation's time limits, but the caller keeps
/// a deadline of its own all the same.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Replays a duplicate fetch; else chooses over the targets in order, reserves, and remembers the answer.
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError>;

    /// Takes in what is heard of a call: its legs go on, and the agents with them. No news when it says nothing new, or
    /// the call is not known. In any order, any number of times; it changes only what its own call holds.
    async fn hear(&self, report: &Report) -> Result<Heard, StoreError>;

    /// The same; `false` when it was no news.
    async fn report(&self, report: &Report) -> Result<bool, StoreError> {
        Ok(self.hear(report).await?.is_news)
    }

    /// Makes these queues known, so that offers find their agents. Idempotent, and quick when they are known; else it
    /// may read every agent of the account, which takes seconds for a large one: it is for a task of its own, never for
    /// a caller who waits for a decision. Give it all queues of the account's rules; call it before the first offer that
    /// uses one, whenever an offer says [`OfferReply::Unindexed`], and now and then, because a store may be emptied.
    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError>;

    /// Creates or replaces agents, all or nothing; [`StoreError::Taken`] when a destination is another agent's.
    /// A new agent is offline; an existing one keeps status and state.
    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError>;

    /// Forgets an agent; `false` when there was none.
    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError>;

    /// One agent as seen now.
    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError>;

    /// All agents as they are kept, to see them or to play a decision through; it changes nothing. Its cost grows with
    /// their number: for administration, never for a decision.
    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError>;

    /// What the agents were in that span of time, as far as it is kept: see [`Past`]. Read page by page; its cost grows with
    /// the agents and with what they have done since the beginning of the span. For people and for replays, never for a
    /// decision.
    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError>;

    /// Who answered this customer last, as long as that is remembered.
    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError>;

    /// Forgets a customer: who answered them last, and that calls were theirs; one that waits loses its place in line. The
    /// records of calls stay, without the number, until they expire; entries of the log that have the number in them go. A call that goes on is heard of again. Not one step: what
    /// comes in meanwhile may stay. Its cost grows with everything that is stored; for administration.
    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError>;

    /// All agents as seen now, by id, at the cost of a [`Store::snapshot`].
    async fn agents(&self, account: &AccountName, view: View) -> Result<Vec<Agent>, StoreError> {
        Ok(self.snapshot(account).await?.agents(view))
    }

    /// The calls of these queues, by their names: those that hold agents, and those that wait. For people and for
    /// rehearsals; its cost grows with the queues and their calls.
    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError>;

    /// Sets what the person chose, or what somebody else chose for them, whose name is `by`: it is kept with the status and
    /// the moment. Counts as a heartbeat. `false` when there is no such agent.
    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError>;

    /// The agent's application is alive. `false` when there is no such agent.
    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError>;

    /// Ends the agent's state now, if `release` allows it.
    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError>;

    /// Counts one more against the quota, for all instances together: `None` when there was room, else after how long
    /// there is. Exact: no window of that length ever has more, wherever it begins.
    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError>;

    /// What is remembered of a call; `None` of one that is not, or no longer.
    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError>;

    /// A short text that all instances share for a while, in one step: what stood under that name before. Names are this
    /// program's own making: small letters, digits, `-` and `:`.
    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError>;

    /// What was decided, written down afterwards.
    fn log(&self) -> &dyn DecisionLog;

    /// Is the store there and able to decide, which is more than answering? For health checks and for the breaker's probe.
    async fn ping(&self) -> Result<(), StoreError>;

    /// How many of this process's connections for decisions fail at the moment, as far as is known without asking: a store
    /// that is well may still be out of reach for one of the workers.
    fn failing_lines(&self) -> usize {
        0
    }
}

/// What the rules say about reading an agent: it decides freshness and where the day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// How old a heartbeat may be; `None` asks for none.
    pub heartbeat: Option<Duration>,
    /// Offset of the account's time zone from UTC now, in seconds.
    pub utc_offset_seconds: i32,
}

/// Who asks to end a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The agent: wrap-up and back-off only.
    Own,
    /// An administrator: any state.
    Any,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// The agent is idle now (or already was).
    Idle,
    /// There is no such agent.
    Unknown,
    /// Only an administrator may end this state.
    Refused(AgentState),
}

/// A destination that is another agent's already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who was to have it.
    pub agent: AgentId,
    /// The destination.
    pub uri: ContactUri,
    /// Who has it.
    pub owner: AgentId,
}

/// Why the store could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer within the time limit.
    #[error("the store did not answer within {0:?}")]
    Timeout(Duration),
    /// The connection failed, or the server can do nothing for anybody at the moment.
    #[error("the store failed")]
    Redis(#[source] ::redis::RedisError),
    /// The server is well, and refused this one command: a key of another type, a script that failed.
    #[error("the store refused the command")]
    Refused(#[source] ::redis::RedisError),
    /// No connection could be had from the pool.
    #[error("no connection to the store")]
    Pool(#[source] deadpool_redis::PoolError),
    /// Agents cannot be written: these destinations are other agents'. One person must not be two agents.
    #[error("{} of the destinations belong to other agents", .0.len())]
    Taken(Vec<Taken>),
    /// The store holds something that this version cannot read.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// What a server replies to everybody until it is well again.
const PASSING_REPLIES: [&str; 11] = [
    "LOADING",
    "BUSY",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "OOM",
    "MISCONF",
    "NOREPLICAS",
    "NOAUTH",
    "NOPERM",
];

impl From<::redis::RedisError> for StoreError {
    /// Tells what fails for everybody from what fails for one caller: the latter must not open the breaker for all.
    fn from(error: ::redis::RedisError) -> Self {
        let Some(replies) = error.clone().into_server_errors() else {
            return Self::Redis(error);
        };
        let will_pass = replies
            .iter()
            .any(|(_, reply)| PASSING_REPLIES.contains(&reply.code()));
        if will_pass {
            Self::Redis(error)
        } else {
            Self::Refused(error)
        }
    }
}

impl StoreError {
    /// Would the same operation perhaps succeed a moment later?
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Redis(_) | Self::Pool(_) => true,
            Self::Refused(_) | Self::Taken(_) | Self::Corrupt(_) => false,
        }
    }

    /// A short stable word for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Redis(_) => "redis",
            Self::Refused(_) => "refused",
            Self::Pool(_) => "pool",
            Self::Taken(_) => "taken",
            Self::Corrupt(_) => "corrupt",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use redis::RedisError;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_script_that_failed("ERR", false)]
    #[case::a_key_of_another_type("WRONGTYPE", false)]
    #[case::a_script_that_takes_long("BUSY", true)]
    #[case::no_memory_left("OOM", true)]
    #[case::still_starting("LOADING", true)]
    #[case::no_longer_the_master("READONLY", true)]
    #[case::a_disk_that_takes_nothing("MISCONF", true)]
    #[case::too_few_replicas("NOREPLICAS", true)]
    #[case::a_password_that_is_new("NOAUTH", true)]
    #[case::a_right_that_is_missing("NOPERM", true)]
    fn a_reply_is_transient_when_everybody_would_get_it(#[case] code: &str, #[case] passes: bool) {
        let reply = redis::make_extension_error(code.to_owned(), None);
        let error = StoreError::from(reply);
        assert_eq!(error.is_transient(), passes);
        assert_eq!(error.code(), if passes { "redis" } else { "refused" });
    }

    #[test]
    fn a_lost_connection_is_transient() {
        let lost = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(StoreError::from(RedisError::from(lost)).is_transient());
    }
}
