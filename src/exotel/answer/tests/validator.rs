//! Exotel's own check, as strict as the contract describes it, written against the JSON alone.

use serde_json::{Map, Value, json};

use crate::telephony::ContactUri;

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
