//! Every reason why a call is not started.

use std::fmt;

use crate::presence::{Agent, StoreError};
use crate::rules::MayNotCall;
use crate::telephony::told;
use crate::voice::VoiceError;

/// Why there is no call.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The account has no credentials at Exotel.
    #[error("the account cannot start calls: its settings lack the section exotel")]
    NotConfigured,
    /// There is no such agent.
    #[error("there is no agent with this id")]
    UnknownAgent,
    /// The rules name no such queue.
    #[error("the rules name no such queue")]
    UnknownQueue,
    /// The rules forbid it.
    #[error("{}", why_not(*.0))]
    Forbidden(MayNotCall),
    /// Neither the request nor the rules say which number both see.
    #[error("no virtual number: say virtual_number, or set it in the rules under outbound")]
    NoVirtualNumber,
    /// The call asks for more than the rules allow.
    #[error("{field} may be {most}s at most")]
    TooLong {
        /// Which time.
        field: &'static str,
        /// The limit in seconds.
        most: u32,
    },
    /// The agent, or everybody of the queue, is not ready.
    #[error("{0}")]
    NotReady(NotReady),
    /// A request with the same key is being worked on.
    #[error("a request with this Idempotency-Key is being worked on: ask again in a moment")]
    InProgress,
    /// An earlier request with the same key asked for something else.
    #[error("this Idempotency-Key belongs to another request")]
    KeyReused,
    /// An earlier request with the same key ended without it being known whether there is a call.
    #[error(
        "it is not known whether the request with this Idempotency-Key made a call; look before you try again with another key"
    )]
    OutcomeUnknown,
    /// Exotel made no call; whoever was reserved is free.
    #[error(transparent)]
    Refused(VoiceError),
    /// Nobody knows whether Exotel made the call. Whoever was reserved stays so until both phones would have rung out.
    #[error("it is not known whether Exotel made the call")]
    Uncertain(#[source] VoiceError),
    /// The store does not know the queue yet.
    #[error("the queue is being indexed: ask again in a moment")]
    Unindexed,
    /// The store did not do its work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotStarted {
    /// A short stable word, for programs and the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "calls-not-configured",
            Self::UnknownAgent => "unknown-agent",
            Self::UnknownQueue => "unknown-queue",
            Self::Forbidden(MayNotCall::DoNotCall) => "do-not-call",
            Self::Forbidden(MayNotCall::OutOfHours) => "out-of-hours",
            Self::NoVirtualNumber => "no-virtual-number",
            Self::TooLong { .. } => "too-long",
            Self::NotReady(_) => "not-ready",
            Self::InProgress => "in-progress",
            Self::KeyReused => "key-reused",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Refused(_) => "call-refused",
            Self::Uncertain(_) => "call-uncertain",
            Self::Unindexed => "unindexed",
            Self::Store(_) => "store",
        }
    }

    /// What went wrong at Exotel, or on the way there.
    pub fn exotel(&self) -> Option<&VoiceError> {
        if let Self::Refused(error) | Self::Uncertain(error) = self {
            Some(error)
        } else {
            None
        }
    }
}

/// Who is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// This agent, as seen a moment later.
    Agent(Box<Agent>),
    /// Everybody of the queue.
    Queue(String),
}

impl fmt::Display for NotReady {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(queue) => write!(formatter, "nobody of the queue {queue} is ready"),
            Self::Agent(agent) => {
                // Documents of errors end up in logs.
                let id = told(agent.profile.id.as_str());
                let (status, state) = (agent.status, agent.state);
                if agent.is_ready() {
                    return write!(formatter, "{id} was held by another call until just now");
                }
                write!(formatter, "{id} is not ready: {}", status.as_str())?;
                if agent.stale {
                    write!(formatter, ", but without a heartbeat")?;
                }
                write!(formatter, ", {}", state.as_str())
            }
        }
    }
}

fn why_not(why: MayNotCall) -> &'static str {
    match why {
        MayNotCall::DoNotCall => "the rules say that this number is not to be called",
        MayNotCall::OutOfHours => "the rules allow no calls at this time",
    }
}
