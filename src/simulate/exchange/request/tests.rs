//! Bodies that are taken, and bodies that are not.

use rstest::rstest;
use serde_json::json;

use super::*;

const SAMPLE: &str = include_str!("../../../../tests/data/make-call-request.json");

/// The published sample, whose numbers are blotted out there.
fn sample() -> Value {
    let text = SAMPLE
        .replace("xxxxx43026", "+919812343026")
        .replace("xxxxx16844", "+919812316844")
        .replace("+91xxxx499102", "+912244499102");
    serde_json::from_str(&text).unwrap()
}

fn description(body: &str) -> String {
    read(body.as_bytes()).unwrap_err().description()
}

#[test]
fn the_published_sample_is_taken() {
    let asked = read(sample().to_string().as_bytes()).unwrap();
    let expected = AskedCall {
        from: "+919812343026".to_owned(),
        to: "+919812316844".to_owned(),
        virtual_number: "+912244499102".to_owned(),
        record: true,
        max_time_limit: Duration::from_secs(4_000),
        attempt_time_out: Duration::from_secs(45),
        custom_field: Some("test_call".to_owned()),
        status_callbacks: vec![AskedCallback {
            event: CallbackMoment::Terminal,
            url: "https://webhook.site/aecd85dc-f959-48b5-abaf-d45189037e09".to_owned(),
        }],
    };
    assert_eq!(asked, expected);
}

#[rstest]
#[case::a_masked_number("/to/contact_uri", json!("xxxxx16844"), " to to.contact_uri is invalid")]
#[case::a_local_number("/to/contact_uri", json!("09812316844"), " to to.contact_uri is invalid")]
#[case::a_customer_with_a_device("/to/contact_uri", json!("sip:desk1"), " to to.contact_uri is invalid")]
#[case::a_device_with_a_domain("/from/contact_uri", json!("sip:desk1@exotel.in"), " from from.contact_uri is invalid")]
#[case::a_word_for_a_flag("/from/state_management", json!("true"), " from from.state_management is invalid")]
#[case::a_number_as_a_number("/virtual_number", json!(912_244_499_102_u64), " virtual_number is invalid")]
#[case::a_call_that_is_too_long("/max_time_limit", json!(14_401), " max_time_limit is invalid")]
#[case::a_phone_that_does_not_ring("/attempt_time_out", json!(0), " attempt_time_out is invalid")]
#[case::a_time_as_text("/attempt_time_out", json!("45"), " attempt_time_out is invalid")]
#[case::other_channels("/recording/channels", json!("stereo"), " recording recording.channels is invalid")]
#[case::nothing("/recording", Value::Null, " recording is invalid")]
#[case::another_event("/status_callback/0/event", json!("ringing"), " status_callback status_callback.event is invalid")]
#[case::no_address("/status_callback/0/url", json!("webhook.site"), " status_callback status_callback.url is invalid")]
#[case::no_list("/status_callback", json!({}), " status_callback is invalid")]
fn one_field_that_is_wrong_and_nothing_is_taken(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] expected: &str,
) {
    let mut body = sample();
    *body.pointer_mut(pointer).unwrap() = value;
    assert_eq!(description(&body.to_string()), expected);
}

#[test]
fn a_custom_field_is_counted_in_characters() {
    let mut body = sample();
    body["custom_field"] = json!("ह".repeat(128));
    assert!(read(body.to_string().as_bytes()).is_ok());
    body["custom_field"] = json!("a".repeat(129));
    assert_eq!(description(&body.to_string()), " custom_field is invalid");
}

#[rstest]
#[case("", "from")]
#[case("", "to")]
#[case("", "virtual_number")]
#[case("/from", "contact_uri")]
#[case("/recording", "record")]
#[case("/status_callback/0", "url")]
fn what_is_needed_must_be_there(#[case] pointer: &str, #[case] name: &str) {
    let mut body = sample();
    let object = body.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
    object.remove(name).unwrap();
    assert!(description(&body.to_string()).contains(name));
}

#[test]
fn what_exotel_does_not_know_is_not_passed_over() {
    let mut body = sample();
    body["priority"] = json!(1);
    assert_eq!(description(&body.to_string()), " priority is invalid");
    let mut body = sample();
    body["to"]["name"] = json!("Asha");
    assert_eq!(description(&body.to_string()), " to to.name is invalid");
    assert_eq!(description("{"), " body is invalid");
    assert_eq!(description("[]"), " body is invalid");
}
