//! The tables of `answer`.

use super::{Holds, Shape, optional, required};

const URL: &str = "an http:// or https:// URL";

/// `answer`, of the file and of a rule.
pub(in crate::rules) static ANSWER: Shape = Shape {
    name: "an answer",
    keys: &[
        optional(
            "state_management",
            Holds::Flag,
            "Exotel marks the agent's number busy during the call.",
        ),
        optional(
            "outgoing_phone_number",
            Holds::Described("a phone number"),
            "The caller id that the agent sees: an ExoPhone of the account.",
        ),
        optional("sticky_agent", Holds::Flag, "Exotel's own stickiness."),
        optional(
            "recording",
            Holds::Mapping("{ record: true, channels: dual }"),
            "Whether the call is recorded.",
        ),
        optional(
            "max_conversation_duration",
            Holds::Duration,
            "When Exotel ends the conversation: 1s to 75m.",
        ),
        optional(
            "music_on_hold",
            Holds::Described("default_tone, operator_tone or an audio URL"),
            "What the caller hears while phones ring.",
        ),
        optional(
            "events",
            Holds::Described("true, false, { answered: true } or { url: \"https://…\" }"),
            "Where Exotel reports each leg.",
        ),
        optional(
            "start_call_playback",
            Holds::Mapping("{ text: \"Hello\" }"),
            "What is played when the call is answered.",
        ),
        optional(
            "custom_params",
            Holds::Mapping("{ ticket: \"42\" }"),
            "SIP headers of the generic dialect.",
        ),
    ],
};

/// `answer.recording`.
pub(in crate::rules) static RECORDING: Shape = Shape {
    name: "recording",
    keys: &[
        required("record", Holds::Flag, "Whether the call is recorded."),
        optional(
            "channels",
            Holds::Word(&["single", "dual"]),
            "One track, or one for each side.",
        ),
    ],
};

/// `answer.events`, where it is a mapping.
pub(in crate::rules) static EVENTS: Shape = Shape {
    name: "events",
    keys: &[
        optional(
            "answered",
            Holds::Flag,
            "Exotel has enabled Answered events for the account.",
        ),
        optional(
            "url",
            Holds::Described(URL),
            "Send the events there, not to us.",
        ),
    ],
};

/// `answer.start_call_playback`.
pub(in crate::rules) static PLAYBACK: Shape = Shape {
    name: "start_call_playback",
    keys: &[
        optional(
            "text",
            Holds::Described("words to speak"),
            "Spoken by Exotel.",
        ),
        optional("audio_url", Holds::Described(URL), "An audio file."),
        optional("to", Holds::Word(&["callee", "both"]), "Who hears it."),
    ],
};
