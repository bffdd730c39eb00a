//! The tables themselves, from the file as a whole down to its smallest mappings.

use super::{Holds, Shape, not_yet, optional, required};

/// The whole file.
pub(in crate::rules) static RULES_FILE: Shape = Shape {
    name: "a rules file",
    keys: &[
        required(
            "country",
            Holds::Described("the two letters of a country, such as IN"),
            "How local numbers are read.",
        ),
        required(
            "time_zone",
            Holds::Described("a time zone such as Asia/Kolkata"),
            "The zone of every time of day in this file.",
        ),
        optional(
            "dialect",
            Holds::Word(&["ccm", "generic"]),
            "Which of Exotel's applets asks, where a request doesn't say.",
        ),
        optional(
            "answer",
            Holds::Mapping("{ state_management: true }"),
            "What every answer carries unless a rule says otherwise.",
        ),
        optional(
            "presence",
            Holds::Mapping("{ heartbeat: 60s }"),
            "When presence lapses.",
        ),
        not_yet("hours", "Opening hours by name."),
        optional(
            "callers",
            Holds::Mapping("{ vip: [\"+919812345678\"] }"),
            "Lists of callers by name.",
        ),
        optional(
            "queues",
            Holds::Mapping("{ sales: { agents: { groups: [sales] } } }"),
            "Queues by name.",
        ),
        required(
            "rules",
            Holds::List("rules"),
            "The first rule that holds for a call decides.",
        ),
        required(
            "fallback",
            Holds::Mapping("{ numbers: [\"+911140001234\"] }"),
            "The answer when no decision can be made.",
        ),
    ],
};

/// `presence`.
pub(in crate::rules) static PRESENCE: Shape = Shape {
    name: "presence",
    keys: &[optional(
        "heartbeat",
        Holds::Duration,
        "available lapses this long after the last heartbeat; 0 turns it off.",
    )],
};

/// One queue.
pub(in crate::rules) static QUEUE: Shape = Shape {
    name: "a queue",
    keys: &[
        required(
            "agents",
            Holds::Mapping("{ groups: [sales] }"),
            "Who is in the queue.",
        ),
        optional(
            "strategy",
            Holds::Word(&[
                "longest_idle",
                "round_robin",
                "fewest_calls",
                "least_talk_time",
                "top_down",
                "random",
                "weighted",
            ]),
            "In which order ready agents are offered.",
        ),
        not_yet("answer", "What answers of this queue carry."),
        not_yet("ring", "How this queue's phones ring."),
        not_yet("wrap_up", "How long an agent is left alone after a call."),
        not_yet("no_answer", "What happens to an agent who misses calls."),
        not_yet("busy", "What happens to an agent whose phone is busy."),
        not_yet("max_calls", "The team's cap on simultaneous calls."),
    ],
};

/// `agents` of a queue.
pub(in crate::rules) static AGENTS: Shape = Shape {
    name: "agents",
    keys: &[
        optional(
            "groups",
            Holds::List("names of groups"),
            "Agents of any of these groups.",
        ),
        optional(
            "skills",
            Holds::Mapping("{ hindi: 3 }"),
            "Agents who have each of these skills, at least at this level.",
        ),
    ],
};

/// One rule.
pub(in crate::rules) static RULE: Shape = Shape {
    name: "a rule",
    keys: &[
        optional(
            "name",
            Holds::Described("a text"),
            "What decisions and logs call it.",
        ),
        optional(
            "when",
            Holds::Mapping("{ digits: \"1\" }"),
            "Which calls it takes; without it, all.",
        ),
        not_yet(
            "sticky",
            "The caller goes back to the agent of the last answered call.",
        ),
        optional(
            "ring",
            Holds::Mapping("{ agents: 3, at_once: 3, for: 20s }"),
            "How the phones ring.",
        ),
        optional(
            "answer",
            Holds::Mapping("{ sticky_agent: true }"),
            "What its answers carry, over the file's answer.",
        ),
        required(
            "targets",
            Holds::List("targets, [] to ring nobody"),
            "Whom to ring, in order.",
        ),
        not_yet("split", "Shares of the calls."),
        not_yet("wrap_up", "How long an agent is left alone after a call."),
        not_yet("no_answer", "What happens to an agent who misses calls."),
        not_yet("busy", "What happens to an agent whose phone is busy."),
    ],
};

/// `when` of a rule.
pub(in crate::rules) static WHEN: Shape = Shape {
    name: "when",
    keys: &[
        optional(
            "dialed",
            Holds::OneOrMore("a phone number"),
            "The number that was called.",
        ),
        optional(
            "caller",
            Holds::OneOrMore("the name of a list, a number or a prefix such as 98123*"),
            "Who calls.",
        ),
        optional(
            "digits",
            Holds::OneOrMore("keys such as \"1\""),
            "What the caller keyed.",
        ),
        optional(
            "direction",
            Holds::OneOrMore("a word such as incoming"),
            "Exotel's word for the direction.",
        ),
        optional(
            "custom_field",
            Holds::OneOrMore("a text"),
            "The text given to a call begun by the API.",
        ),
        not_yet("hours", "Opening hours by name."),
    ],
};

/// `ring` of a rule.
pub(in crate::rules) static RING: Shape = Shape {
    name: "ring",
    keys: &[
        optional(
            "agents",
            Holds::Whole { least: 1, most: 10 },
            "How many destinations an answer carries.",
        ),
        optional(
            "at_once",
            Holds::Whole { least: 1, most: 5 },
            "How many of them ring together; a list goes by attempt.",
        ),
        optional("for", Holds::Duration, "How long a phone rings: 1s to 60s."),
        optional(
            "attempts",
            Holds::Whole { least: 1, most: 10 },
            "How many answers one call may get.",
        ),
    ],
};

/// One target.
pub(in crate::rules) static TARGET: Shape = Shape {
    name: "a target",
    keys: &[
        optional(
            "queue",
            Holds::Described("the name of a queue"),
            "The ready agents of this queue.",
        ),
        optional(
            "numbers",
            Holds::List("phone numbers and sip: ids"),
            "These, when the targets before it yielded nobody.",
        ),
        not_yet("after", "When the target opens."),
    ],
};

/// `fallback`.
pub(in crate::rules) static FALLBACK: Shape = Shape {
    name: "fallback",
    keys: &[
        optional(
            "numbers",
            Holds::List("phone numbers and sip: ids"),
            "Ring these.",
        ),
        optional(
            "http_status",
            Holds::Described("503"),
            "Let Exotel use its own Fallback URL.",
        ),
    ],
};
