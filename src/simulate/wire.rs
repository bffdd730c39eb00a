//! What Exotel writes: the parameters of a fetch, of a leg's event, and of the record of a Passthru applet (contract,
//! sections 2, 4 and 5), as a query.

use std::time::Duration;

use jiff::tz::{Offset, TimeZone};

use super::call::{Call, Ended, Leg, LegState};
use crate::clock::Timestamp;

mod form;

pub(super) use form::Form;

/// Exotel writes its times in India Standard Time, without saying so.
const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;

/// The two ways in which it writes them.
const DOCUMENTED: &str = "%Y-%m-%d %H:%M:%S";
const AS_IN_MAIL: &str = "%a, %d %b %Y %H:%M:%S";

/// How long after a call its recording can be had at the latest.
const RECORDING_AFTER: Duration = Duration::from_mins(5);

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegEvent {
    Dial,
    Ringing,
    Answered,
    Terminal,
}

type Pairs = Vec<(String, String)>;

/// The present, in the scenario and as the clocks of the service show it: that is what stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) now: Timestamp,
    pub(super) shown: Timestamp,
}

/// The query of a fetch.
pub(super) fn fetch(call: &Call, present: Present) -> String {
    let mut pairs = common(call, present);
    push(&mut pairs, "EndTime", call.form.not_yet());
    call.form.others(&mut pairs, call);
    call.form.nothing(&mut pairs, "CustomField");
    push(&mut pairs, "CallStatus", "ringing");
    push(&mut pairs, "CallType", "call-attempt");
    if call.fetches == 0 {
        // What was keyed comes with the first fetch of a call only, in quotes.
        let digits = call.digits.as_ref();
        pairs.extend(digits.map(|digits| ("digits".to_owned(), format!("\"{digits}\""))));
    }
    let whom = call.legs.last();
    dialled(&mut pairs, call, whom, whom.map(|leg| words(leg).status));
    call.form.query(pairs)
}

/// The query of a leg's event.
pub(super) fn event(call: &Call, leg: &Leg, event: LegEvent, present: Present) -> String {
    let now = present.now;
    let mut pairs = common(call, present);
    let (word, status) = match event {
        LegEvent::Dial => ("Dial", "busy"),
        LegEvent::Ringing => ("Ringing", "busy"),
        LegEvent::Answered => ("Answered", "busy"),
        LegEvent::Terminal => ("Terminal", "free"),
    };
    push(&mut pairs, "EventType", word);
    push(&mut pairs, "Status", status);
    push(&mut pairs, "DialWhomNumber", leg.uri.to_string());
    let rang = match leg.state {
        LegState::Talking(since) => since.since(leg.dialled),
        LegState::Over(Ended::Talked(talked)) => now.since(leg.dialled).saturating_sub(talked),
        LegState::Ringing | LegState::Over(_) => now.since(leg.dialled),
    };
    push(&mut pairs, "RingDuration", rang.as_secs().to_string());
    push(&mut pairs, "AgentEmail", email_of(leg));
    if records(call) {
        push(&mut pairs, "RecordingAvailableBy", available_by(present));
    }
    call.form.query(pairs)
}

/// The query of the record of a Passthru applet, when the dial of a call is over.
pub(super) fn end_of_dial(call: &Call, present: Present) -> String {
    let talker = call.legs.iter().find(|leg| is_talk(leg));
    let who = talker.or(call.legs.last());
    let status = who.map(|leg| words(leg).status);
    let (call_type, status) = match who.map(|leg| leg.state) {
        // The caller did not wait for the answer of a fetch.
        _ if call.is_asking => ("client-hangup", Some("canceled")),
        Some(LegState::Over(Ended::Talked(_))) => ("completed", status),
        Some(LegState::Over(Ended::CallerLeft)) => ("client-hangup", status),
        Some(_) | None => ("incomplete", status),
    };
    let mut pairs = common(call, present);
    push(&mut pairs, "CallType", call_type);
    if talker.is_some() && records(call) {
        let url = format!("https://recordings.example.com/{}.mp3", call.sid());
        push(&mut pairs, "RecordingUrl", url);
        push(&mut pairs, "RecordingAvailableBy", available_by(present));
    } else {
        call.form.nothing(&mut pairs, "RecordingUrl");
    }
    call.form.others(&mut pairs, call);
    dialled(&mut pairs, call, who, status);
    call.form.query(pairs)
}

/// Did the answer want the conversation recorded?
fn records(call: &Call) -> bool {
    let attempt = call.attempt.as_ref();
    attempt.is_some_and(|attempt| attempt.instructions.records)
}

