//! The call that is asked about.

use std::num::NonZeroU8;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::exotel::ConnectRequest;
use crate::presence::{Binding, Offered};
use crate::rules::CallFacts;
use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// A call that there might be.
#[derive(Clone, Debug)]
pub struct Question {
    /// The tenant.
    pub account: AccountName,
    /// Exotel's name of the call. It decides the side of a split and what a `random` queue draws; without one, the first
    /// side is shown.
    pub call: Option<CallSid>,
    /// Who calls; `None` for a hidden number.
    pub caller: Option<PhoneNumber>,
    /// The number that is called.
    pub dialed: Option<PhoneNumber>,
    /// Exotel's word for the direction.
    pub direction: Option<String>,
    /// What the caller keyed.
    pub digits: Option<String>,
    /// The text given to a call begun by the API.
    pub custom_field: Option<String>,
    /// When: it decides opening hours and dated entries, not presence, which is as the snapshot has it.
    pub at: Timestamp,
    /// Which fetch of the call, not counting duplicates. It is the attempt of that number as long as each before rang
    /// somebody.
    pub attempt: NonZeroU8,
    /// How long the call has waited by then since its first fetch. `None`: as long as the phones of the attempts before
    /// rang in vain.
    pub waiting: Option<Duration>,
    /// Who answered the caller last, if anybody is remembered.
    pub last_answered: Option<Binding>,
    /// What the attempts before came to, the first one first. Those that are not given are played through.
    pub earlier: Vec<PastAttempt>,
}

/// An answer that has been given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// How long the call had waited then; zero for the first.
    pub waited: Duration,
    /// Whom it rang, in order.
    pub destinations: Vec<Offered>,
}

impl PastAttempt {
    /// Was somebody rung? Else it counts for nothing.
    pub(super) fn is_attempt(&self) -> bool {
        !self.destinations.is_empty()
    }
}

impl Question {
    /// The first attempt of a call that asks like this.
    pub fn new(account: AccountName, request: &ConnectRequest, at: Timestamp) -> Self {
        Self {
            account,
            at,
            call: request.call.clone(),
            caller: request.caller.phone(),
            dialed: request.dialed.phone(),
            direction: request.direction.clone(),
            digits: request.digits.clone(),
            custom_field: request.custom_field.clone(),
            attempt: NonZeroU8::MIN,
            waiting: None,
            last_answered: None,
            earlier: Vec::new(),
        }
    }

    /// What rules can ask of it.
    pub(in crate::routing) fn facts(&self) -> CallFacts<'_> {
        CallFacts {
            call_sid: self.call.as_ref(),
            dialed: self.dialed,
            caller: self.caller,
            digits: self.digits.as_deref(),
            direction: self.direction.as_deref(),
            custom_field: self.custom_field.as_deref(),
        }
    }
}
