//! What Exotel writes is read as what it means.

use std::time::Duration;

use super::super::answer;
use super::super::call::Attempt;
use super::super::chance::{Chance, Of};
use super::*;
use crate::exotel::{CallReport, ConnectRequest, DialOutcome, Dialect, News, Parameters};
use crate::telephony::{ContactUri, Country};

const NOW: Timestamp = Timestamp::from_millis(1_795_411_200_000);

const PRESENT: Present = Present {
    now: NOW,
    shown: NOW,
};

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
        form: Form::drawn(&mut Chance::new(1).of(Of::Form, 7, 0)),
        arrived: NOW.minus(Duration::from_secs(30)),
        created: NOW.minus(Duration::from_secs(30)),
        talk: Duration::ZERO,
        fetches: 0,
        attempts: 1,
        reports: 0,
        legs: states.iter().enumerate().map(leg).collect(),
        is_asking: false,
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
    let query = fetch(&fresh, PRESENT);
    let request = ConnectRequest::read(&read(&query), Country::INDIA);
    assert_eq!(request.digits.as_deref(), Some("5"));
    assert_eq!(request.caller.phone().unwrap().to_string(), "+919812345678");
    assert_eq!(request.progress(), "0");
    assert!(request.last_dial().is_none());
    assert_eq!(request.current_time, Some(NOW));
    assert_eq!(request.created, Some(NOW.minus(Duration::from_secs(30))));
    fresh.fetches = 1;
    let later = ConnectRequest::read(&read(&fetch(&fresh, PRESENT)), Country::INDIA);
    assert_eq!(later.digits, None);
}

#[test]
fn a_fetch_after_an_attempt_tells_how_it_ended() {
    let over = |ended| LegState::Over(ended);
    let call = call(&[over(Ended::RangOut), over(Ended::Declined)]);
    let request = ConnectRequest::read(&read(&fetch(&call, PRESENT)), Country::INDIA);
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
        let query = end_of_dial(&call(&states), PRESENT);
        let report = CallReport::read(&read(&query), Country::INDIA);
        let News::End(end) = report.news else {
            panic!("{query} is no end");
        };
        assert_eq!(end.outcome, expected, "{query}");
    }
}

/// An answer that wants a recording, or not.
fn attempt(records: bool) -> Attempt {
    let body = format!(
        r#"{{"destination":[{{"contact_uri":"sip:desk-0"}}],"recording":{{"record":{records},"channels":"dual"}}}}"#
    );
    Attempt {
        instructions: answer::read(&body, Dialect::Ccm).unwrap(),
        begun: NOW,
        first_leg: 0,
    }
}

#[test]
fn only_a_recorded_conversation_leaves_a_recording() {
    let talked = LegState::Over(Ended::Talked(Duration::from_secs(41)));
    let rang = LegState::Over(Ended::RangOut);
    for (state, records, expected) in [
        (talked, true, true),
        (talked, false, false),
        (rang, true, false),
    ] {
        let mut call = call(&[state]);
        call.attempt = Some(attempt(records));
        let query = end_of_dial(&call, PRESENT);
        assert_eq!(query.contains("RecordingUrl=https"), expected, "{query}");
        let query = event(&call, &call.legs[0], LegEvent::Dial, PRESENT);
        assert_eq!(query.contains("RecordingAvailableBy="), records, "{query}");
        assert!(query.contains("AgentEmail=desk-0%40example.com"), "{query}");
    }
}

#[test]
fn an_event_names_the_phone_and_how_long_it_rang() {
    let talked = Duration::from_secs(15);
    let call = call(&[LegState::Over(Ended::Talked(talked))]);
    let query = event(&call, &call.legs[0], LegEvent::Terminal, PRESENT);
    let report = CallReport::read(&read(&query), Country::INDIA);
    assert_eq!(report.call.unwrap().as_str(), "simulated-00000007");
    let News::Leg(leg) = report.news else {
        panic!("{query} is of no leg");
    };
    assert_eq!(leg.who.unwrap().to_string(), "sip:desk-0");
    assert_eq!(leg.rang, Some(Duration::from_secs(5)));
}

#[test]
fn however_it_is_written_the_same_is_read() {
    let states = [LegState::Over(Ended::RangOut)];
    let mut queries = std::collections::BTreeSet::new();
    for number in 0..200 {
        let mut call = call(&states);
        call.from = "+919812345678".to_owned();
        call.form = Form::drawn(&mut Chance::new(1).of(Of::Form, number, 0));
        let query = fetch(&call, PRESENT);
        let request = ConnectRequest::read(&read(&query), Country::INDIA);
        assert_eq!(request.caller.phone().unwrap().to_string(), "+919812345678");
        assert_eq!(request.dialed.phone().unwrap().to_string(), "+911135124157");
        assert_eq!(request.created, Some(call.created), "{query}");
        assert_eq!(request.current_time, Some(NOW), "{query}");
        assert_eq!(request.custom_field, None, "{query}");
        assert_eq!(request.last_dial().unwrap().outcome, DialOutcome::NoAnswer);
        assert_eq!(request.start_time, Some(call.created), "{query}");
        queries.insert(query);
    }
    assert!(queries.len() > 50, "{}", queries.len());
    for said in [
        "EndTime=1970",
        "EndTime=0000",
        "flow_id=1234",
        "ForwardedFrom=null",
        "OutgoingPhoneNumber=01135124157",
        "SomethingNew=x%26y%3D1",
    ] {
        assert!(queries.iter().any(|query| query.contains(said)), "{said}");
        assert!(!queries.iter().all(|query| query.contains(said)), "{said}");
    }
}

#[test]
fn nothing_was_dialled_however_that_is_written() {
    for number in 0..50 {
        let mut call = call(&[]);
        call.dialled = Duration::ZERO;
        call.form = Form::drawn(&mut Chance::new(1).of(Of::Form, number, 0));
        let query = fetch(&call, PRESENT);
        let request = ConnectRequest::read(&read(&query), Country::INDIA);
        assert!(request.last_dial().is_none(), "{query}");
    }
}

#[test]
fn whoever_hangs_up_before_an_answer_has_left() {
    for states in [vec![], vec![LegState::Over(Ended::RangOut)]] {
        let mut call = call(&states);
        call.is_asking = true;
        let query = end_of_dial(&call, PRESENT);
        let News::End(end) = CallReport::read(&read(&query), Country::INDIA).news else {
            panic!("{query} is no end");
        };
        assert_eq!(end.outcome, DialOutcome::Cancelled, "{query}");
    }
}
