//! `wrap_up`, `no_answer` and `busy`, of a rule and of a queue.

use std::num::NonZeroU8;

use super::fields::Fields;
use crate::rules::handling::Handling;
use crate::rules::report::Report;
use crate::rules::shape::{BUSY, NO_ANSWER};

/// What the mapping says about the treatment of agents.
pub(super) fn handling(within: &Fields<'_>, report: &mut Report<'_>) -> Handling {
    let no_answer = within
        .get("no_answer")
        .and_then(|field| Fields::read(field.node, &NO_ANSWER, report));
    let no_answer = no_answer.as_ref();
    if let Some(empty) = no_answer {
        empty.one_of_missing(["max", "delay"], report);
    }
    let busy = within
        .get("busy")
        .and_then(|field| Fields::read(field.node, &BUSY, report));
    Handling {
        wrap_up: within
            .get("wrap_up")
            .and_then(|field| field.duration(report)),
        most_missed: no_answer
            .and_then(|no_answer| no_answer.get("max")?.whole(report))
            .and_then(NonZeroU8::new),
        no_answer_delay: no_answer.and_then(|no_answer| no_answer.get("delay")?.duration(report)),
        busy_delay: busy.and_then(|busy| busy.get("delay")?.duration(report)),
    }
}
