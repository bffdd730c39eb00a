//! Answers that Exotel takes, and answers that it does not.

use rstest::rstest;

use super::*;

#[test]
fn the_published_sample_is_taken() {
    // Its numbers are masked, and more are to ring together than there are, which we never answer.
    let sample = include_str!("../../../tests/data/connect-answer.json")
        .replace("xxxxx", "98123")
        .replace("attempts\": 5", "attempts\": 3");
    let read = read(&sample, Dialect::Ccm).unwrap();
    assert!(!read.destinations.is_empty());
    assert!(read.ring <= Duration::from_mins(1));
}

#[test]
fn what_is_left_out_is_exotels_own() {
    let read = read(
        r#"{"destination":[{"contact_uri":"sip:desk1"}]}"#,
        Dialect::Ccm,
    )
    .unwrap();
    assert_eq!(
        (read.ring.as_secs(), read.conversation.as_secs()),
        (30, 900)
    );
    assert!(!read.again && read.events.is_none());
    assert_eq!(read.at_once, 1);
}

#[rstest]
#[case::a_stranger(r#"{"destination":[],"destinations":[]}"#)]
#[case::null(r#"{"destination":[],"recording":null}"#)]
#[case::no_destination(r#"{"fetch_after_attempt":false}"#)]
#[case::more_in_an_element(r#"{"destination":[{"contact_uri":"sip:a","name":"a"}]}"#)]
#[case::a_domain(r#"{"destination":[{"contact_uri":"sip:a@b.c"}]}"#)]
#[case::a_local_number(r#"{"destination":[{"contact_uri":"09812345678"}]}"#)]
#[case::too_long(r#"{"destination":[],"max_ringing_duration":61}"#)]
#[case::nothing(r#"{"destination":[],"max_conversation_duration":0}"#)]
#[case::no_tone(r#"{"destination":[],"music_on_hold":{"type":"custom_tone"}}"#)]
#[case::for_the_caller(
    r#"{"destination":[],"start_call_playback":{"type":"text","value":"x","playback_to":"caller"}}"#
)]
#[case::more_than_there_are(
    r#"{"destination":[{"contact_uri":"sip:a"}],"parallel_ringing":{"activate":true,"max_parallel_attempts":2}}"#
)]
#[case::asks_for_nobody(r#"{"destination":[],"fetch_after_attempt":true}"#)]
#[case::no_json("<html>")]
fn what_exotel_would_not_take_is_not_taken(#[case] body: &str) {
    assert!(read(body, Dialect::Ccm).is_err(), "{body}");
}

#[test]
fn the_older_applet_has_other_names_for_the_same() {
    let body = r#"{"fetch_after_attempt":true,"destination":{"numbers":["+919812345678","sip:a"]},"record":true,
        "recording_channels":"dual","max_ringing_duration":20,"dial_passthru_event_url":"https://e.example/x?key=k",
        "parallel_ringing":{"activate":true,"max_parallel_attempts":2},"custom_params":"Desk=1&Team=blue"}"#;
    let read = read(body, Dialect::Generic).unwrap();
    let shown: Vec<_> = read.destinations.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["+919812345678", "sip:a"]);
    assert_eq!(
        (read.again, read.at_once, read.ring.as_secs()),
        (true, 2, 20)
    );
    assert_eq!(read.events.as_deref(), Some("https://e.example/x?key=k"));
}

#[rstest]
#[case::the_newer_form(r#"{"destination":[{"contact_uri":"sip:a"}]}"#)]
#[case::the_newer_names(r#"{"destination":{"numbers":[]},"state_management":true}"#)]
#[case::the_newer_recording(
    r#"{"destination":{"numbers":[]},"recording":{"record":true,"channels":"dual"}}"#
)]
#[case::the_newer_url(
    r#"{"destination":{"numbers":[]},"call_event_passthru_url":"https://e.example"}"#
)]
#[case::null(r#"{"destination":{"numbers":[]},"record":null}"#)]
#[case::a_domain(r#"{"destination":{"numbers":["sip:a@b.c"]}}"#)]
#[case::more_than_there_are(
    r#"{"destination":{"numbers":["sip:a"]},"parallel_ringing":{"activate":true,"max_parallel_attempts":2}}"#
)]
#[case::too_long(r#"{"destination":{"numbers":[]},"max_ringing_duration":61}"#)]
#[case::a_reserved_header(r#"{"destination":{"numbers":[]},"custom_params":"Exotel-Id=1"}"#)]
#[case::too_many_headers(r#"{"destination":{"numbers":[]},"custom_params":"a=1&b=2&c=3&d=4"}"#)]
fn what_the_older_applet_would_not_take_is_not_taken(#[case] body: &str) {
    assert!(read(body, Dialect::Generic).is_err(), "{body}");
}
