//! Every template there can be, against the contract.

use proptest::prelude::*;
use serde_json::Value;

use super::{super::*, validator};

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
