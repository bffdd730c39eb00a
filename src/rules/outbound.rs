//! `outbound`: the calls that the account's own applications start.

use std::sync::Arc;
use std::time::Duration;

use super::book::RuleBook;
use super::rule::{CallerCondition, Condition};
use crate::clock::Timestamp;
use crate::exotel::answer::Recording;
use crate::telephony::PhoneNumber;

/// What holds for calls that we start. A call may say something else where it can say anything, but never more than the
/// limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// The `ExoPhone` that both sides see.
    pub virtual_number: Option<PhoneNumber>,
    /// Whether the conversation is recorded, and how.
    pub recording: Option<Recording>,
    /// The longest that a call may last, in seconds.
    pub max_time_limit: Option<u32>,
    /// How long each phone rings, in seconds.
    pub attempt_time_out: Option<u32>,
    /// How long the agent is left alone afterwards; `None` is as the queue says, in a click for a queue, and else not at
    /// all.
    pub wrap_up: Option<Duration>,
    /// When calls may be started.
    pub hours: Condition<Arc<str>>,
    /// Whom nobody may call.
    pub do_not_call: Vec<CallerCondition>,
    /// Is the customer's number shown to nobody, not even to the application that started the call?
    pub mask_numbers: bool,
}

impl Outbound {
    /// The longest call that Exotel connects, in seconds (O).
    pub const LONGEST_CALL: u32 = 14_400;
    /// The longest that a phone may ring, in seconds: as in an answer to the Connect applet. Exotel names no limit (G).
    pub const LONGEST_RINGING: u32 = 60;
}

/// Why a call may not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayNotCall {
    /// The customer stands on a list of those whom nobody may call.
    DoNotCall,
    /// It is not the time of day for it.
    OutOfHours,
}

impl RuleBook {
    /// May this customer be called at this moment?
    ///
    /// # Errors
    /// Why not.
    pub fn may_call(&self, customer: PhoneNumber, now: Timestamp) -> Result<(), MayNotCall> {
        let outbound = self.outbound();
        let is_meant = |listed: &CallerCondition| self.is_meant(listed, customer, now);
        if outbound.do_not_call.iter().any(is_meant) {
            return Err(MayNotCall::DoNotCall);
        }
        let is_open = |name: &_| {
            let hours = self.hours().get(name);
            hours.is_some_and(|hours| hours.is_open(now))
        };
        if outbound.hours.holds(is_open) {
            Ok(())
        } else {
            Err(MayNotCall::OutOfHours)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
hours: { day: { weekly: { daily: ["09:00-21:00"] } } }
callers: { unwilling: ["+919812345678"] }
outbound: { hours: day, do_not_call: [unwilling, "98765*"] }
rules: []
fallback: { numbers: [] }
"#;

    /// Eleven in the morning in India.
    const MORNING: Timestamp = Timestamp::from_millis(1_795_411_800_000);

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::from_e164(text).unwrap()
    }

    #[test]
    fn whom_nobody_may_call_is_not_called_and_nobody_at_night() {
        let book = RuleBook::parse("rules.yaml", RULES).unwrap();
        let night = MORNING.plus(Duration::from_hours(11));
        let anybody = number("+919800000000");
        assert_eq!(book.may_call(anybody, MORNING), Ok(()));
        assert_eq!(book.may_call(anybody, night), Err(MayNotCall::OutOfHours));
        for unwilling in ["+919812345678", "+919876543210"] {
            let refused = book.may_call(number(unwilling), MORNING);
            assert_eq!(refused, Err(MayNotCall::DoNotCall), "{unwilling}");
        }
    }
}
