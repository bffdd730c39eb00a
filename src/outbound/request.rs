//! What is asked for.

use crate::exotel::answer::Recording;
use crate::exotel::voice::{AttemptSeconds, CustomField, TimeLimitSeconds};
use crate::rules::QueueName;
use crate::telephony::{AgentId, PhoneNumber};

/// A call between one of our agents and a customer. What it leaves out, the account's rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickToCall {
    /// Who is rung first.
    pub whom: Whom,
    /// The customer.
    pub to: PhoneNumber,
    /// The `ExoPhone` that both see.
    pub virtual_number: Option<PhoneNumber>,
    /// Whether the conversation is recorded, and how.
    pub recording: Option<Recording>,
    /// How long the call may last.
    pub max_time_limit: Option<TimeLimitSeconds>,
    /// How long each phone rings.
    pub attempt_time_out: Option<AttemptSeconds>,
    /// What comes back with every report of Exotel.
    pub custom_field: Option<CustomField>,
}

/// Who is rung first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// This agent.
    Agent(AgentId),
    /// Any ready agent of this queue, in its order.
    Queue(QueueName),
}
