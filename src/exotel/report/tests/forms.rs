//! One report in every form of a request, and the published samples.

use super::*;

fn read(parameters: &Parameters) -> CallReport {
    CallReport::read(parameters, Country::INDIA)
}

/// What each form below says.
fn expected() -> CallReport {
    let end = DialEnd {
        outcome: DialOutcome::Answered,
        who: contact(ASHA),
        legs: vec![
            leg(DESK, DialOutcome::NoAnswer, 0),
            leg(ASHA, DialOutcome::Answered, 10),
        ],
    };
    CallReport {
        call: CallSid::parse("a1").ok(),
        news: News::End(end),
    }
}

const FORM: &str = "CallSid=a1&ForwardedFrom=null&DialCallStatus=completed&DialWhomNumber=+919812345678\
    &Legs%5B0%5D%5BNumber%5D=sip%3Adesk1&Legs%5B0%5D%5BCauseCode%5D=RING_TIMEOUT\
    &Legs%5B1%5D%5BNumber%5D=09812345678&Legs%5B1%5D%5BOnCallDuration%5D=10";

#[test]
fn a_query_and_a_form_say_the_same() {
    assert_eq!(report(FORM), expected());
    let mut parameters = Parameters::from_query("key=hush").unwrap();
    parameters.add_form(FORM.as_bytes()).unwrap();
    assert_eq!(read(&parameters), expected());
}

#[test]
fn half_in_the_query_and_half_in_the_body_is_one_report() {
    let (query, body) = FORM.split_at(FORM.find("&Legs").unwrap());
    let mut parameters = Parameters::from_query(query).unwrap();
    parameters.add_form(&body.as_bytes()[1..]).unwrap();
    assert_eq!(read(&parameters), expected());
}

#[rstest]
#[case::a_list_of_legs(
    r#"{"CallSid":"a1","ForwardedFrom":null,"DialCallStatus":"completed","DialWhomNumber":"+919812345678",
        "Legs":[{"Number":"sip:desk1","OnCallDuration":"0","CauseCode":"RING_TIMEOUT","Insights":{"Cause":"16"}},
                {"Number":"09812345678","OnCallDuration":10,"Cause":16}]}"#
)]
#[case::legs_by_index(
    r#"{"CallSid":"a1","DialCallStatus":"completed","DialWhomNumber":919812345678,
        "Legs":{"1":{"Number":"09812345678","OnCallDuration":10.0},"0":{"Number":"sip:desk1","Cause":1003}}}"#
)]
#[case::bracketed_names(
    r#"{"CallSid":"a1","DialCallStatus":"completed","DialWhomNumber":"09812345678","EventType":"null",
        "Legs[0][Number]":"sip:desk1","Legs[0][Cause]":"19","Legs[1][Number]":"09812345678","Legs[1][OnCallDuration]":"10"}"#
)]
fn a_json_body_says_the_same(#[case] body: &str) {
    let mut parameters = Parameters::default();
    parameters.add_json(body.as_bytes()).unwrap();
    assert_eq!(read(&parameters), expected());
}

#[test]
fn the_published_request_reports_nothing_about_its_call() {
    let sample = include_str!("../../../../tests/data/connect-request.url");
    let (_, query) = sample.trim().split_once('?').unwrap();
    let parameters = Parameters::from_query(query).unwrap();
    let expected = CallReport {
        call: CallSid::parse("07a971107d0f3ee459a21b90c0d616ba").ok(),
        news: News::Nothing(NoNews::NothingSaid),
    };
    assert_eq!(read(&parameters), expected);
    assert_eq!(
        ConnectRequest::read(&parameters, Country::INDIA).last_dial(),
        None
    );
}

#[rstest]
#[case(include_str!("../../../../tests/data/connect-answer.json"))]
#[case(include_str!("../../../../tests/data/make-call-request.json"))]
#[case(include_str!("../../../../tests/data/make-call-success.json"))]
#[case(include_str!("../../../../tests/data/make-call-failure.json"))]
fn samples_of_another_kind_are_no_news_of_any_call(#[case] body: &str) {
    let mut parameters = Parameters::default();
    parameters.add_json(body.as_bytes()).unwrap();
    assert!(!parameters.is_empty());
    let expected = CallReport {
        call: None,
        news: News::Nothing(NoNews::NothingSaid),
    };
    assert_eq!(read(&parameters), expected);
}
