use rstest::rstest;

use super::*;
use crate::exotel::ConnectRequest;

mod ends;
mod forms;
mod laws;

const ASHA: &str = "+919812345678";
const BINU: &str = "+919812345679";
const DESK: &str = "sip:desk1";

fn report(query: &str) -> CallReport {
    CallReport::read(&Parameters::from_query(query).unwrap(), Country::INDIA)
}

fn news(query: &str) -> News {
    report(query).news
}

fn end(query: &str) -> DialEnd {
    match news(query) {
        News::End(end) => end,
        other @ (News::Leg(_) | News::Nothing(_)) => panic!("{query}: {other:?}"),
    }
}

fn contact(text: &str) -> Option<ContactUri> {
    ContactUri::from_canonical(text).ok()
}

fn leg(who: &str, outcome: DialOutcome, talked: u64) -> EndedLeg {
    EndedLeg {
        who: contact(who),
        outcome,
        talked: (talked > 0).then(|| Duration::from_secs(talked)),
    }
}

/// A `Terminal` that says no more than that the leg is over.
const OVER: LegEvent = LegEvent::Terminal {
    outcome: DialOutcome::Unknown,
    talked: None,
};

#[rstest]
#[case("Dial", "busy", LegEvent::Dial)]
#[case("Ringing", "busy", LegEvent::Ringing)]
#[case("Answered", "busy", LegEvent::Answered)]
#[case("Terminal", "free", OVER)]
#[case::in_capitals("TERMINAL", "free", OVER)]
#[case::small_with_blanks("%20dial%20", "", LegEvent::Dial)]
#[case::a_status_that_contradicts("Terminal", "busy", OVER)]
#[case::a_status_that_contradicts("Dial", "free", LegEvent::Dial)]
fn an_event_type_says_what_happened_whatever_the_status(
    #[case] word: &str,
    #[case] status: &str,
    #[case] event: LegEvent,
) {
    let query = format!(
        "CallSid=a1&CallFrom=08516043026&CallTo=01135124157&From=08516043026&To=01135124157&Direction=incoming\
         &Created=Mon%2C%2023%20Nov%202026%2011%3A00%3A02&CurrentTime=2026-11-23%2011%3A00%3A05\
         &DialWhomNumber=09812345678&Status={status}&EventType={word}&AgentEmail=asha%40example.com"
    );
    let expected = LegNews {
        who: contact(ASHA),
        event,
        rang: None,
    };
    assert_eq!(news(&query), News::Leg(expected));
    assert_eq!(report(&query).call, CallSid::parse("a1").ok());
}

#[rstest]
#[case("09812345678", Some(ASHA))]
#[case("%2B919812345678", Some(ASHA))]
#[case::a_lost_plus("+919812345678", Some(ASHA))]
#[case("sip%3ADesk1%40exotel.in", Some(DESK))]
#[case("null", None)]
#[case("", None)]
#[case("whoever", None)]
fn whose_leg_it_is_comes_in_every_form(#[case] whom: &str, #[case] who: Option<&str>) {
    let news = news(&format!("EventType=Ringing&DialWhomNumber={whom}"));
    assert_eq!(news.who(), who.and_then(contact).as_ref());
}

#[rstest]
#[case("RingDuration=17", Some(17))]
#[case("ringduration=17.4", Some(17))]
#[case("RingDuration=null", None)]
#[case("RingDuration=-1", None)]
#[case("RingDuration=99999999999", None)]
fn how_long_it_rang_is_in_seconds(#[case] parameter: &str, #[case] seconds: Option<u64>) {
    for event in ["Answered", "Terminal"] {
        let News::Leg(leg) = news(&format!("EventType={event}&{parameter}")) else {
            panic!("a leg's event expected")
        };
        assert_eq!(leg.rang, seconds.map(Duration::from_secs));
    }
}

