//! The way to the service: all that people and Exotel need of it. Who they are is not known here, nor how they are reached
//! is known to them: the same people can speak to a service in this process or to one over HTTP.

use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::exotel::UnreadableParameters;
use crate::presence::{AgentProfile, AgentState, Presence, Status, StoreError};
use crate::telephony::AgentId;

/// A service that answers Exotel and the agents' applications.
#[async_trait]
pub trait Service: Send {
    /// It is this moment now: a virtual clock is put forward, a real one is waited for.
    async fn reach(&mut self, moment: Timestamp);

    /// Exotel's connect applet asks, with these parameters in the query.
    async fn fetch(&mut self, query: &str) -> Result<Fetched, ServiceError>;

    /// Exotel reports an event or the end of a dial, with these parameters in the query.
    async fn report(&mut self, query: &str) -> Result<(), ServiceError>;

    /// Administration makes the agents known.
    async fn put_agents(&mut self, agents: &[AgentProfile]) -> Result<(), ServiceError>;

    /// An agent's application sets what the person chose.
    async fn set_presence(&mut self, id: &AgentId, presence: &Presence)
    -> Result<(), ServiceError>;

    /// An agent's application gives a sign of life.
    async fn heartbeat(&mut self, id: &AgentId) -> Result<(), ServiceError>;

    /// What an agent's application shows of the agent.
    async fn seen(&mut self, id: &AgentId) -> Result<Option<Seen>, ServiceError>;
}

/// What came back from a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What is shown of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the person chose, or missed calls for them.
    pub status: Status,
    /// What the system sees.
    pub state: AgentState,
    /// How much longer the state lasts; `None` for idle.
    pub left: Option<Duration>,
}

/// Why the service could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store of a service in this process.
    #[error("the simulated service's store refuses")]
    Store(#[from] StoreError),
    /// A query that the service could not read.
    #[error("the simulated service cannot read a request")]
    Query(#[from] UnreadableParameters),
}
