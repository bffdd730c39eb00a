//! The tables of a file of tests.

use super::{Holds, Shape, optional, required};

/// The whole file.
pub(in crate::rules) static TESTS_FILE: Shape = Shape {
    name: "a file of tests",
    keys: &[
        optional(
            "call",
            Holds::Mapping("{ to: \"01135124157\", at: \"2026-11-23T11:00\" }"),
            "What the call of every test has unless the test says otherwise.",
        ),
        optional(
            "agents",
            Holds::Mapping("{ desk-1: { groups: [sales], idle: 5m } }"),
            "The agents that there are, by id.",
        ),
        required(
            "tests",
            Holds::List("tests"),
            "What is tried, each by itself.",
        ),
    ],
};

/// One test.
pub(in crate::rules) static TEST: Shape = Shape {
    name: "a test",
    keys: &[
        required(
            "name",
            Holds::Described("a text"),
            "What it shows, in a sentence.",
        ),
        optional(
            "agents",
            Holds::Mapping("{ desk-1: { status: on_break } }"),
            "What is different about the file's agents in this test.",
        ),
        optional(
            "call",
            Holds::Mapping("{ from: \"09812345678\", at: \"2026-11-23T11:00\" }"),
            "Who calls whom, and when.",
        ),
        required(
            "expect",
            Holds::Mapping("{ rule: vip, rings: [desk-1] }"),
            "What must come of it.",
        ),
        optional(
            "then",
            Holds::List("steps such as { after: 20s, expect: { rings: [desk-2] } }"),
            "What happens next, in order.",
        ),
    ],
};

/// One of the virtual agents.
pub(in crate::rules) static VIRTUAL_AGENT: Shape = Shape {
    name: "an agent",
    keys: &[
        optional(
            "groups",
            Holds::List("names of groups"),
            "The groups that the agent is in.",
        ),
        optional(
            "skills",
            Holds::Mapping("{ hindi: 4 }"),
            "What the agent can, each at a level from 1 to 10.",
        ),
        optional(
            "destinations",
            Holds::List("phone numbers and sip: ids"),
            "Where the agent is rung; made up when it is left out.",
        ),
        optional(
            "position",
            Holds::Whole {
                least: 1,
                most: 9_999,
            },
            "The place in a top_down queue.",
        ),
        optional(
            "weight",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "The share of a weighted queue's calls.",
        ),
        optional(
            "status",
            Holds::Word(&["available", "on_break", "offline"]),
            "What the person chose; available when it is left out.",
        ),
        optional("reason", Holds::Described("a text"), "Why on a break."),
        optional(
            "for",
            Holds::Duration,
            "How long the break still lasts; until further notice when it is left out.",
        ),
        optional(
            "idle",
            Holds::Duration,
            "For how long nothing has held the agent; since just now when it is left out.",
        ),
        optional(
            "state",
            Holds::Word(&[
                "idle", "reserved", "ringing", "in_call", "wrap_up", "back_off",
            ]),
            "What holds the agent; idle when it is left out.",
        ),
        optional(
            "left",
            Holds::Duration,
            "How much longer the state lasts; an hour when it is left out.",
        ),
        optional(
            "stale",
            Holds::Flag,
            "Available, but the heartbeat has lapsed.",
        ),
        optional(
            "calls",
            Holds::Whole {
                least: 0,
                most: 10_000,
            },
            "Calls of the day so far, for fewest_calls and weighted.",
        ),
        optional(
            "talk_time",
            Holds::Duration,
            "Talk time of the day so far, for least_talk_time.",
        ),
        optional(
            "last_offered",
            Holds::Duration,
            "How long ago the agent was last offered a call, for round_robin; never when it is left out.",
        ),
        optional(
            "answered_caller",
            Holds::Duration,
            "How long ago the agent answered the last call of the test's caller, for sticky; never when it is left out.",
        ),
    ],
};

/// The call of a test.
pub(in crate::rules) static CALL: Shape = Shape {
    name: "a call",
    keys: &[
        optional(
            "from",
            Holds::Described("a phone number"),
            "Who calls; left out, the caller's number is hidden.",
        ),
        optional(
            "to",
            Holds::Described("a phone number"),
            "The number that is called.",
        ),
        optional(
            "at",
            Holds::Described("a local time such as 2026-11-23T11:00"),
            "When, in the time zone of the rules.",
        ),
        optional(
            "digits",
            Holds::Described("keys such as \"1\""),
            "What the caller keyed.",
        ),
        optional(
            "custom_field",
            Holds::Described("a text of at most 128 characters"),
            "The text given to a call begun by the API.",
        ),
        optional(
            "direction",
            Holds::Described("a word such as incoming"),
            "Exotel's word for the direction; incoming when it is left out.",
        ),
        optional(
            "side",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "The side of its rule's split on which the call is to fall: 1 is the first.",
        ),
    ],
};

/// What happens after the first answer of a test.
pub(in crate::rules) static STEP: Shape = Shape {
    name: "a step",
    keys: &[
        required(
            "after",
            Holds::Duration,
            "The time since the step before; 0 is at the same moment.",
        ),
        optional(
            "agents",
            Holds::Mapping("{ desk-1: { state: in_call } }"),
            "What has changed about agents by then.",
        ),
        optional(
            "status",
            Holds::Word(&["no-answer", "busy", "failed"]),
            "How the attempt before ended, so that Exotel asks again; no-answer when it is left out.",
        ),
        optional(
            "call",
            Holds::Mapping("{ from: \"09800000001\" }"),
            "Another call comes, instead of the same one again. Steps after it are about this one.",
        ),
        required(
            "expect",
            Holds::Mapping("{ rings: [desk-2] }"),
            "What must come of it.",
        ),
    ],
};

/// What must come of a call.
pub(in crate::rules) static EXPECT: Shape = Shape {
    name: "an expectation",
    keys: &[
        optional(
            "rule",
            Holds::Described("the name of a rule"),
            "The rule that takes the call.",
        ),
        optional(
            "rings",
            Holds::List("agents, phone numbers and sip: ids, [] for nobody"),
            "Who rings, in this order.",
        ),
        optional(
            "among",
            Holds::List("agents, phone numbers and sip: ids"),
            "Whoever rings is one of these.",
        ),
        optional("nobody", Holds::Flag, "Whether nobody rings."),
        optional(
            "queue",
            Holds::OneOrMore("the name of a queue"),
            "Whoever rings comes from this queue, or one of these.",
        ),
        optional(
            "fallback",
            Holds::Flag,
            "Whether no rule took the call, so that the fallback is the answer.",
        ),
        optional(
            "side",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "The side of the rule's split: 1 is the first.",
        ),
        optional(
            "attempt",
            Holds::Whole { least: 1, most: 20 },
            "Which answer of the call it is: 1 is the first.",
        ),
        optional(
            "last",
            Holds::Flag,
            "Whether Exotel will not ask again for this call.",
        ),
        optional(
            "answer",
            Holds::Mapping("{ max_ringing_duration: 20 }"),
            "A part of the JSON that Exotel gets; null for what must not be there.",
        ),
    ],
};
