//! Rules: which calls, and what happens with them.

use std::sync::Arc;

use super::answer::AnswerSettings;
use super::queue::Queue;
use crate::exotel::answer::RingSeconds;
use crate::telephony::{ContactUri, NumberPattern, PhoneNumber};

/// One rule: when it holds for a call, these targets are rung.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique in its file; `rule 3` where the file gives none. Cheap to clone.
    pub name: Arc<str>,
    /// Which calls it takes.
    pub when: When,
    /// How the phones ring.
    pub ring: Ring,
    /// Whom to ring, in order. None: nobody is rung, on purpose.
    pub targets: Vec<Target>,
    /// What the answer carries, the account's settings already merged in.
    pub answer: AnswerSettings,
}

/// Whom to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The ready agents of a queue.
    Queue(Arc<Queue>),
    /// Fixed numbers, rung whether or not anybody is there.
    Numbers(Vec<ContactUri>),
}

/// How phones ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How many destinations an answer carries, 1 to 10.
    pub agents: u8,
    /// How many of them ring together, 1 to 5, by attempt: the last one holds for all later attempts.
    /// Empty where the file says nothing: then the answer says nothing either.
    pub at_once: Vec<u8>,
    /// How long a phone rings. `None` leaves it to Exotel.
    pub seconds: Option<RingSeconds>,
    /// How many answers one call may get, 1 to 10.
    pub attempts: u8,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            agents: 1,
            at_once: Vec::new(),
            seconds: None,
            attempts: 1,
        }
    }
}

/// Which calls a rule takes: everything named must hold. An empty list was not named and always holds;
/// within a list any one is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The number that was called.
    pub dialed: Vec<PhoneNumber>,
    /// Who calls.
    pub caller: Vec<CallerCondition>,
    /// What the caller keyed.
    pub digits: Vec<Box<str>>,
    /// Exotel's word for the direction.
    pub direction: Vec<Box<str>>,
    /// The text given to a call begun by the API.
    pub custom_field: Vec<Box<str>>,
}

/// A condition on the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerCondition {
    /// One of a named list of callers.
    List(Arc<str>),
    /// A number, or the beginning of one.
    Pattern(NumberPattern),
}
