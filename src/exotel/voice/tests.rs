use std::fmt::Write as _;
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::clock::Timestamp;
use crate::exotel::answer::{Channels, Recording, WebUrl};
use crate::telephony::{CallSid, ContactUri, Country, PhoneNumber};

mod laws;
mod reading;

const REQUEST: &str = include_str!("../../../tests/data/make-call-request.json");
const SUCCESS: &[u8] = include_bytes!("../../../tests/data/make-call-success.json");
const FAILURE: &[u8] = include_bytes!("../../../tests/data/make-call-failure.json");

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).unwrap()
}

/// The sample's call. Its numbers are blotted out there; here they are made up.
fn sample_call() -> MakeCall {
    MakeCall {
        agent: ContactUri::Number(number("+919812343026")),
        state_management: true,
        customer: number("+919812316844"),
        virtual_number: number("+912244499102"),
        recording: Some(Recording {
            record: true,
            channels: Channels::Single,
        }),
        max_time_limit: TimeLimitSeconds::new(4000).ok(),
        attempt_time_out: AttemptSeconds::new(45).ok(),
        custom_field: CustomField::parse("test_call").ok(),
        status_callback: vec![CallbackRequest {
            event: CallbackEvent::Terminal,
            url: WebUrl::parse("https://webhook.site/aecd85dc-f959-48b5-abaf-d45189037e09")
                .unwrap(),
        }],
    }
}

#[test]
fn what_goes_out_is_the_published_sample_in_its_order() {
    let expected = REQUEST
        .replace("xxxxx43026", "+919812343026")
        .replace("xxxxx16844", "+919812316844")
        .replace("+91xxxx499102", "+912244499102")
        .replace(char::is_whitespace, "");
    assert_eq!(sample_call().to_json().unwrap(), expected);
}

#[test]
fn what_is_not_set_is_not_written_and_a_device_has_no_domain() {
    let call = MakeCall {
        agent: ContactUri::parse("sip:Desk1@exotel.in", Country::INDIA).unwrap(),
        recording: None,
        max_time_limit: None,
        attempt_time_out: None,
        custom_field: None,
        status_callback: Vec::new(),
        ..sample_call()
    };
    insta::assert_snapshot!(call.to_json().unwrap(), @r#"{"from":{"contact_uri":"sip:desk1","state_management":true},"to":{"contact_uri":"+919812316844"},"virtual_number":"+912244499102"}"#);
}

#[test]
fn a_limit_that_exotel_would_refuse_cannot_be_written() {
    assert!(TimeLimitSeconds::new(14_400).is_ok());
    let error = TimeLimitSeconds::new(14_401).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time limit of a call is 14401 s; Exotel takes 1 to 14400 s"
    );
    assert!(AttemptSeconds::new(0).is_err());
}

#[test]
fn the_sample_success_is_read() {
    let details = read_call(200, SUCCESS).unwrap();
    let then = Timestamp::from("2022-11-23T06:14:39Z".parse::<jiff::Timestamp>().unwrap());
    let expected = CallDetails {
        call: CallSid::parse("5e9ec1f6e4af55fe9c6d5e2ba00e16bn").ok(),
        direction: Some("outbound".to_owned()),
        virtual_number: Some(NumberText::new("022xxxx9102".to_owned())),
        state: Some(CallState::Active),
        legs: Some("/v3/accounts/Exotel/calls/5e9ec1f6e4af55fe9c6d5e2ba00e16bn/legs".to_owned()),
        created: Some(then),
        updated: Some(then),
        started: Some(then),
        custom_field: Some("test_call".to_owned()),
        ..CallDetails::default()
    };
    assert_eq!(details, expected);
    assert!(!details.is_over());
}

