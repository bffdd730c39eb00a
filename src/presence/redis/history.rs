//! Reads a call's record as the scripts write it (`layout.lua`), to be looked at.

use std::str::Split;
use std::sync::Arc;

use super::super::history::{CallHistory, PastAnswer, PastDestination};
use super::super::leg::{Leg, Outcome};
use super::super::store::StoreError;
use crate::clock::Timestamp;
use crate::telephony::{AgentId, ContactUri};

/// The values of an answer before its destinations: progress, at, last, rings until, template, dialling.
const BEFORE_DESTINATIONS: usize = 6;

/// The values of a destination: uri, agent, handling, leg.
const EACH: usize = 4;

/// The values of a record, one after the other.
struct Values<'text>(Split<'text, char>);

impl<'text> Values<'text> {
    fn next(&mut self) -> Result<&'text str, StoreError> {
        let value = self.0.next();
        value.ok_or_else(|| StoreError::Corrupt("a call's record ends too early".to_owned()))
    }

    fn time(&mut self) -> Result<Timestamp, StoreError> {
        time(self.next()?)
    }

    fn skip(&mut self, count: usize) -> Result<(), StoreError> {
        for _ in 0..count {
            self.next()?;
        }
        Ok(())
    }
}

/// A call as it is remembered.
pub(super) fn read(text: &str) -> Result<CallHistory, StoreError> {
    // Every value is ended by NUL, the last one too.
    let text = text
        .strip_suffix('\0')
        .ok_or_else(|| StoreError::Corrupt("a call's record breaks off".to_owned()))?;
    let mut values = Values(text.split('\0'));
    let first_at = values.time()?;
    let (digits, custom_field) = (values.next()?.to_owned(), values.next()?.to_owned());
    values.skip(1)?;
    let mut answers = Vec::new();
    while let Some(count) = values.0.next() {
        let count: usize = count.parse().map_err(|_not_a_number| unreadable(count))?;
        answers.push(answer(&mut values, count)?);
    }
    Ok(CallHistory {
        first_at,
        digits,
        custom_field,
        answers,
    })
}

fn answer(values: &mut Values<'_>, count: usize) -> Result<PastAnswer, StoreError> {
    values.skip(1)?;
    let (at, last) = (values.time()?, values.next()? == "1");
    values.skip(1)?;
    let template = Arc::from(values.next()?);
    values.skip(1)?;
    let destinations = count.saturating_sub(BEFORE_DESTINATIONS) / EACH;
    let destinations: Result<_, StoreError> =
        (0..destinations).map(|_| destination(values)).collect();
    Ok(PastAnswer {
        at,
        last,
        template,
        destinations: destinations?,
    })
}

fn destination(values: &mut Values<'_>) -> Result<PastDestination, StoreError> {
    let uri = values.next()?;
    let uri = ContactUri::from_canonical(uri).map_err(|_not_a_uri| unreadable(uri))?;
    let agent = match values.next()? {
        "" => None,
        id => Some(AgentId::parse(id).map_err(|_no_agent| unreadable(id))?),
    };
    values.skip(1)?;
    let leg = leg(values.next()?)?;
    Ok(PastDestination { uri, agent, leg })
}

fn leg(text: &str) -> Result<Leg, StoreError> {
    let since = |digits: &str| time(digits);
    Ok(match text.split_at_checked(1) {
        Some(("o", "")) => Leg::Offered,
        Some(("r", millis)) => Leg::Ringing(since(millis)?),
        Some(("a", millis)) => Leg::Answered(since(millis)?),
        Some(("u", "")) => Leg::Over(Outcome::Unknown),
        Some(("A", "")) => Leg::Over(Outcome::Answered),
        Some(("M", "")) => Leg::Over(Outcome::Missed),
        Some(("D", "")) => Leg::Over(Outcome::Declined),
        Some(("F", "")) => Leg::Over(Outcome::Failed),
        Some(("C", "")) => Leg::Over(Outcome::Cancelled),
        _ => return Err(unreadable(text)),
    })
}

fn time(text: &str) -> Result<Timestamp, StoreError> {
    let millis = text.parse().map_err(|_not_a_number| unreadable(text))?;
    Ok(Timestamp::from_millis(millis))
}

fn unreadable(text: &str) -> StoreError {
    StoreError::Corrupt(format!("{text:?} in a call's record"))
}
