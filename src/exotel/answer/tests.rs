use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::*;

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

fn some_url() -> impl Strategy<Value = WebUrl> {
    "https?://[a-z]{1,8}(/[a-z?=&%20]{0,10})?".prop_map(|text| WebUrl::parse(&text).unwrap())
}

fn some_music() -> impl Strategy<Value = MusicOnHold> {
    prop_oneof![
        Just(MusicOnHold::DefaultTone),
        Just(MusicOnHold::OperatorTone),
        some_url().prop_map(MusicOnHold::CustomTone)
    ]
}

fn some_playback() -> impl Strategy<Value = Playback> {
    let sound = prop_oneof![
        "\\PC{0,20}[a-z\"\\\\\n]"
            .prop_filter_map("blank", |text| Speech::parse(&text).ok().map(Sound::Text)),
        some_url().prop_map(Sound::AudioUrl)
    ];
    let to = proptest::option::of(prop_oneof![
        Just(PlaybackTo::Callee),
        Just(PlaybackTo::Both)
    ]);
    (sound, to).prop_map(|(sound, to)| Playback { sound, to })
}

fn some_template() -> impl Strategy<Value = AnswerTemplate> {
    use proptest::option::of;
    let number = (910_000_000_000_u64..920_000_000_000)
        .prop_map(|digits| PhoneNumber::from_e164(&format!("+{digits}")).unwrap());
    let recording = (any::<bool>(), any::<bool>()).prop_map(|(record, dual)| Recording {
        record,
        channels: if dual {
            Channels::Dual
        } else {
            Channels::Single
        },
    });
    let switches = (
        of(any::<bool>()),
        of(any::<bool>()),
        of(number),
        of(recording),
    );
    let times = (
        of(any::<u32>()),
        of(any::<u32>()),
        proptest::collection::vec(any::<u8>(), 0..4),
    );
    let rest = (
        of(some_music()),
        of(some_url()),
        of(some_playback()),
        of("[A-Z]{1,8}"),
        of("[a-z]{1,8}"),
    );
    (switches, times, rest).prop_map(|(switches, times, rest)| AnswerTemplate {
        state_management: switches.0,
        sticky_agent: switches.1,
        outgoing_phone_number: switches.2,
        recording: switches.3,
        max_ringing_duration: times.0.map(RingSeconds::clamped),
        max_conversation_duration: times.1.map(ConversationSeconds::clamped),
        at_once: times.2,
        music_on_hold: rest.0,
        call_event_passthru_url: rest.1,
        start_call_playback: rest.2,
        custom_params: rest
            .3
            .map(|name| CustomParameters::new([(name.as_str(), "1")]).unwrap()),
        trunk: rest.4.map(|id| TrunkId::parse(&id).unwrap()),
    })
}

fn some_contact() -> impl Strategy<Value = ContactUri> {
    "(\\+91[6-9][0-9]{9}|sip:[a-z0-9]{1,12})"
        .prop_map(|text| ContactUri::from_canonical(&text).unwrap())
}

proptest! {
    #[test]
    fn every_answer_obeys_the_contract(
        template in some_template(),
        destinations in proptest::collection::vec(some_contact(), 0..11),
        attempt in any::<u8>(),
        last in any::<bool>(),
    ) {
        let ccm = template.render(Dialect::Ccm, attempt, last, &destinations);
        let body: Value = serde_json::from_str(&ccm).unwrap();
        validator::ccm(&body, last, &destinations);
        let generic = template.render(Dialect::Generic, attempt, last, &destinations);
        let body: Value = serde_json::from_str(&generic).unwrap();
        validator::generic(&body, last, &destinations);
    }

    #[test]
    fn a_stored_template_renders_the_same_bytes(
        template in some_template(),
        destinations in proptest::collection::vec(some_contact(), 0..4),
    ) {
        let stored = serde_json::to_string(&template).unwrap();
        let again: AnswerTemplate = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&again, &template);
        for dialect in [Dialect::Ccm, Dialect::Generic] {
            prop_assert_eq!(
                again.render(dialect, 1, false, &destinations),
                template.render(dialect, 1, false, &destinations)
            );
        }
    }
}

/// Exotel's own check, as strict as the contract describes it, written against the JSON alone.
mod validator {
    use super::*;