fn refused(status: u16, body: &[u8]) -> Refusal {
    match read_call(status, body) {
        Err(Rejected::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sample_failure_is_read_whatever_http_says() {
    for status in [200, 400, 500] {
        let refusal = refused(status, FAILURE);
        assert_eq!(refusal.reason, Reason::InvalidBody);
        assert_eq!((refusal.status, refusal.code), (400, Some(10725)));
        assert!(refusal.nothing_was_done() && !refusal.is_transient());
    }
    insta::assert_snapshot!(refused(400, FAILURE), @"Exotel could not use the request (status 400, code 10725, request d1ee94394086491b88ac3439508975cf): Invalid request body,failed parsing: to to.contact_uri is invalid");
}

#[test]
fn every_row_of_the_contracts_table_has_a_name_of_its_own() {
    let rows = [
        (401, 1010),
        (409, 1012),
        (500, 1100),
        (409, 10705),
        (409, 10706),
        (404, 10716),
        (403, 10717),
        (429, 10724),
        (400, 10725),
        (404, 10731),
        (404, 10744),
    ];
    assert_eq!(
        rows.map(|(_, code)| code),
        Reason::NUMBERED.map(|(code, _)| code)
    );
    let mut table = String::new();
    for (status, code) in rows {
        let body = json!({ "http_code": status, "response": {
            "code": status, "status": "failure", "error_data": { "code": code, "message": "m" },
        }});
        let refusal = refused(status, body.to_string().as_bytes());
        let flags = (refusal.is_transient(), refusal.nothing_was_done());
        let flags = match flags {
            (true, true) => "transient, nothing was done",
            (true, false) => "transient, perhaps done",
            (false, true) => "nothing was done",
            (false, false) => "perhaps done",
        };
        writeln!(table, "{code} {}: {flags}", refusal.reason.code()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    1010 authentication_failed: nothing was done
    1012 device_off: nothing was done
    1100 exotel_internal_error: transient, perhaps done
    10705 device_unverified: nothing was done
    10706 device_busy: nothing was done
    10716 virtual_number_not_found: nothing was done
    10717 do_not_disturb: nothing was done
    10724 too_many_requests: transient, nothing was done
    10725 invalid_body: nothing was done
    10731 user_not_found: nothing was done
    10744 call_not_found: nothing was done
    ");
}

#[test]
fn a_refusal_that_nobody_knows_is_kept_whole() {
    let body = json!({ "request_id": "r-1", "http_code": 418, "response": {
        "code": 418, "status": "failure", "error_data": { "code": 19999, "message": "no +919812345678", "description": "d" },
    }});
    let refusal = refused(200, body.to_string().as_bytes());
    let expected = Refusal {
        reason: Reason::Unknown,
        status: 418,
        code: Some(19999),
        message: Some("no +919812345678: d".to_owned()),
        request_id: Some("r-1".to_owned()),
        call: None,
    };
    assert_eq!(refusal, expected);
    insta::assert_snapshot!(refusal, @"Exotel refused (status 418, code 19999, request r-1): no +9198xxxxx678: d");
    assert!(!format!("{refusal:?}").contains("9812345678"));
}

#[rstest]
#[case::the_word_alone(200, json!({"response": {"status": "failure"}}), 200, true)]
#[case::its_own_code(200, json!({"http_code": 503, "response": {"status": "success"}}), 503, false)]
#[case::the_inner_code(200, json!({"http_code": 200, "response": {"code": "404", "status": "success"}}), 404, true)]
#[case::an_error_without_a_word(200, json!({"response": {"error_data": {"code": 5}}}), 200, true)]
#[case::nothing_but_http(502, json!({"message": "bad gateway"}), 502, false)]
#[case::a_gateway_that_gave_up(408, json!({}), 408, false)]
#[case::the_form_of_version_1(400, json!({"RestException": {"Status": 403, "Message": "no"}}), 403, true)]
fn whatever_says_no_means_no(
    #[case] status: u16,
    #[case] body: serde_json::Value,
    #[case] expected: u16,
    #[case] nothing_was_done: bool,
) {
    let refusal = refused(status, body.to_string().as_bytes());
    assert_eq!(
        (refusal.status, refusal.nothing_was_done()),
        (expected, nothing_was_done)
    );
}

#[test]
fn a_refusal_that_names_a_call_all_the_same_does_not_deny_it() {
    let body = json!({ "response": { "status": "failure", "call_details": { "sid": "s" } } });
    let refusal = refused(400, body.to_string().as_bytes());
    assert_eq!(refusal.call.as_ref().map(CallSid::as_str), Some("s"));
    assert!(!refusal.nothing_was_done());
}

#[test]
fn a_word_that_nobody_knows_is_a_success_only_with_a_call() {
    let with = br#"{"response":{"status":"accepted","call_details":{"sid":"s"}}}"#;
    assert!(read_call(200, with).is_ok());
    let without = br#"{"response":{"status":"accepted"}}"#;
    let outcome = read_call(200, without);
    assert!(
        matches!(outcome, Err(Rejected::Unreadable(_))),
        "{outcome:?}"
    );
}

#[test]
fn the_bodys_success_outweighs_http() {
    assert!(read_call(500, SUCCESS).is_ok());
}

#[rstest]
#[case(b"<html>Bad Gateway</html>", "the body is not JSON")]
#[case(b"[]", "the body is JSON, but no object")]
#[case(
    br#"{"response":{"status":"success"}}"#,
    "the body is a success without call_details"
)]
#[case(
    br#"{"response":{"status":"success","call_details":{"sid":""}}}"#,
    "the body is a success without call_details.sid"
)]
fn what_says_neither_yes_nor_no_is_unreadable(#[case] body: &[u8], #[case] why: &str) {
    assert_eq!(read_call(200, body).unwrap_err().to_string(), why);
}

#[rstest]
#[case(401, Reason::AuthenticationFailed)]
#[case(429, Reason::TooManyRequests)]
fn two_statuses_need_no_body(#[case] status: u16, #[case] reason: Reason) {
    assert_eq!(refused(status, b"<html>").reason, reason);
}
