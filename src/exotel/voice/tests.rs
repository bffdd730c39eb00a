use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::clock::Timestamp;
use crate::exotel::answer::{Channels, Recording, WebUrl};
use crate::telephony::{CallSid, ContactUri, Country, PhoneNumber};

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

#[test]
fn unknown_words_and_fields_are_kept_and_odd_dates_are_absent() {
    let body = json!({ "response": { "status": "success", "call_details": {
        "sid": "s", "state": "Terminal", "status": "to_leg_busy", "new_field": [1], "total_duration": "17",
        "total_talk_time": 8, "start_time": "1970-01-01T05:30:00+05:30", "end_time": "0001-01-01T00:00:00Z",
        "custom_field": "null", "digits": "\"5\"", "recordings": [{"url": "https://r.example.com/1"}, {"url": 7}, null],
    }}});
    let details = read_call(200, body.to_string().as_bytes()).unwrap();
    assert_eq!(details.state, Some(CallState::Terminal));
    assert_eq!(
        details.status,
        Some(CallStatus::Other("to_leg_busy".to_owned()))
    );
    assert_eq!((details.started, details.ended), (None, None));
    assert_eq!(details.total_duration, Some(Duration::from_secs(17)));
    assert_eq!(details.talk_time, Some(Duration::from_secs(8)));
    assert_eq!(
        (details.custom_field, details.digits.as_deref()),
        (None, Some("5"))
    );
    assert_eq!(details.recordings.len(), 1);
    let names: Vec<_> = details.other.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["end_time", "new_field", "start_time"]);
}

#[test]
fn every_status_of_the_contract_is_known() {
    for word in [
        "completed",
        "from_leg_unanswered",
        "to_leg_unanswered",
        "from_leg_cancelled",
        "to_leg_no_dial",
        "from_leg_no_dial",
    ] {
        let status = CallStatus::read(word);
        assert!(!matches!(status, CallStatus::Other(_)), "{word}");
        assert_eq!(status.as_str(), word);
    }
}

#[test]
fn legs_are_read_with_and_without_the_envelope() {
    let legs = json!({ "call_sid": "s", "account_sid": "acme", "to": null, "from": [{
        "sid": "leg-1", "name": "Asha", "contact_uri": "+919812345678", "status": "completed",
        "created_time": "2022-11-23T11:44:39+05:30", "cause": 16,
    }]});
    let enveloped =
        json!({ "http_code": 200, "response": { "status": "success", "leg_details": legs } });
    let bare = json!({ "leg_details": legs });
    let read = |body: serde_json::Value| read_legs(200, body.to_string().as_bytes()).unwrap();
    let legs = read(enveloped);
    assert_eq!(legs, read(bare));
    assert_eq!(legs.call.as_ref().unwrap().as_str(), "s");
    assert_eq!((legs.from.len(), legs.to.len()), (1, 0));
    let leg = &legs.from[0];
    assert_eq!(leg.contact_uri.as_ref().unwrap().as_str(), "+919812345678");
    assert_eq!(leg.created.unwrap().to_string(), "2022-11-23T06:14:39Z");
    assert_eq!(leg.other.get("cause"), Some(&json!(16)));
}

#[test]
fn a_page_of_the_list_says_how_to_ask_for_the_next() {
    let body = json!({
        "Metadata": { "Total": 3, "PageSize": 2, "NextPageUri": "//evil.example.com/x?PageSize=2&After=abc#f" },
        "Calls": [
            { "Sid": "1", "From": "09812345678", "DateCreated": "2017-03-03 10:48:33", "Duration": "17", "EndTime": "0000-00-00 00:00:00" },
            { "Call": { "Sid": "2", "Status": "busy" } },
            "no call",
        ],
    });
    let page = read_calls(200, body.to_string().as_bytes()).unwrap();
    assert_eq!(page.total, Some(3));
    assert_eq!(page.next.unwrap().query(), "PageSize=2&After=abc");
    let sids: Vec<_> = page
        .calls
        .iter()
        .flat_map(|call| &call.call)
        .map(CallSid::as_str)
        .collect();
    assert_eq!(sids, ["1", "2"]);
    assert_eq!(
        page.calls[0].created.unwrap().to_string(),
        "2017-03-03T05:18:33Z"
    );
    assert_eq!(page.calls[0].ended, None);
    assert!(read_calls(200, b"{}").is_err());
}