#[rstest]
#[case::the_dials_word("DialCallStatus=no-answer", DialOutcome::NoAnswer, 0)]
#[case(
    "DialCallStatus=completed&DialCallDuration=50",
    DialOutcome::Answered,
    0
)]
#[case("DialCallStatus=canceled", DialOutcome::Cancelled, 0)]
#[case("CallType=client-hangup", DialOutcome::Cancelled, 0)]
#[case("DialCallStatus=in-progress", DialOutcome::Unknown, 0)]
#[case::a_recording_does_not_say_whose("RecordingUrl=https://x/y.mp3", DialOutcome::Unknown, 0)]
#[case::its_own_leg(
    "DialCallStatus=completed&Legs[0][Number]=09812345678&Legs[0][OnCallDuration]=41",
    DialOutcome::Answered,
    41
)]
#[case::another_leg_talked(
    "DialCallStatus=completed&Legs[0][Number]=09812345678&Legs[0][CauseCode]=LOSE_RACE\
     &Legs[1][Number]=sip:desk1&Legs[1][OnCallDuration]=41",
    DialOutcome::Cancelled,
    0
)]
#[case::another_leg_talked_and_no_more_is_said(
    "DialCallStatus=completed&Legs[0][Number]=09812345678&Legs[1][Number]=sip:desk1&Legs[1][OnCallDuration]=41",
    DialOutcome::Unknown,
    0
)]
fn a_terminal_event_may_say_how_its_leg_ended(
    #[case] more: &str,
    #[case] outcome: DialOutcome,
    #[case] talked: u64,
) {
    let query =
        format!("CallSid=a1&EventType=Terminal&DialWhomNumber=09812345678&Status=free&{more}");
    let talked = (talked > 0).then(|| Duration::from_secs(talked));
    let expected = LegNews {
        who: contact(ASHA),
        event: LegEvent::Terminal { outcome, talked },
        rang: None,
    };
    assert_eq!(news(&query), News::Leg(expected));
}

#[rstest]
#[case("EventType=Whispered&DialCallStatus=completed", NoNews::UnknownEvent("Whispered".to_owned()))]
#[case("EventType=a%0Ab%00c", NoNews::UnknownEvent("abc".to_owned()))]
#[case("CallSid=a1", NoNews::NothingSaid)]
#[case("", NoNews::NothingSaid)]
#[case("EventType=null&CallSid=a1&Status=free", NoNews::NothingSaid)]
#[case::a_number_alone_is_no_end(
    "CallSid=a1&DialWhomNumber=09812345678&Status=busy",
    NoNews::NothingSaid
)]
#[case::the_zeros_before_a_dial(
    "CallSid=a1&DialCallDuration=0&DialWhomNumber=&RecordingUrl=null",
    NoNews::NothingSaid
)]
#[case::an_odd_type_alone("CallSid=a1&CallType=trans", NoNews::NothingSaid)]
#[case(
    "CallSid=a1&CallType=call-attempt&DialCallDuration=0",
    NoNews::BeforeTheDial
)]
#[case(
    "CallType=Call_Attempt&RecordingUrl=https://x/y.mp3",
    NoNews::BeforeTheDial
)]
#[case(
    "DialCallStatus=in-progress&DialWhomNumber=sip:desk1",
    NoNews::StillGoingOn
)]
#[case("DialCallStatus=Ringing&CallType=call-attempt", NoNews::StillGoingOn)]
fn what_says_nothing_gives_its_reason(#[case] query: &str, #[case] reason: NoNews) {
    assert_eq!(news(query), News::Nothing(reason));
}

#[test]
fn an_unknown_event_type_is_kept_short() {
    let word = "x".repeat(500);
    let kept = NoNews::UnknownEvent("x".repeat(32));
    assert_eq!(news(&format!("EventType={word}")), News::Nothing(kept));
}

#[rstest]
#[case("CallSid=", None)]
#[case("CallSid=a%20b", None)]
#[case("CallSid=%20a1%20", Some("a1"))]
#[case("callsid=null&CALLSID=a1", Some("a1"))]
fn the_call_is_named_or_unknown(#[case] query: &str, #[case] sid: Option<&str>) {
    assert_eq!(
        report(query).call,
        sid.and_then(|sid| CallSid::parse(sid).ok())
    );
}

#[test]
fn a_report_for_the_log_says_kind_outcome_and_whom_without_the_whole_number() {
    let news = news(
        "DialCallStatus=completed&DialWhomNumber=09812345678&Legs[0][Number]=09812345678\
         &Legs[0][OnCallDuration]=41&Legs[1][CauseCode]=USER_BUSY",
    );
    assert_eq!(
        (news.kind(), news.outcome()),
        ("end", Some(DialOutcome::Answered))
    );
    assert_eq!(news.who(), contact(ASHA).as_ref());
    let News::End(end) = news else {
        panic!("an end expected")
    };
    let legs: Vec<_> = end.legs.iter().map(ToString::to_string).collect();
    assert_eq!(legs, ["+9198xxxxx678 answered 41s", "somebody declined"]);
}
