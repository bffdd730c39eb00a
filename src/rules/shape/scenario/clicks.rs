//! The table of calls that agents' applications start.

use super::super::{Holds, Shape, optional, required};
use super::PERCENT;

/// Clicks of one kind.
pub(in crate::rules) static CLICKS: Shape = Shape {
    name: "a click",
    keys: &[
        required(
            "name",
            Holds::Described("a text"),
            "What these clicks are called in the report.",
        ),
        required(
            "per_hour",
            Holds::Described(
                "clicks an hour such as 30 or 7.5, or a mapping such as { \"09:00-12:00\": 30 }",
            ),
            "How many there are in an hour on average; none outside the spans of a mapping.",
        ),
        optional(
            "crew",
            Holds::Described("the name of a crew"),
            "Somebody of this crew who is available and not in a call clicks for themselves.",
        ),
        optional(
            "queue",
            Holds::Described("the name of a queue"),
            "An application clicks for whoever of this queue is ready.",
        ),
        optional(
            "to",
            Holds::OneOrMore("a phone number or a prefix such as 98123*"),
            "Who is called, each as often as the others; made-up Indian mobile numbers when it is left out.",
        ),
        optional(
            "refused",
            PERCENT,
            "How many in a hundred Exotel refuses; 0 when it is left out.",
        ),
        optional(
            "doubled",
            PERCENT,
            "How many in a hundred are sent twice at once, as one request with one Idempotency-Key; 0 when it is left out.",
        ),
    ],
};
