//! The tables of a scenario of a simulation.

use super::{Holds, Shape, optional, required};

mod clicks;

pub(in crate::rules) use clicks::CLICKS;

const PERCENT: Holds = Holds::Whole {
    least: 0,
    most: 100,
};

const SPREAD: Holds = Holds::Mapping("{ mean: 4m, median: 3m }");

/// The whole file.
pub(in crate::rules) static SCENARIO: Shape = Shape {
    name: "a scenario",
    keys: &[
        required(
            "start",
            Holds::Described("a local time such as 2026-11-23T09:00"),
            "When it begins, in the time zone of the rules.",
        ),
        required(
            "length",
            Holds::Duration,
            "How long calls come in; those that are under way then go on to their end.",
        ),
        optional(
            "seed",
            Holds::Whole {
                least: 0,
                most: 65_535,
            },
            "What everything drawn follows from: the same seed, the same day; 1 when it is left out.",
        ),
        optional(
            "service_level",
            Holds::Duration,
            "Within which time a call should be answered; 20s when it is left out.",
        ),
        required(
            "arrivals",
            Holds::List("arrivals such as { name: sales, per_hour: 60, to: \"01135124157\" }"),
            "Which calls come, and how many.",
        ),
        optional(
            "callers",
            Holds::Mapping("{ patience: 90s, again: 8s }"),
            "What callers do who are not answered at once.",
        ),
        required("talk", SPREAD, "How long conversations take."),
        optional(
            "phones",
            Holds::Mapping("{ pick_up: { mean: 6s }, answered: 90 }"),
            "What the agents do when the phone rings.",
        ),
        optional(
            "clicks",
            Holds::List("clicks such as { name: call back, per_hour: 20, crew: desk }"),
            "Which calls agents and their applications start.",
        ),
        optional(
            "customers",
            Holds::Mapping("{ pick_up: { mean: 12s }, answered: 60 }"),
            "What customers do who are called; as the agents' phones when it is left out.",
        ),
        optional(
            "reports",
            Holds::Mapping("{ answered: true, passthru: true, lost: 5 }"),
            "What Exotel reports, and how reliably.",
        ),
        required(
            "agents",
            Holds::Mapping("{ desk: { count: 12, groups: [sales] } }"),
            "The agents, in crews of the same kind, by name.",
        ),
    ],
};

/// Calls of one kind.
pub(in crate::rules) static ARRIVALS: Shape = Shape {
    name: "arrivals",
    keys: &[
        required(
            "name",
            Holds::Described("a text"),
            "What these calls are called in the report.",
        ),
        required(
            "per_hour",
            Holds::Described(
                "calls an hour such as 60 or 7.5, or a mapping such as { \"09:00-12:00\": 60 }",
            ),
            "How many come in an hour on average; none outside the spans of a mapping.",
        ),
        required(
            "to",
            Holds::Described("a phone number"),
            "The number that they call.",
        ),
        optional(
            "digits",
            Holds::Described("keys such as \"1\""),
            "What the callers key.",
        ),
        optional(
            "from",
            Holds::OneOrMore("a phone number or a prefix such as 98123*"),
            "Who calls, each as often as the others; made-up Indian mobile numbers when it is left out.",
        ),
        optional(
            "returning",
            PERCENT,
            "How many in a hundred have called before; 0 when it is left out.",
        ),
    ],
};

/// Callers who wait.
pub(in crate::rules) static PATIENCE: Shape = Shape {
    name: "callers",
    keys: &[
        optional(
            "patience",
            Holds::Duration,
            "How long a caller waits on average before hanging up (exponential); for ever when it is left out.",
        ),
        optional(
            "again",
            Holds::Duration,
            "How long the flow plays its music after an answer with nobody before it asks again; without it the call ends.",
        ),
        optional(
            "most",
            Holds::Duration,
            "How long the flow goes on asking; an hour when it is left out.",
        ),
    ],
};

/// How times differ.
pub(in crate::rules) static TIMES: Shape = Shape {
    name: "times",
    keys: &[
        required("mean", Holds::Duration, "The mean."),
        optional(
            "median",
            Holds::Duration,
            "Half of them are shorter (log_normal only); 0.7 of the mean when it is left out.",
        ),
        optional(
            "like",
            Holds::Word(&["log_normal", "exponential", "fixed"]),
            "How they are spread; log_normal when it is left out.",
        ),
    ],
};

/// Phones that ring.
pub(in crate::rules) static PHONES: Shape = Shape {
    name: "phones",
    keys: &[
        optional(
            "pick_up",
            Holds::Mapping("{ mean: 6s, median: 5s }"),
            "How long a phone rings before it is picked up or declined; 6s on average when it is left out.",
        ),
        optional(
            "answered",
            PERCENT,
            "How many in a hundred would be picked up if they rang long enough; 100 when it is left out.",
        ),
        optional(
            "declined",
            PERCENT,
            "How many in a hundred are declined; 0 when it is left out.",
        ),
        optional(
            "failed",
            PERCENT,
            "How many in a hundred the network can't reach; 0 when it is left out.",
        ),
    ],
};

/// What is reported.
pub(in crate::rules) static REPORTS: Shape = Shape {
    name: "reports",
    keys: &[
        optional(
            "answered",
            Holds::Flag,
            "Whether Exotel has Ringing and Answered enabled; false when it is left out.",
        ),
        optional(
            "passthru",
            Holds::Flag,
            "Whether a Passthru applet reports the end of each dial; false when it is left out.",
        ),
        optional("lost", PERCENT, "How many reports in a hundred get lost."),
        optional("doubled", PERCENT, "How many in a hundred come twice."),
        optional(
            "late",
            PERCENT,
            "How many in a hundred come up to 10s late, behind others.",
        ),
        optional(
            "doubled_fetches",
            PERCENT,
            "How many fetches in a hundred come twice at once.",
        ),
    ],
};

/// Agents of one kind.
pub(in crate::rules) static CREW: Shape = Shape {
    name: "a crew",
    keys: &[
        optional(
            "count",
            Holds::Whole {
                least: 1,
                most: 10_000,
            },
            "How many there are; 1 when it is left out.",
        ),
        optional(
            "groups",
            Holds::List("names of groups"),
            "The groups that they are in.",
        ),
        optional(
            "skills",
            Holds::Mapping("{ hindi: 4 }"),
            "What they can, each at a level from 1 to 10.",
        ),
        optional(
            "position",
            Holds::Whole {
                least: 1,
                most: 9_999,
            },
            "Their place in a top_down queue.",
        ),
        optional(
            "weight",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "Their share of a weighted queue's calls.",
        ),
        optional(
            "shift",
            Holds::OneOrMore("a span such as 09:00-17:30"),
            "When they work, each day; all the time when it is left out.",
        ),
        optional(
            "breaks",
            Holds::Mapping("{ every: 2h, for: 10m }"),
            "Which breaks they take within a shift; none when it is left out.",
        ),
        optional(
            "heartbeat",
            Holds::Duration,
            "How often their applications give a sign of life; a third of what the rules ask for when it is left out.",
        ),
        optional(
            "back_after",
            Holds::Duration,
            "When missed calls have put one on a break: how long until that is noticed; 5m when it is left out.",
        ),
    ],
};

/// Breaks of a crew.
pub(in crate::rules) static BREAKS: Shape = Shape {
    name: "breaks",
    keys: &[
        required(
            "every",
            Holds::Duration,
            "The time from one break to the next.",
        ),
        required("for", Holds::Duration, "How long a break takes."),
    ],
};
