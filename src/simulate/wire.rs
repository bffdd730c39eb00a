//! What Exotel writes: the parameters of a fetch, of a leg's event, and of the record of a Passthru applet (contract,
//! sections 2, 4 and 5), as a query.

use jiff::tz::{Offset, TimeZone};

use super::call::{Call, Ended, Leg, LegState};
use super::chance::Draw;
use crate::clock::Timestamp;

/// Exotel writes its times in India Standard Time, without saying so.
const INDIA_STANDARD_TIME_SECONDS: i32 = 19_800;

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

/// In which of its ways Exotel writes what it says of one call (contract, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    names: Names,
    nothing: Nothing,
    /// Is `Created` written as it is documented, or as it really comes?
    is_documented: bool,
    /// Is the `+` of a number written as it is, which is read as a space?
    has_bare_plus: bool,
    /// How far the order of the parameters is turned.
    turn: usize,
}

/// Who calls whom: `From` and `To`, `CallFrom` and `CallTo`, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Both,
    Short,
    Long,
}

/// How a parameter without a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nothing {
    Empty,
    Null,
    LeftOut,
}

impl Form {
    /// One of them all.
    pub(super) fn drawn(draw: &mut Draw) -> Self {
        Self {
            names: match draw.one_of(4) {
                0 => Names::Short,
                1 => Names::Long,
                _ => Names::Both,
            },
            nothing: match draw.one_of(3) {
                0 => Nothing::Empty,
                1 => Nothing::Null,
                _ => Nothing::LeftOut,
            },
            is_documented: draw.percent(30),
            has_bare_plus: draw.percent(30),
            turn: draw.one_of(100),
        }
    }

    /// What was said, as one query.
    fn query(self, mut pairs: Pairs) -> String {
        let turn = self.turn.checked_rem(pairs.len()).unwrap_or_default();
        pairs.rotate_left(turn);
        // Pairs of texts can always be written.
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        if self.has_bare_plus && query.contains("%2B") {
            query.replace("%2B", "+")
        } else {
            query
        }
    }

    fn nothing(self, pairs: &mut Pairs, name: &str) {
        match self.nothing {
            Nothing::Empty => push(pairs, name, ""),
            Nothing::Null => push(pairs, name, "null"),
            Nothing::LeftOut => {}
        }
    }
}

/// The query of a fetch.
pub(super) fn fetch(call: &Call, present: Present) -> String {
    let mut pairs = common(call, present);
    push(&mut pairs, "EndTime", "1970-01-01 05:30:00");
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
    dialled(&mut pairs, call, who, status);
    call.form.query(pairs)
}

fn is_talk(leg: &Leg) -> bool {
    matches!(leg.state, LegState::Over(Ended::Talked(_)))
}

fn common(call: &Call, present: Present) -> Pairs {
    let mut pairs = Vec::with_capacity(24);
    push(&mut pairs, "CallSid", call.sid());
    if call.form.names != Names::Long {
        push(&mut pairs, "From", call.from.clone());
        push(&mut pairs, "To", call.to.clone());
    }
    if call.form.names != Names::Short {
        push(&mut pairs, "CallFrom", call.from.clone());
        push(&mut pairs, "CallTo", call.to.clone());
    }
    push(&mut pairs, "Direction", "incoming");
    let created = if call.form.is_documented {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%a, %d %b %Y %H:%M:%S"
    };
    push(&mut pairs, "Created", time(call.created, created));
    let shown = time(present.shown, "%Y-%m-%d %H:%M:%S");
    push(&mut pairs, "CurrentTime", shown);
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
}

fn words(leg: &Leg) -> Words {
    let (status, cause, cause_code) = match leg.state {
        LegState::Over(Ended::Talked(_)) => ("completed", "16", "NORMAL_CLEARING"),
        LegState::Over(Ended::RangOut) => ("no-answer", "1003", "RING_TIMEOUT"),
        LegState::Over(Ended::Declined) => ("busy", "17", "USER_BUSY"),
        LegState::Over(Ended::Failed) => ("failed", "41", "NORMAL_TEMPORARY_FAILURE"),
        LegState::Over(Ended::LostRace) => ("canceled", "26", "LOSE_RACE"),
        LegState::Over(Ended::CallerLeft) => ("canceled", "487", "ORIGINATOR_CANCEL"),
        LegState::Ringing | LegState::Talking(_) => ("in-progress", "", ""),
    };
    Words {
        status,
        cause,
        cause_code,
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
