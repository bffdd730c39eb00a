//! What a call may be: what was asked for, within the rules, and what they add.

use super::failure::NotStarted;
use super::request::ClickToCall;
use crate::clock::Timestamp;
use crate::exotel::voice::{AttemptSeconds, TimeLimitSeconds};
use crate::routing::RoutingBook;
use crate::rules::Outbound;
use crate::telephony::PhoneNumber;

/// How long a phone rings where neither the call nor the rules say.
const USUAL_RINGING: u32 = 30;

/// What a call may be.
pub(super) struct Terms {
    pub(super) virtual_number: PhoneNumber,
    pub(super) max_time_limit: Option<TimeLimitSeconds>,
    pub(super) attempt_time_out: AttemptSeconds,
}

impl Terms {
    /// Within the rules.
    pub(super) fn of(
        click: &ClickToCall,
        book: &RoutingBook,
        now: Timestamp,
    ) -> Result<Self, NotStarted> {
        book.may_call(click.to, now)
            .map_err(NotStarted::Forbidden)?;
        let rules = book.outbound();
        let limit = |field, asked: Option<u32>, allowed: Option<u32>, longest| {
            let most = allowed.unwrap_or(longest);
            if asked.is_some_and(|asked| asked > most) {
                return Err(NotStarted::TooLong { field, most });
            }
            Ok(asked.or(allowed))
        };
        let (asked, most) = (click.max_time_limit, rules.max_time_limit);
        let asked = asked.map(TimeLimitSeconds::get);
        let longest = limit("max_time_limit", asked, most, Outbound::LONGEST_CALL)?;
        // An agent is held for as long as phones ring, so that has an end whatever the rules leave out.
        let (asked, most) = (click.attempt_time_out, rules.attempt_time_out);
        let asked = asked.map(AttemptSeconds::get);
        let ringing = limit("attempt_time_out", asked, most, Outbound::LONGEST_RINGING)?;
        Ok(Self {
            virtual_number: click
                .virtual_number
                .or(rules.virtual_number)
                .ok_or(NotStarted::NoVirtualNumber)?,
            max_time_limit: longest.map(TimeLimitSeconds::clamped),
            attempt_time_out: AttemptSeconds::clamped(ringing.unwrap_or(USUAL_RINGING)),
        })
    }
}
