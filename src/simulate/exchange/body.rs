//! What Exotel writes: bodies with every field of the published samples, in their order (contract, section 6).

use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use serde::Serialize;

use super::book::{Entry, Side};
use super::refusal::Refusal;
use super::request::CallbackMoment;
use crate::clock::Timestamp;

/// Exotel writes its times in India Standard Time.
const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;

/// The envelope of everything that version 3 answers.
#[derive(Serialize)]
pub(super) struct Envelope<T> {
    request_id: String,
    method: &'static str,
    http_code: u16,
    metadata: Option<()>,
    response: T,
}

/// What is in the envelope when it is about a call.
#[derive(Serialize)]
pub(super) struct OfCall {
    code: u16,
    error_data: Option<ErrorData>,
    status: &'static str,
    call_details: Option<CallDetails>,
}

#[derive(Serialize)]
struct ErrorData {
    code: u16,
    description: String,
    message: &'static str,
}

/// What is in the envelope when it is about the two sides of a call.
#[derive(Serialize)]
pub(super) struct OfLegs {
    code: u16,
    error_data: Option<()>,
    status: &'static str,
    leg_details: LegDetails,
}

#[derive(Serialize)]
struct LegDetails {
    call_sid: String,
    account_sid: String,
    from: Vec<LegView>,
    to: Vec<LegView>,
}

#[derive(Serialize)]
struct LegView {
    sid: String,
    name: Option<String>,
    contact_uri: String,
    status: &'static str,
    created_time: String,
    updated_time: String,
    start_time: Option<String>,
    end_time: Option<String>,
}

/// A call as it is now.
#[derive(Serialize)]
pub(super) struct CallDetails {
    sid: String,
    direction: &'static str,
    virtual_number: String,
    state: &'static str,
    status: Option<&'static str>,
    legs: String,
    created_time: String,
    updated_time: String,
    start_time: String,
    end_time: Option<String>,
    total_duration: Option<u64>,
    total_talk_time: Option<u64>,
    custom_field: Option<String>,
    app_id: Option<()>,
    app_name: Option<()>,
    digits: Option<()>,
    recordings: Option<Vec<RecordingView>>,
}

#[derive(Serialize)]
struct RecordingView {
    url: String,
}

/// A report of a call that Exotel sends by itself (F).
#[derive(Serialize)]
struct StatusCallback {
    event_details: EventDetails,
    call_details: CallDetails,
}

#[derive(Serialize)]
struct EventDetails {
    event_type: &'static str,
}

/// A yes to a request about a call.
pub(super) fn success(request_id: String, method: &'static str, entry: &Entry) -> Envelope<OfCall> {
    let response = OfCall {
        code: 200,
        error_data: None,
        status: "success",
        call_details: Some(CallDetails::of(entry)),
    };
    envelope(request_id, method, 200, response)
}

/// The two sides of a call.
pub(super) fn legs(request_id: String, entry: &Entry) -> Envelope<OfLegs> {
    let side = |side: Option<&Side>, uri: &str, name: &str| {
        let view = side.map(|side| LegView::of(entry, side, uri, name));
        view.into_iter().collect()
    };
    let leg_details = LegDetails {
        call_sid: entry.sid.clone(),
        account_sid: entry.account.clone(),
        from: side(Some(&entry.from), &entry.asked.from, "from"),
        to: side(entry.to.as_ref(), &entry.asked.to, "to"),
    };
    let response = OfLegs {
        code: 200,
        error_data: None,
        status: "success",
        leg_details,
    };
    envelope(request_id, "GET", 200, response)
}

/// A no, in the form of the published failure.
pub(super) fn failure(
    request_id: String,
    method: &'static str,
    refusal: Refusal,
    description: String,
) -> Envelope<OfCall> {
    let response = OfCall {
        code: refusal.status,
        error_data: Some(ErrorData {
            code: refusal.code,
            description,
            message: refusal.message,
        }),
        status: "failure",
        call_details: None,
    };
    envelope(request_id, method, refusal.status, response)
}

/// The body of a report.
pub(super) fn callback(entry: &Entry, moment: CallbackMoment) -> String {
    let event_type = match moment {
        CallbackMoment::Answered => "answered",
        CallbackMoment::Terminal => "terminal",
    };
    let callback = StatusCallback {
        event_details: EventDetails { event_type },
        call_details: CallDetails::of(entry),
    };
    // Texts and numbers can always be written.
    serde_json::to_string(&callback).unwrap_or_default()
}

fn envelope<T>(
    request_id: String,
    method: &'static str,
    http_code: u16,
    response: T,
) -> Envelope<T> {
    Envelope {
        request_id,
        method,
        http_code,
        metadata: None,
        response,
    }
}

impl CallDetails {
    fn of(entry: &Entry) -> Self {
        let account = &entry.account;
        let over = entry.over.as_ref();
        let has_recording =
            entry.asked.record && entry.talked().is_some_and(|time| !time.is_zero());
        let url = format!(
            "https://recordings.exotel.com/exotelrecordings/{account}/{}.mp3",
            entry.sid
        );
        Self {
            sid: entry.sid.clone(),
            direction: "outbound",
            virtual_number: local(&entry.asked.virtual_number),
            state: if over.is_some() { "terminal" } else { "active" },
            status: over.map(|over| over.outcome.word()),
            legs: format!("/v3/accounts/{account}/calls/{}/legs", entry.sid),
            created_time: time(entry.created),
            updated_time: time(entry.updated),
            start_time: time(entry.created),
            end_time: over.map(|over| time(over.at)),
            total_duration: over.map(|over| over.at.since(entry.created).as_secs()),
            total_talk_time: entry.talked().as_ref().map(Duration::as_secs),
            custom_field: entry.asked.custom_field.clone(),
            app_id: None,
            app_name: None,
            digits: None,
            recordings: has_recording.then(|| vec![RecordingView { url }]),
        }
    }
}

impl LegView {
    fn of(entry: &Entry, side: &Side, uri: &str, name: &str) -> Self {
        let ended = side.ended.map(time);
        let updated = side.ended.or(side.answered).unwrap_or(side.rang);
        let status = match (side.answered, side.ended) {
            (Some(_), Some(_)) => "completed",
            (Some(_), None) => "in-progress",
            (None, Some(_)) => "no-answer",
            (None, None) => "ringing",
        };
        Self {
            sid: format!("{}-{name}", entry.sid),
            name: None,
            contact_uri: uri.to_owned(),
            status,
            created_time: time(side.rang),
            updated_time: time(updated),
            start_time: side.answered.map(time),
            end_time: ended,
        }
    }
}

/// An Indian number as the samples have it: with the trunk prefix, not the calling code.
pub(super) fn local(number: &str) -> String {
    let national = number.strip_prefix("+91");
    national.map_or_else(|| number.to_owned(), |national| format!("0{national}"))
}

/// A moment as version 3 writes it, without fractions of a second.
fn time(moment: Timestamp) -> String {
    in_india(moment, "%Y-%m-%dT%H:%M:%S%:z")
}

/// A moment as version 1 writes it, without its zone.
pub(super) fn naive_time(moment: Timestamp) -> String {
    in_india(moment, "%Y-%m-%d %H:%M:%S")
}

fn in_india(moment: Timestamp, format: &str) -> String {
    let zone =
        Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS).map_or(TimeZone::UTC, TimeZone::fixed);
    moment.to_jiff().to_zoned(zone).strftime(format).to_string()
}
