//! The tables of the file as a whole and of what its rules refer to.

use super::rule::{BUSY_KEY, NO_ANSWER_KEY, WRAP_UP};
use super::{Holds, Shape, optional, required};

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
        optional(
            "hours",
            Holds::Mapping("{ office: { weekly: { mon-fri: [\"09:30-18:30\"] } } }"),
            "Opening hours by name.",
        ),
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
        optional(
            "outbound",
            Holds::Mapping("{ virtual_number: \"08047182200\" }"),
            "Calls that the account's own applications start.",
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

/// `outbound`.
pub(in crate::rules) static OUTBOUND: Shape = Shape {
    name: "outbound",
    keys: &[
        optional(
            "virtual_number",
            Holds::Described("a phone number"),
            "The ExoPhone that both sides see, unless a call says another.",
        ),
        optional(
            "recording",
            Holds::Mapping("{ record: true, channels: dual }"),
            "Whether conversations are recorded, unless a call says otherwise.",
        ),
        optional(
            "max_time_limit",
            Holds::Duration,
            "The longest that a call may last, at most 4h.",
        ),
        optional(
            "attempt_time_out",
            Holds::Duration,
            "How long each phone rings, at most 60s.",
        ),
        optional(
            "wrap_up",
            Holds::Duration,
            "How long the agent is left alone afterwards.",
        ),
        optional(
            "hours",
            Holds::Condition("the name of opening hours"),
            "When calls may be started; at any time when it is left out.",
        ),
        optional(
            "do_not_call",
            Holds::OneOrMore("the name of a list of callers, a number or a prefix such as 98123*"),
            "Whom nobody may call.",
        ),
        optional(
            "mask_numbers",
            Holds::Flag,
            "Show the customer's number to nobody, not even to the application that starts the call.",
        ),
    ],
};

/// One of the named opening hours.
pub(in crate::rules) static HOURS: Shape = Shape {
    name: "opening hours",
    keys: &[
        required(
            "weekly",
            Holds::Mapping("{ mon-fri: [\"09:30-13:30\", \"14:00-18:30\"] }"),
            "The spans of each day of the week: mon to sun, mon-fri, sat,sun or daily. Days that are not named are closed.",
        ),
        optional(
            "except",
            Holds::Mapping("{ 2026-01-26: closed, 2026-11-08: [\"10:00-13:00\"] }"),
            "Dates on which something else holds: closed, or the spans that begin on that date.",
        ),
    ],
};

/// A list of callers that stands in a file.
pub(in crate::rules) static CALLERS_FILE: Shape = Shape {
    name: "a list of callers",
    keys: &[required(
        "file",
        Holds::Described("the name of a CSV file in the rules folder, such as vip.csv"),
        "A CSV file with the columns number, until and comment.",
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
        optional(
            "answer",
            Holds::Mapping("{ sticky_agent: true }"),
            "What answers carry where this queue is the first of the targets: over the file's answer, under the rule's.",
        ),
        optional(
            "ring",
            Holds::Mapping("{ agents: 3, at_once: 3, for: 20s }"),
            "How the phones ring where this queue is the first of the targets and the rule doesn't say.",
        ),
        WRAP_UP,
        NO_ANSWER_KEY,
        BUSY_KEY,
        optional(
            "max_calls",
            Holds::Whole {
                least: 1,
                most: 10_000,
            },
            "The team's cap on simultaneous calls.",
        ),
        optional(
            "fairness",
            Holds::Word(&["oldest_first"]),
            "Keep an agent who has just become ready up to 5 s for the call that has waited longest and will ask again.",
        ),
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

/// `fallback`.
pub(in crate::rules) static FALLBACK: Shape = Shape {
    name: "fallback",
    keys: &[
        optional(
            "numbers",
            Holds::List("phone numbers and sip: ids"),
            "Ring these, at most 10.",
        ),
        optional(
            "http_status",
            Holds::Described("503"),
            "Let Exotel use its own Fallback URL.",
        ),
    ],
};
