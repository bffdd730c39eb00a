//! The question as people write it: `{"from", "to", "digits"?, …}`.

use std::num::NonZeroU8;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::routing::{Question, RoutingBook};
use crate::server::fields::{Fields, number, text};
use crate::server::problem::FieldError;
use crate::telephony::{
    AccountName, CallSid, Country, DurationText, NumberText, PhoneNumber, duration,
};

/// What stands for a caller who hides the number.
const HIDDEN: &str = "hidden";
/// The word that Exotel has for most calls.
const INCOMING: &str = "incoming";
const MAX_DIGITS: usize = 64;
const MAX_TEXT: usize = 128;
/// More attempts than any rule allows, so that their end can be asked about.
const MOST_ATTEMPTS: u64 = 20;
/// As long as a call is remembered.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

// [`question`] reads it field by field.
/// A call that is asked about.
#[expect(
    dead_code,
    reason = "only described: the reader names every bad field at once"
)]
#[derive(ToSchema)]
pub(super) struct QuestionDocument {
    /// Who calls; `hidden` for a caller who hides the number.
    #[schema(value_type = NumberText)]
    from: String,
    /// The number that is called.
    #[schema(value_type = NumberText)]
    to: String,
    /// What the caller keyed.
    #[schema(min_length = 1, max_length = 64)]
    digits: Option<String>,
    #[schema(min_length = 1, max_length = 128)]
    custom_field: Option<String>,
    /// Exotel's word; `incoming` without it.
    #[schema(min_length = 1, max_length = 128)]
    direction: Option<String>,
    call_sid: Option<CallSid>,
    /// When: a time in RFC 3339, or one on the wall clocks of the account; now without it.
    #[schema(min_length = 1, max_length = 128)]
    at: Option<String>,
    /// Which attempt, from 1.
    #[schema(minimum = 1, maximum = 20)]
    attempt: Option<u8>,
    /// How long the call has waited by then, at most a day.
    #[schema(value_type = Option<DurationText>)]
    waiting: Option<String>,
}

/// Reads a question about an account, with numbers and local times as its rules read them.
///
/// # Errors
/// Every field that can't be meant, by name.
pub fn question(
    document: &Value,
    account: AccountName,
    book: &RoutingBook,
    now: Timestamp,
) -> Result<Question, Vec<FieldError>> {
    let mut fields = Fields::of("", document).map_err(|error| vec![error])?;
    let from = fields.required("from", |value| caller(value, book.country()));
    let to = fields.required("to", |value| phone(value, book.country()));
    let digits = fields.optional("digits", |value| owned(value, MAX_DIGITS));
    let custom_field = fields.optional("custom_field", |value| owned(value, MAX_TEXT));
    let direction = fields.optional("direction", |value| owned(value, MAX_TEXT));
    let call = fields.optional("call_sid", call_sid);
    let at = fields.optional("at", |value| moment(value, book.time_zone()));
    let attempt = fields.optional("attempt", |value| number(value, 1, MOST_ATTEMPTS));
    let waiting = fields.optional("waiting", waiting);
    if attempt == Some(1) && waiting.is_some_and(|waiting| !waiting.is_zero()) {
        fields.complain(
            "waiting",
            "must be left out at attempt 1: a call waits from its first attempt on",
        );
    }
    let errors = fields.finish();
    match (from, to) {
        (Some(caller), Some(dialed)) if errors.is_empty() => Ok(Question {
            account,
            call,
            caller,
            dialed: Some(dialed),
            direction: direction.or_else(|| Some(INCOMING.to_owned())),
            digits,
            custom_field,
            at: at.unwrap_or(now),
            attempt: attempt_of(attempt, waiting),
            waiting,
            last_answered: None,
            earlier: Vec::new(),
        }),
        _ => Err(errors),
    }
}

/// The attempt; for a call that has waited, and of which no more is said, the first that can have.
fn attempt_of(attempt: Option<u8>, waiting: Option<Duration>) -> NonZeroU8 {
    let has_waited = waiting.is_some_and(|waiting| !waiting.is_zero());
    let number = attempt.unwrap_or(if has_waited { 2 } else { 1 });
    NonZeroU8::new(number).unwrap_or(NonZeroU8::MIN)
}

fn owned(value: &Value, most: usize) -> Result<String, String> {
    text(value, most).map(str::to_owned)
}

fn caller(value: &Value, country: Country) -> Result<Option<PhoneNumber>, String> {
    if value
        .as_str()
        .is_some_and(|text| text.trim().eq_ignore_ascii_case(HIDDEN))
    {
        return Ok(None);
    }
    phone(value, country)
        .map(Some)
        .map_err(|error| format!("{error}; write {HIDDEN} for a caller who hides the number"))
}

fn phone(value: &Value, country: Country) -> Result<PhoneNumber, String> {
    let text = text(value, MAX_TEXT)?;
    PhoneNumber::parse(text, country).map_err(|error| error.to_string())
}

fn call_sid(value: &Value) -> Result<CallSid, String> {
    CallSid::parse(text(value, MAX_TEXT)?).map_err(|error| error.to_string())
}

fn waiting(value: &Value) -> Result<Duration, String> {
    let text = value.as_str().ok_or("must be a duration such as 40s")?;
    let waiting = duration::parse(text).map_err(|error| error.to_string())?;
    if waiting > LONGEST_WAIT {
        return Err("must be at most 1d: longer no call is remembered".to_owned());
    }
    Ok(waiting)
}

/// A moment with an offset, or one on the wall clocks of the account.
pub(in crate::server) fn moment(value: &Value, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text(value, MAX_TEXT)?;
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.into());
    }
    let local: DateTime = text.parse().map_err(|_no_time: jiff::Error| {
        "must be a time such as 2026-11-23T11:00, or with an offset 2026-11-23T11:00+05:30"
    })?;
    let moment = zone.to_ambiguous_timestamp(local);
    let unclear = |_gap_or_fold: jiff::Error| "is skipped or comes twice when the clocks are changed: write it with an offset, as in 2026-11-23T11:00+05:30";
    Ok(moment.unambiguous().map_err(unclear)?.into())
}

#[cfg(test)]
mod tests;
