use rstest::rstest;
use serde_json::{Value, json};

use super::*;

mod laws;
mod validator;

/// The published sample answer, its masked digits replaced by real ones in E.164. With three destinations at most
/// three phones ring together; the sample itself says 5.
const SAMPLE: &str = r#"{ "fetch_after_attempt": false, "destination": [ { "contact_uri": "+919812343210" }, { "contact_uri": "sip:gauravjfb55d386" }, { "contact_uri": "+919812378763" } ], "state_management": true, "outgoing_phone_number": "+918041154123", "sticky_agent": false, "recording": { "record": true, "channels": "single" }, "max_ringing_duration": 30, "max_conversation_duration": 900, "music_on_hold": { "type": "default_tone" }, "parallel_ringing": { "activate": true, "max_parallel_attempts": 3 }, "call_event_passthru_url": "http://dial_passthru_event_url.com", "start_call_playback": { "type": "text", "value": "hello, this is a sample text" } }"#;

fn sample_template() -> AnswerTemplate {
    AnswerTemplate {
        state_management: Some(true),
        outgoing_phone_number: PhoneNumber::from_e164("+918041154123").ok(),
        sticky_agent: Some(false),
        recording: Some(Recording {
            record: true,
            channels: Channels::Single,
        }),
        max_ringing_duration: RingSeconds::new(30).ok(),
        max_conversation_duration: ConversationSeconds::new(900).ok(),
        music_on_hold: Some(MusicOnHold::DefaultTone),
        at_once: vec![5],
        call_event_passthru_url: WebUrl::parse("http://dial_passthru_event_url.com").ok(),
        start_call_playback: Some(Playback {
            sound: Sound::Text(Speech::parse("hello, this is a sample text").unwrap()),
            to: None,
        }),
        ..AnswerTemplate::default()
    }
}

fn contacts(texts: &[&str]) -> Vec<ContactUri> {
    texts
        .iter()
        .map(|text| ContactUri::from_canonical(text).unwrap())
        .collect()
}

fn sample_destinations() -> Vec<ContactUri> {
    contacts(&["+919812343210", "sip:gauravjfb55d386", "+919812378763"])
}

/// The text without the blanks between its tokens; serde's map would forget the order of the keys.
fn compact(json: &str) -> String {
    let mut quoted = false;
    let keep = |character: &char| {
        quoted ^= *character == '"';
        quoted || !character.is_whitespace()
    };
    json.chars().filter(keep).collect()
}

#[test]
fn the_published_sample_is_written_field_for_field_in_its_order() {
    let body = sample_template().render(Dialect::Ccm, 1, true, &sample_destinations());
    assert_eq!(body, compact(SAMPLE));
}

#[test]
fn the_names_of_the_fields_are_those_that_are_written() {
    let template = AnswerTemplate {
        custom_params: CustomParameters::new([("X-Ticket", "42")]).ok(),
        ..sample_template()
    };
    for dialect in [Dialect::Ccm, Dialect::Generic] {
        let body = template.render(dialect, 1, true, &sample_destinations());
        let answer: Value = serde_json::from_str(&body).unwrap();
        let written: Vec<_> = answer.as_object().unwrap().keys().collect();
        let mut names = field_names(dialect).to_vec();
        names.sort_unstable();
        assert_eq!(written, names);
    }
}

#[test]
fn the_generic_dialect_has_its_own_names() {
    let template = AnswerTemplate {
        custom_params: CustomParameters::new([("X-Ticket", "42")]).ok(),
        ..sample_template()
    };
    let body = template.render(Dialect::Generic, 1, true, &sample_destinations());
    let expected = r#"{ "fetch_after_attempt": false,
        "destination": { "numbers": ["+919812343210", "sip:gauravjfb55d386", "+919812378763"] },
        "outgoing_phone_number": "+918041154123", "record": true, "recording_channels": "single",
        "max_ringing_duration": 30, "max_conversation_duration": 900,
        "music_on_hold": { "type": "default_tone" },
        "parallel_ringing": { "activate": true, "max_parallel_attempts": 3 },
        "dial_passthru_event_url": "http://dial_passthru_event_url.com",
        "start_call_playback": { "type": "text", "value": "hello, this is a sample text" },
        "custom_params": "X-Ticket=42" }"#;
    assert_eq!(body, compact(expected));
}

#[test]
fn a_trunk_takes_the_place_of_the_numbers_in_the_generic_dialect_alone() {
    let template = AnswerTemplate {
        trunk: TrunkId::parse("trmum1").ok(),
        at_once: vec![3],
        ..AnswerTemplate::default()
    };
    let generic = template.render(Dialect::Generic, 1, false, &sample_destinations());
    assert_eq!(
        generic,
        r#"{"fetch_after_attempt":true,"destination":{"trunk":"trmum1"}}"#
    );
    let ccm = template.render(Dialect::Ccm, 1, false, &contacts(&["sip:a"]));
    assert!(
        ccm.contains(r#""destination":[{"contact_uri":"sip:a"}]"#),
        "{ccm}"
    );
}

#[rstest]
#[case(Dialect::Ccm, r#"{"fetch_after_attempt":false,"destination":[]}"#)]
#[case(
    Dialect::Generic,
    r#"{"fetch_after_attempt":false,"destination":{"numbers":[]}}"#
)]
fn an_answer_that_dials_nobody_is_final_and_bare(#[case] dialect: Dialect, #[case] body: &str) {
    let template = AnswerTemplate {
        at_once: vec![3],
        ..AnswerTemplate::default()
    };
    assert_eq!(template.render(dialect, 1, false, &[]), body);
}

