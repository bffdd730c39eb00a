//! What Exotel writes: the parameters of a fetch, of a leg's event, and of the record of a Passthru applet (contract,
//! sections 2, 4 and 5), as a query.

use jiff::tz::{Offset, TimeZone};

use super::call::{Call, Ended, Leg, LegState};
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

/// The query of a fetch.
pub(super) fn fetch(call: &Call, now: Timestamp) -> String {
    let mut pairs = common(call, now);
    push(&mut pairs, "EndTime", "1970-01-01 05:30:00");
    push(&mut pairs, "CallStatus", "ringing");
    push(&mut pairs, "CallType", "call-attempt");
    if call.fetches == 0 {
        // What was keyed comes with the first fetch of a call only, in quotes.
        let digits = call.digits.as_ref();
        pairs.extend(digits.map(|digits| ("digits".to_owned(), format!("\"{digits}\""))));
    }
    dialled(&mut pairs, call, call.legs.last());
    query(&pairs)
}

/// The query of a leg's event.
pub(super) fn event(call: &Call, leg: &Leg, event: LegEvent, now: Timestamp) -> String {
    let mut pairs = common(call, now);
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
    query(&pairs)
}

/// The query of the record of a Passthru applet, when the dial of a call is over.
pub(super) fn end_of_dial(call: &Call, now: Timestamp) -> String {
    let talker = call.legs.iter().find(|leg| is_talk(leg));
    let who = talker.or(call.legs.last());
    let call_type = match who.map(|leg| leg.state) {
        Some(LegState::Over(Ended::Talked(_))) => "completed",
        Some(LegState::Over(Ended::CallerLeft)) => "client-hangup",
        Some(_) | None => "incomplete",
    };
    let mut pairs = common(call, now);
    push(&mut pairs, "CallType", call_type);
    dialled(&mut pairs, call, who);
    query(&pairs)
}

fn is_talk(leg: &Leg) -> bool {
    matches!(leg.state, LegState::Over(Ended::Talked(_)))
}

fn common(call: &Call, now: Timestamp) -> Pairs {
    let mut pairs = Vec::with_capacity(24);
    push(&mut pairs, "CallSid", call.sid());
    push(&mut pairs, "From", call.from.clone());
    push(&mut pairs, "CallFrom", call.from.clone());
    push(&mut pairs, "To", call.to.clone());
    push(&mut pairs, "CallTo", call.to.clone());
    push(&mut pairs, "Direction", "incoming");
    push(
        &mut pairs,
        "Created",
        time(call.arrived, "%a, %d %b %Y %H:%M:%S"),
    );
    push(&mut pairs, "CurrentTime", time(now, "%Y-%m-%d %H:%M:%S"));
    pairs
}

/// What is told of the dialling so far: whom `who` is about, and each leg.
fn dialled(pairs: &mut Pairs, call: &Call, who: Option<&Leg>) {
    push(
        pairs,
        "DialCallDuration",
        call.dialled.as_secs().to_string(),
    );
    let Some(who) = who else {
        return push(pairs, "DialWhomNumber", "");
    };
    push(pairs, "DialWhomNumber", who.uri.to_string());
    push(pairs, "DialCallStatus", words(who).status);
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

fn query(pairs: &Pairs) -> String {
    // Pairs of texts can always be written.
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::exotel::{CallReport, ConnectRequest, DialOutcome, News, Parameters};
    use crate::telephony::{ContactUri, Country};

    const NOW: Timestamp = Timestamp::from_millis(1_795_411_200_000);

    fn call(states: &[LegState]) -> Call {
        let leg = |(place, state): (usize, &LegState)| Leg {
            uri: ContactUri::from_canonical(&format!("sip:desk-{place}")).unwrap(),
            agent: Some(place),
            dialled: NOW.minus(Duration::from_secs(20)),
            state: *state,
        };
        Call {
            number: 7,
            kind: 0,
            from: "09812345678".to_owned(),
            to: "01135124157".to_owned(),
            digits: Some("5".to_owned()),
            arrived: NOW.minus(Duration::from_secs(30)),
            talk: Duration::ZERO,
            fetches: 0,
            attempts: 1,
            reports: 0,
            legs: states.iter().enumerate().map(leg).collect(),
            attempt: None,
            dialled: Duration::from_secs(20),
            last_body: None,
        }
    }

    fn read(query: &str) -> Parameters {
        Parameters::from_query(query).unwrap()
    }

    #[test]
    fn a_first_fetch_is_read_as_one_of_which_nothing_was_dialled() {
        let mut fresh = call(&[]);
        fresh.dialled = Duration::ZERO;
        let query = fetch(&fresh, NOW);
        let request = ConnectRequest::read(&read(&query), Country::INDIA);
        assert_eq!(request.digits.as_deref(), Some("5"));
        assert_eq!(request.caller.phone().unwrap().to_string(), "+919812345678");
        assert_eq!(request.progress(), "0");
        assert!(request.last_dial().is_none());
        assert_eq!(request.current_time, Some(NOW));
        assert_eq!(request.created, Some(NOW.minus(Duration::from_secs(30))));
        fresh.fetches = 1;
        let later = ConnectRequest::read(&read(&fetch(&fresh, NOW)), Country::INDIA);
        assert_eq!(later.digits, None);
    }

    #[test]
    fn a_fetch_after_an_attempt_tells_how_it_ended() {
        let over = |ended| LegState::Over(ended);
        let call = call(&[over(Ended::RangOut), over(Ended::Declined)]);
        let request = ConnectRequest::read(&read(&fetch(&call, NOW)), Country::INDIA);
        let end = request.last_dial().unwrap();
        assert_eq!(end.outcome, DialOutcome::Declined);
        let outcomes: Vec<_> = end.legs.iter().map(|leg| leg.outcome).collect();
        assert_eq!(outcomes, [DialOutcome::NoAnswer, DialOutcome::Declined]);
    }

    #[test]
    fn the_end_of_a_dial_is_read_as_what_happened() {
        let talked = Ended::Talked(Duration::from_secs(41));
        for (states, expected) in [
            (vec![Ended::LostRace, talked], DialOutcome::Answered),
            (vec![Ended::RangOut], DialOutcome::NoAnswer),
            (vec![Ended::CallerLeft], DialOutcome::Cancelled),
            (vec![Ended::Failed], DialOutcome::Failed),
        ] {
            let states: Vec<_> = states.into_iter().map(LegState::Over).collect();
            let query = end_of_dial(&call(&states), NOW);
            let report = CallReport::read(&read(&query), Country::INDIA);
            let News::End(end) = report.news else {
                panic!("{query} is no end");
            };
            assert_eq!(end.outcome, expected, "{query}");
        }
    }

    #[test]
    fn an_event_names_the_phone_and_how_long_it_rang() {
        let talked = Duration::from_secs(15);
        let call = call(&[LegState::Over(Ended::Talked(talked))]);
        let query = event(&call, &call.legs[0], LegEvent::Terminal, NOW);
        let report = CallReport::read(&read(&query), Country::INDIA);
        assert_eq!(report.call.unwrap().as_str(), "simulated-00000007");
        let News::Leg(leg) = report.news else {
            panic!("{query} is of no leg");
        };
        assert_eq!(leg.who.unwrap().to_string(), "sip:desk-0");
        assert_eq!(leg.rang, Some(Duration::from_secs(5)));
    }
}
