//! `ring` of a rule.

use super::fields::Fields;
use super::value::Field;
use crate::exotel::answer::RingSeconds;
use crate::rules::report::Report;
use crate::rules::rule::Ring;
use crate::rules::shape::RING;
use crate::rules::tree::Kind;

pub(super) fn ring(field: &Field<'_>, report: &mut Report<'_>) -> Ring {
    let default = Ring::default();
    let Some(ring) = Fields::read(field.node, &RING, report) else {
        return default;
    };
    let seconds = ring
        .get("for")
        .and_then(|field| field.seconds(RingSeconds::MAX, report));
    Ring {
        agents: ring
            .get("agents")
            .and_then(|field| field.whole(report))
            .unwrap_or(default.agents),
        at_once: ring
            .get("at_once")
            .map(|field| at_once(&field, report))
            .unwrap_or_default(),
        seconds: seconds.map(RingSeconds::clamped),
        attempts: ring
            .get("attempts")
            .and_then(|field| field.whole(report))
            .unwrap_or(default.attempts),
    }
}

/// One number, or one for each attempt.
fn at_once(field: &Field<'_>, report: &mut Report<'_>) -> Vec<u8> {
    match &field.node.kind {
        Kind::Sequence(items) => {
            if items.is_empty() {
                field.empty_list("write a number, or one for each attempt", report);
            }
            items
                .iter()
                .filter_map(|item| field.whole_of(item, report))
                .collect()
        }
        Kind::Scalar(_) | Kind::Null | Kind::Mapping(_) => {
            field.whole(report).into_iter().collect()
        }
    }
}