#[test]
fn a_filter_is_written_in_exotels_names_and_in_indian_time() {
    let filter = CallFilter {
        calls: vec![CallSid::parse("a").unwrap(), CallSid::parse("b").unwrap()],
        created_from: Some(Timestamp::from_millis(1_668_062_916_000)),
        created_until: Some(Timestamp::from_millis(1_668_062_917_000)),
        to: Some(number("+919812345678")),
        ..CallFilter::default()
    };
    let query: Vec<_> = filter.to_query();
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        query,
        [
            ("Sid", "a,b"),
            (
                "DateCreated",
                "gte:2022-11-10 12:18:36;lte:2022-11-10 12:18:37"
            ),
            ("To", "+919812345678"),
            ("PageSize", "100"),
        ]
    );
}

#[rstest]
#[case(json!({"event_details": {"event_type": "terminal"}, "call_details": {"sid": "s", "status": "completed"}}), Some(CallEvent::Terminal))]
#[case(json!({"event_details": {"event_type": "Answered"}, "call_details": {"call_sid": "s", "state": "active"}}), Some(CallEvent::Answered))]
#[case(json!({"event_details": {"event_type": "held"}, "call_details": {"call_sid": "s"}}), Some(CallEvent::Other("held".to_owned())))]
#[case(json!({"sid": "s", "state": "terminal"}), Some(CallEvent::Terminal))]
#[case(json!({"call_sid": "s"}), None)]
fn a_status_callback_is_read_in_both_versions(
    #[case] body: serde_json::Value,
    #[case] event: Option<CallEvent>,
) {
    let callback = StatusCallback::read(body.to_string().as_bytes()).unwrap();
    assert_eq!(callback.event, event);
    assert_eq!(callback.details.call.unwrap().as_str(), "s");
}

/// JSON that looks like Exotel's, with anything in any place.
fn body() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::sample::select(vec![
        "response",
        "call_details",
        "leg_details",
        "Calls",
        "Call",
        "Metadata",
        "NextPageUri",
        "http_code",
        "code",
        "status",
        "error_data",
        "message",
        "sid",
        "call_sid",
        "from",
        "to",
        "start_time",
        "total_duration",
        "recordings",
        "url",
        "event_details",
        "event_type",
        "state",
        "RestException",
        "Status",
        "digits",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(vec![
            "success",
            "failure",
            "",
            "null",
            "200",
            "terminal",
            "0000-00-00 00:00:00"
        ])
        .prop_map(Into::into),
        "\\PC{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            4 => prop::collection::btree_map(name.clone().prop_map(ToOwned::to_owned), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn read_all(status: u16, body: &[u8]) {
    let outcomes = [
        read_call(status, body).map(|details| format!("{details:?}{}", details.is_over())),
        read_legs(status, body).map(|legs| format!("{legs:?}")),
        read_calls(status, body).map(|page| format!("{page:?}")),
    ];
    for rejected in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(!format!("{rejected}{rejected:?}").is_empty());
    }
    assert!(!format!("{:?}", StatusCallback::read(body)).is_empty());
}

proptest! {
    #[test]
    fn no_json_makes_anything_panic(status in 100_u16..600, body in body()) {
        read_all(status, body.to_string().as_bytes());
    }

    #[test]
    fn no_bytes_make_anything_panic(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(status, &body);
    }

    #[test]
    fn half_a_body_is_no_success(cut in 0..SUCCESS.len().saturating_sub(2)) {
        prop_assert!(read_call(200, &SUCCESS[..cut]).is_err());
    }
}
