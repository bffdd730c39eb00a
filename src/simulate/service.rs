//! The way to the service: all that people and Exotel need of it. Who they are is not known here, nor how they are reached
//! is known to them: the same people can speak to a service in this process or to one over HTTP.

use std::time::Duration;

use async_trait::async_trait;

use super::exchange::{DueCallback, Exchange};
use super::remote::RemoteError;
use crate::clock::Timestamp;
use crate::exotel::{Dialect, UnreadableParameters};
use crate::presence::{AgentProfile, AgentState, Presence, Status, StoreError};
use crate::rules::QueueName;
use crate::telephony::AgentId;

/// How time passes for a service and for those who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// On a clock that is put forward from one thing to the next: no request takes any time.
    Virtual,
    /// As on the wall: requests take their time, and others are under way meanwhile.
    Real,
}

impl Pace {
    /// How long after its answer a report may not have been taken in yet: a service answers Exotel first, then it learns.
    pub const fn lag(self) -> Duration {
        match self {
            Self::Virtual => Duration::ZERO,
            Self::Real => Duration::from_secs(1),
        }
    }
}

/// A service that answers Exotel and the agents' applications. What is cloned is a handle: requests are under way beside
/// each other.
#[async_trait]
pub trait Service: Clone + Send + Sync + 'static {
    /// How time passes. Unless it says otherwise, on a clock that is put forward.
    fn pace(&self) -> Pace {
        Pace::Virtual
    }

    /// The wording in which it is asked, and has to answer.
    fn dialect(&self) -> Dialect {
        Dialect::Ccm
    }

    /// The present moment of the scenario.
    fn now(&self) -> Timestamp;

    /// What the clocks of the service show at this moment of the scenario.
    fn shown(&self, moment: Timestamp) -> Timestamp {
        moment
    }

    /// It is this moment now: a virtual clock is put forward, a real one is waited for.
    async fn reach(&self, moment: Timestamp);

    /// Exotel's connect applet asks, with these parameters in the query.
    async fn fetch(&self, query: &str) -> Result<Fetched, ServiceError>;

    /// Exotel reports an event to the address that the answer named, or without one the end of a dial, with these
    /// parameters in the query.
    async fn report(&self, address: Option<&str>, query: &str) -> Result<(), ServiceError>;

    /// Administration makes the agents known.
    async fn put_agents(&self, agents: &[AgentProfile]) -> Result<(), ServiceError>;

    /// An agent's application sets what the person chose.
    async fn set_presence(&self, id: &AgentId, presence: &Presence) -> Result<(), ServiceError>;

    /// An agent's application gives a sign of life.
    async fn heartbeat(&self, id: &AgentId) -> Result<(), ServiceError>;

    /// What an agent's application shows of the agent.
    async fn seen(&self, id: &AgentId) -> Result<Option<Seen>, ServiceError>;

    /// The stand-in at which this service starts its calls; without one it starts none.
    fn exchange(&self) -> Option<&Exchange> {
        None
    }

    /// An application asks for a call.
    async fn click(&self, _click: &Click) -> Result<Clicked, ServiceError> {
        Err(ServiceError::NotConfigured)
    }

    /// Exotel reports of a call that the service has started.
    async fn status_callback(&self, _callback: &DueCallback) -> Result<(), ServiceError> {
        Err(ServiceError::NotConfigured)
    }

    /// What is shown of each of these agents, in their order.
    async fn seen_all(&self, ids: &[AgentId]) -> Result<Vec<Option<Seen>>, ServiceError> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.push(self.seen(id).await?);
        }
        Ok(all)
    }
}

/// A call that an application asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// The `Idempotency-Key`.
    pub key: String,
    /// Who is rung first.
    pub whom: OnBehalf,
    /// Who is rung then, as `+` and digits.
    pub to: String,
    /// What Exotel is given along.
    pub custom_field: String,
}

/// For whom a call is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnBehalf {
    /// This agent, who clicks for themselves.
    Agent(AgentId),
    /// Whoever of this queue is ready.
    Queue(QueueName),
}

/// What came of a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clicked {
    /// There is a call.
    Started {
        /// The service's name of it.
        id: String,
        /// Exotel's.
        call: Option<String>,
        /// Who is rung first.
        agent: AgentId,
    },
    /// There is none, or nobody knows: the code of the problem.
    Refused(String),
}

/// What came back from a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
}

impl Fetched {
    /// Is the body said to be JSON, as Exotel wants it (contract, section 3)?
    pub(super) fn is_json(&self) -> bool {
        let said = self.content_type.as_deref().unwrap_or_default();
        let kind = said.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case(JSON)
    }
}

/// What an answer is.
pub(super) const JSON: &str = "application/json";

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
    /// A request did not come to its end in this program.
    #[error("a request broke off")]
    BrokenOff(#[from] tokio::task::JoinError),
    /// A server that is reached over HTTP did not do what it was asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The scenario has clicks, and the service can't start calls.
    #[error(
        "the scenario has clicks, and the service starts no calls (calls-not-configured): give its account the settings accounts.….exotel, with the exchange's address as base_url"
    )]
    NotConfigured,
    /// The service says that it starts calls of which the exchange knows nothing.
    #[error(
        "a real call may have been placed to {agent}, and nothing more is sent: the server says that it starts calls ({field}: {said}), and not at the exchange; accounts.….exotel.base_url in its settings leads elsewhere"
    )]
    NotTheExchange {
        /// Whose phone rings first.
        agent: String,
        /// By which Exotel knows the request.
        field: String,
        /// What the server said of it.
        said: String,
    },
    /// The way from the service to the exchange.
    #[error("the service's line to the exchange can't be used: {0}")]
    Line(String),
    /// The exchange could not open its doors.
    #[error("the exchange can't be reached at {address}; is the port taken?")]
    Doors {
        /// Where it was to be.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// The code with which a service says that its account has no credentials at Exotel.
pub(super) const NOT_CONFIGURED: &str = "calls-not-configured";

impl ServiceError {
    /// Is there no point in going on? What a server answers, or does not, is a matter of the run instead.
    pub(super) fn ends_the_run(&self) -> bool {
        match self {
            Self::Store(_)
            | Self::Query(_)
            | Self::BrokenOff(_)
            | Self::NotConfigured
            | Self::NotTheExchange { .. }
            | Self::Line(_)
            | Self::Doors { .. } => true,
            Self::Remote(_) => false,
        }
    }
}