    pub(super) fn ccm(body: &Value, last: bool, destinations: &[ContactUri]) {
        let fields = only_these(
            body,
            &[
                "fetch_after_attempt",
                "destination",
                "state_management",
                "outgoing_phone_number",
                "sticky_agent",
                "recording",
                "max_ringing_duration",
                "max_conversation_duration",
                "music_on_hold",
                "parallel_ringing",
                "call_event_passthru_url",
                "start_call_playback",
            ],
        );
        let dialled: Vec<&str> = fields["destination"]
            .as_array()
            .unwrap()
            .iter()
            .map(|element| contact(&only_these(element, &["contact_uri"])["contact_uri"]))
            .collect();
        assert_eq!(
            dialled,
            destinations
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        );
        assert_eq!(
            fields["fetch_after_attempt"],
            json!(!last && !dialled.is_empty())
        );
        for name in ["state_management", "sticky_agent"] {
            assert!(fields.get(name).is_none_or(Value::is_boolean));
        }
        if let Some(recording) = fields.get("recording") {
            let recording = only_these(recording, &["record", "channels"]);
            assert!(recording["record"].is_boolean());
            one_of(&recording["channels"], &["single", "dual"]);
        }
        shared(fields, destinations.len());
        web_url(fields.get("call_event_passthru_url"));
    }

    pub(super) fn generic(body: &Value, last: bool, destinations: &[ContactUri]) {
        let fields = only_these(
            body,
            &[
                "fetch_after_attempt",
                "destination",
                "outgoing_phone_number",
                "record",
                "recording_channels",
                "max_ringing_duration",
                "max_conversation_duration",
                "music_on_hold",
                "parallel_ringing",
                "dial_passthru_event_url",
                "start_call_playback",
                "custom_params",
            ],
        );
        let destination = fields["destination"].as_object().unwrap();
        assert_eq!(destination.len(), 1);
        let dials = match destination.get("numbers") {
            Some(numbers) => {
                let numbers: Vec<&str> = numbers.as_array().unwrap().iter().map(contact).collect();
                assert_eq!(numbers.len(), destinations.len());
                !numbers.is_empty()
            }
            None => destination["trunk"]
                .as_str()
                .is_some_and(|id| !id.is_empty()),
        };
        assert_eq!(fields["fetch_after_attempt"], json!(!last && dials));
        assert_eq!(
            fields.contains_key("record"),
            fields.contains_key("recording_channels")
        );
        if let Some(headers) = fields.get("custom_params") {
            let headers = headers.as_str().unwrap();
            assert!(headers.len() <= 200 && headers.split('&').count() <= 3);
        }
        shared(fields, destinations.len());
        web_url(fields.get("dial_passthru_event_url"));
    }

    fn shared(fields: &Map<String, Value>, destinations: usize) {
        if let Some(number) = fields.get("outgoing_phone_number") {
            assert!(number.as_str().unwrap().starts_with('+'));
        }
        within(fields.get("max_ringing_duration"), 60);
        within(fields.get("max_conversation_duration"), 4_500);
        if let Some(music) = fields.get("music_on_hold") {
            let music = only_these(music, &["type", "value"]);
            one_of(
                &music["type"],
                &["default_tone", "operator_tone", "custom_tone"],
            );
            assert_eq!(music.contains_key("value"), music["type"] == "custom_tone");
            web_url(music.get("value"));
        }
        if let Some(parallel) = fields.get("parallel_ringing") {
            let parallel = only_these(parallel, &["activate", "max_parallel_attempts"]);
            let most = parallel["max_parallel_attempts"].as_u64().unwrap();
            assert!((1..=5).contains(&most) && usize::try_from(most).unwrap() <= destinations);
            assert_eq!(parallel["activate"], json!(most > 1));
        }
        if let Some(playback) = fields.get("start_call_playback") {
            let playback = only_these(playback, &["type", "value", "playback_to"]);
            one_of(&playback["type"], &["text", "audio_url"]);
            assert!(!playback["value"].as_str().unwrap().trim().is_empty());
            playback
                .get("playback_to")
                .inspect(|to| one_of(to, &["callee", "both"]));
        }
    }

    fn only_these<'value>(value: &'value Value, names: &[&str]) -> &'value Map<String, Value> {
        let fields = value.as_object().unwrap();
        for (name, field) in fields {
            assert!(
                names.contains(&name.as_str()),
                "{name} is no field of the contract"
            );
            assert!(!field.is_null(), "{name} is null");
        }
        fields
    }

    fn contact(value: &Value) -> &str {
        let text = value.as_str().unwrap();
        assert!(text.starts_with('+') || text.starts_with("sip:"), "{text}");
        assert!(!text.contains('@'), "{text}");
        text
    }

    fn within(value: Option<&Value>, most: u64) {
        assert!(value.is_none_or(|value| (1..=most).contains(&value.as_u64().unwrap())));
    }

    fn one_of(value: &Value, words: &[&str]) {
        assert!(words.contains(&value.as_str().unwrap()), "{value}");
    }

    fn web_url(value: Option<&Value>) {
        assert!(value.is_none_or(|value| value.as_str().unwrap().starts_with("http")));
    }
}
