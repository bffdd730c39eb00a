//! The tables of a file of agents.

use super::{Holds, Shape, optional, required};

/// The whole file.
pub(in crate::rules) static AGENTS_FILE: Shape = Shape {
    name: "a file of agents",
    keys: &[required(
        "agents",
        Holds::Mapping(
            "{ desk-1: { name: Asha, destinations: [\"+919812345678\"], groups: [sales] } }",
        ),
        "The agents, by id.",
    )],
};

/// One agent.
pub(in crate::rules) static LISTED_AGENT: Shape = Shape {
    name: "an agent",
    keys: &[
        required(
            "name",
            Holds::Described("a text of at most 100 characters"),
            "The name that people read.",
        ),
        required(
            "destinations",
            Holds::List("phone numbers and sip: ids"),
            "Where the agent is rung, the preferred one first.",
        ),
        optional(
            "groups",
            Holds::List("names of groups"),
            "The groups that the agent is in; none when it is left out.",
        ),
        optional(
            "skills",
            Holds::Mapping("{ hindi: 4 }"),
            "What the agent can, each at a level from 1 to 10; nothing when it is left out.",
        ),
        optional(
            "position",
            Holds::Whole {
                least: 1,
                most: 9_999,
            },
            "The place in a top_down queue; behind all others when it is left out.",
        ),
        optional(
            "weight",
            Holds::Whole {
                least: 1,
                most: 100,
            },
            "The share of a weighted queue's calls; 1 when it is left out.",
        ),
    ],
};
