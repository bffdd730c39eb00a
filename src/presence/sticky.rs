//! Sticky: a caller goes back to the agent of the last answered call.
//!
//! Whoever answers a call is bound to its customer; the binding is forgotten on time, and a call that began earlier never
//! takes the place of a later one, however late its reports come.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::telephony::{AgentId, PhoneNumber};

/// The person at the other end of a call, where the account has rules that ask who talked to them last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The person's number.
    pub number: PhoneNumber,
    /// How long the store remembers who answered: as long as any rule of the account asks for.
    pub bound_for: Duration,
    /// What the rule of this call makes of it; `None` for a rule that doesn't ask.
    pub sticky: Option<Sticky>,
}

/// How a rule treats a caller who has talked to one of its agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sticky {
    /// How long after that call.
    pub lasts: Duration,
    /// Nobody but that agent is offered. Otherwise the agent comes first, if ready.
    pub exclusive: bool,
    /// With `exclusive`: when the call has waited this long, everybody is offered. `None` waits for ever.
    pub wait: Option<Duration>,
}

impl Sticky {
    /// Does a call that was answered at `answered` still count?
    pub fn holds(&self, answered: Timestamp, now: Timestamp) -> bool {
        now < answered.plus(self.lasts)
    }

    /// Is nobody but the bound agent offered to a call that has waited this long?
    pub fn is_alone(&self, waited: Duration) -> bool {
        self.exclusive && self.wait.is_none_or(|wait| waited < wait)
    }
}

/// What was forgotten of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Was it remembered who answered them last?
    pub binding: bool,
    /// Of so many calls it was remembered that they are theirs.
    pub calls: usize,
}

/// Who answered a customer last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The agent.
    pub agent: AgentId,
    /// When that call was first heard of.
    pub begun: Timestamp,
    /// When the agent answered, as far as is known.
    pub answered: Timestamp,
}