fn available_by(present: Present) -> String {
    time(present.shown.plus(RECORDING_AFTER), AS_IN_MAIL)
}

/// A user of Exotel has an address for mail, a fixed number has none.
fn email_of(leg: &Leg) -> String {
    let uri = leg.uri.to_string();
    let user = uri.strip_prefix("sip:");
    user.map_or_else(String::new, |user| format!("{user}@example.com"))
}

fn is_talk(leg: &Leg) -> bool {
    matches!(leg.state, LegState::Over(Ended::Talked(_)))
}

fn common(call: &Call, present: Present) -> Pairs {
    let mut pairs = Vec::with_capacity(24);
    push(&mut pairs, "CallSid", call.sid());
    if call.form.has_short_names() {
        push(&mut pairs, "From", call.from.clone());
        push(&mut pairs, "To", call.to.clone());
    }
    if call.form.has_long_names() {
        push(&mut pairs, "CallFrom", call.from.clone());
        push(&mut pairs, "CallTo", call.to.clone());
    }
    push(&mut pairs, "Direction", "incoming");
    let created = if call.form.is_documented() {
        DOCUMENTED
    } else {
        AS_IN_MAIL
    };
    push(&mut pairs, "Created", time(call.created, created));
    push(&mut pairs, "StartTime", time(call.created, DOCUMENTED));
    push(&mut pairs, "CurrentTime", time(present.shown, DOCUMENTED));
    pairs
}

/// What is told of the dialling so far: whom `who` is about, how it ended, and each leg.
fn dialled(pairs: &mut Pairs, call: &Call, who: Option<&Leg>, status: Option<&str>) {
    push(
        pairs,
        "DialCallDuration",
        call.dialled.as_secs().to_string(),
    );
    match who {
        Some(who) => push(pairs, "DialWhomNumber", who.uri.to_string()),
        None => call.form.nothing(pairs, "DialWhomNumber"),
    }
    if let Some(status) = status {
        push(pairs, "DialCallStatus", status);
    }
    for (place, leg) in call.legs.iter().enumerate() {
        let words = words(leg);
        let field = |name| format!("Legs[{place}][{name}]");
        pairs.push((field("Number"), leg.uri.to_string()));
        pairs.push((field("Type"), "single".to_owned()));
        pairs.push((field("Cause"), words.cause.to_owned()));
        pairs.push((field("CauseCode"), words.cause_code.to_owned()));
        if let Some(who) = words.disconnected_by {
            pairs.push((field("DisconnectedBy"), who.to_owned()));
        }
        if let LegState::Over(Ended::Talked(talked)) = leg.state {
            pairs.push((field("OnCallDuration"), talked.as_secs().max(1).to_string()));
        }
    }
}

/// Exotel's words for how a leg ended.
struct Words {
    status: &'static str,
    cause: &'static str,
    cause_code: &'static str,
    disconnected_by: Option<&'static str>,
}

fn words(leg: &Leg) -> Words {
    let (status, cause, cause_code) = match leg.state {
        LegState::Over(Ended::Talked(_)) => ("completed", "16", "NORMAL_CLEARING"),
        LegState::Over(Ended::RangOut) => ("no-answer", "1003", "RING_TIMEOUT"),
        LegState::Over(Ended::Declined | Ended::Engaged) => ("busy", "17", "USER_BUSY"),
        LegState::Over(Ended::Failed) => ("failed", "41", "NORMAL_TEMPORARY_FAILURE"),
        LegState::Over(Ended::LostRace) => ("canceled", "26", "LOSE_RACE"),
        LegState::Over(Ended::CallerLeft) => ("canceled", "487", "ORIGINATOR_CANCEL"),
        LegState::Ringing | LegState::Talking(_) => ("in-progress", "", ""),
    };
    let disconnected_by = match leg.state {
        LegState::Over(Ended::Talked(_) | Ended::Declined) => Some("Callee"),
        LegState::Over(Ended::CallerLeft) => Some("Caller"),
        LegState::Ringing | LegState::Talking(_) | LegState::Over(_) => None,
    };
    Words {
        status,
        cause,
        cause_code,
        disconnected_by,
    }
}

fn push(pairs: &mut Pairs, name: &str, value: impl Into<String>) {
    pairs.push((name.to_owned(), value.into()));
}

fn time(moment: Timestamp, format: &str) -> String {
    let zone =
        Offset::from_seconds(INDIA_STANDARD_TIME_SECONDS).map_or(TimeZone::UTC, TimeZone::fixed);
    let zoned = moment.to_jiff().to_zoned(zone);
    zoned.strftime(format).to_string()
}

#[cfg(test)]
mod tests;
