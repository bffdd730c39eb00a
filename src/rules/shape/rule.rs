//! The tables of a rule and of what stands in it.

use super::{Holds, Key, Shape, optional, required};

const TARGETS: Holds = Holds::List("targets, [] to ring nobody");

/// `wrap_up`, of a rule and of a queue.
pub(super) const WRAP_UP: Key = optional(
    "wrap_up",
    Holds::Pause,
    "How long an agent is left alone after a call, at most 1d; a rule's stands over a queue's.",
);

/// `no_answer`, of a rule and of a queue.
pub(super) const NO_ANSWER_KEY: Key = optional(
    "no_answer",
    Holds::Mapping("{ max: 3, delay: 30s }"),
    "What happens to an agent who misses calls; a rule's stands over a queue's.",
);

/// `busy`, of a rule and of a queue.
pub(super) const BUSY_KEY: Key = optional(
    "busy",
    Holds::Mapping("{ delay: 60s }"),
    "What happens to an agent whose phone is busy; a rule's stands over a queue's.",
);

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
        optional(
            "sticky",
            Holds::Mapping("{ for: 30d, exclusive: false }"),
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
        optional("targets", TARGETS, "Whom to ring, in order."),
        optional(
            "split",
            Holds::List("shares such as { share: 70, targets: [{ queue: sales }] }"),
            "Shares of the calls, instead of targets: the same call always falls on the same side.",
        ),
        WRAP_UP,
        NO_ANSWER_KEY,
        BUSY_KEY,
    ],
};

/// `when` of a rule.
pub(in crate::rules) static WHEN: Shape = Shape {
    name: "when",
    keys: &[
        optional(
            "dialed",
            Holds::Condition("a phone number"),
            "The number that was called.",
        ),
        optional(
            "caller",
            Holds::Condition("the name of a list, a number or a prefix such as 98123*"),
            "Who calls.",
        ),
        optional(
            "digits",
            Holds::Condition("keys such as \"1\""),
            "What the caller keyed.",
        ),
        optional(
            "direction",
            Holds::Condition("a word such as incoming"),
            "Exotel's word for the direction.",
        ),
        optional(
            "custom_field",
            Holds::Condition("a text"),
            "The text given to a call begun by the API.",
        ),
        optional(
            "hours",
            Holds::Condition("the name of opening hours"),
            "Hours that are open when the call is answered.",
        ),
    ],
};

/// What stands in the place of a condition's value to turn it round.
pub(in crate::rules) static NOT: Shape = Shape {
    name: "a negated condition",
    keys: &[required(
        "not",
        Holds::OneOrMore("what it must not be"),
        "The condition holds when none of these does.",
    )],
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
        optional(
            "after",
            Holds::Mapping("{ attempts: 1 }"),
            "When the target opens; without it, at once. Once open it stays open.",
        ),
    ],
};

/// `after` of a target.
pub(in crate::rules) static AFTER: Shape = Shape {
    name: "after",
    keys: &[
        optional(
            "attempts",
            Holds::Whole { least: 1, most: 9 },
            "After this many attempts: 1 opens with the second.",
        ),
        optional(
            "waiting",
            Holds::Duration,
            "When the call has waited this long. With attempts too, whichever comes first.",
        ),
    ],
};

/// One side of a `split`.
pub(in crate::rules) static BRANCH: Shape = Shape {
    name: "a share",
    keys: &[
        required(
            "share",
            Holds::Whole {
                least: 0,
                most: 100,
            },
            "How many of a hundred calls; the shares of a rule add up to 100.",
        ),
        required("targets", TARGETS, "Whom these calls ring, in order."),
    ],
};

/// `sticky` of a rule.
pub(in crate::rules) static STICKY: Shape = Shape {
    name: "sticky",
    keys: &[
        required(
            "for",
            Holds::Duration,
            "How long after the last answered call, at most 3650d.",
        ),
        optional(
            "exclusive",
            Holds::Flag,
            "Nobody but that agent is offered; otherwise the agent only comes first.",
        ),
        optional(
            "wait",
            Holds::Duration,
            "With exclusive: when the call has waited this long, everybody else is offered too.",
        ),
    ],
};

/// `no_answer`.
pub(in crate::rules) static NO_ANSWER: Shape = Shape {
    name: "no_answer",
    keys: &[
        optional(
            "max",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "So many missed calls in a row put the agent on a break.",
        ),
        optional(
            "delay",
            Holds::Pause,
            "How long the agent is left alone after a missed call, at most 1d.",
        ),
    ],
};

/// `busy`.
pub(in crate::rules) static BUSY: Shape = Shape {
    name: "busy",
    keys: &[required(
        "delay",
        Holds::Pause,
        "How long the agent is left alone when the phone was busy, at most 1d.",
    )],
};
