//! Answers that Exotel takes, and answers that it does not.

use rstest::rstest;

use super::*;

#[test]
fn the_published_sample_is_taken() {
    // Its numbers are masked, and more are to ring together than there are, which we never answer.
    let sample = include_str!("../../../tests/data/connect-answer.json")
        .replace("xxxxx", "98123")
        .replace("attempts\": 5", "attempts\": 3");
    let read = read(&sample).unwrap();
    assert!(!read.destinations.is_empty());
    assert!(read.ring <= Duration::from_mins(1));
}

#[test]
fn what_is_left_out_is_exotels_own() {
    let read = read(r#"{"destination":[{"contact_uri":"sip:desk1"}]}"#).unwrap();
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
    assert!(read(body).is_err(), "{body}");
}