#[test]
fn only_the_last_answer_ends_the_loop() {
    let template = AnswerTemplate::default();
    let fetches = |last| {
        let body = template.render(Dialect::Ccm, 1, last, &sample_destinations());
        body.starts_with(r#"{"fetch_after_attempt":true"#)
    };
    assert!(fetches(false));
    assert!(!fetches(true));
    let fallback = template.render_fallback(Dialect::Ccm, &sample_destinations());
    assert_eq!(
        fallback,
        template.render(Dialect::Ccm, 1, true, &sample_destinations())
    );
}

#[rstest]
#[case::by_attempt(&[1, 2, 3], 1, 3, Some((false, 1)))]
#[case::the_second_attempt(&[1, 2, 3], 2, 3, Some((true, 2)))]
#[case::the_last_repeats(&[1, 2, 3], 9, 3, Some((true, 3)))]
#[case::no_more_than_there_are(&[5], 1, 2, Some((true, 2)))]
#[case::one_alone_rings_alone(&[5], 1, 1, Some((false, 1)))]
#[case::never_more_than_five(&[200], 1, 10, Some((true, 5)))]
#[case::zero_is_one(&[0], 1, 3, Some((false, 1)))]
#[case::attempt_zero_is_the_first(&[2, 3], 0, 3, Some((true, 2)))]
#[case::not_asked_for(&[], 1, 3, None)]
#[case::nobody_to_ring(&[3], 1, 0, None)]
fn how_many_ring_together_goes_by_attempt_and_destinations(
    #[case] at_once: &[u8],
    #[case] attempt: u8,
    #[case] destinations: usize,
    #[case] expected: Option<(bool, u8)>,
) {
    let template = AnswerTemplate {
        at_once: at_once.to_vec(),
        ..AnswerTemplate::default()
    };
    let dialled = vec![ContactUri::from_canonical("sip:a").unwrap(); destinations];
    let body: Value =
        serde_json::from_str(&template.render(Dialect::Ccm, attempt, true, &dialled)).unwrap();
    let wanted = expected
        .map(|(activate, most)| json!({"activate": activate, "max_parallel_attempts": most}));
    assert_eq!(body.get("parallel_ringing"), wanted.as_ref());
}

#[test]
fn music_and_playback_are_written_as_exotel_wants_them() {
    let url = || WebUrl::parse("https://example.com/a.mp3").unwrap();
    let template = AnswerTemplate {
        music_on_hold: Some(MusicOnHold::CustomTone(url())),
        start_call_playback: Some(Playback {
            sound: Sound::AudioUrl(url()),
            to: Some(PlaybackTo::Callee),
        }),
        ..AnswerTemplate::default()
    };
    assert_eq!(
        template.render(Dialect::Ccm, 1, true, &[]),
        r#"{"fetch_after_attempt":false,"destination":[],"music_on_hold":{"type":"custom_tone","value":"https://example.com/a.mp3"},"start_call_playback":{"type":"audio_url","value":"https://example.com/a.mp3","playback_to":"callee"}}"#
    );
}

#[test]
fn the_stored_form_has_short_names_that_do_not_change() {
    let stored = serde_json::to_string(&sample_template()).unwrap();
    assert_eq!(
        stored,
        r#"{"sm":true,"cli":"+918041154123","sticky":false,"rec":{"record":true,"channels":"single"},"ring":30,"talk":900,"hold":{"type":"default_tone"},"together":[5],"events":"http://dial_passthru_event_url.com","play":{"type":"text","value":"hello, this is a sample text"}}"#
    );
    assert_eq!(
        serde_json::to_string(&AnswerTemplate::default()).unwrap(),
        "{}"
    );
}

#[rstest]
#[case(r#"{"ring":61}"#)]
#[case(r#"{"talk":0}"#)]
#[case(r#"{"cli":"9812345678"}"#)]
#[case(r#"{"play":{"type":"text","value":"hi","playback_to":"caller"}}"#)]
#[case(r#"{"play":{"type":"text","value":" "}}"#)]
#[case(r#"{"hold":{"type":"custom_tone"}}"#)]
#[case(r#"{"headers":"Exotel-A=1"}"#)]
fn a_stored_template_that_breaks_the_contract_is_refused(#[case] stored: &str) {
    assert!(serde_json::from_str::<AnswerTemplate>(stored).is_err());
}
