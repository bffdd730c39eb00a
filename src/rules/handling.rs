//! What happens to an agent around a call: the rest after it, and what follows a phone that rang out or was busy.
//!
//! Read and checked here; the states of agents belong to the store.

use std::num::NonZeroU8;
use std::time::Duration;

/// What a rule or a queue says about it. `None` was not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// How long an agent is left alone after a call.
    pub wrap_up: Option<Duration>,
    /// So many missed calls in a row put the agent on a break, with the reason `missed_calls`.
    pub most_missed: Option<NonZeroU8>,
    /// How long an agent is left alone after a missed call.
    pub no_answer_delay: Option<Duration>,
    /// How long an agent is left alone when the phone was busy.
    pub busy_delay: Option<Duration>,
}

impl Handling {
    /// These settings, and those of `other` wherever these say nothing.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        Self {
            wrap_up: self.wrap_up.or(other.wrap_up),
            most_missed: self.most_missed.or(other.most_missed),
            no_answer_delay: self.no_answer_delay.or(other.no_answer_delay),
            busy_delay: self.busy_delay.or(other.busy_delay),
        }
    }
}
