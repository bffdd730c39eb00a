//! `ring`, of a rule and of a queue.

use super::fields::Fields;
use super::value::Field;
use crate::exotel::answer::RingSeconds;
use crate::rules::report::Report;
use crate::rules::ring::RingSettings;
use crate::rules::shape::RING;
use crate::rules::tree::Kind;

/// What the mapping says about ringing, if it has `ring` at all.
pub(super) fn ring(within: &Fields<'_>, report: &mut Report<'_>) -> RingSettings {
    let ring = within
        .get("ring")
        .and_then(|field| Fields::read(field.node, &RING, report));
    let Some(ring) = ring else {
        return RingSettings::default();
    };
    let seconds = ring
        .get("for")
        .and_then(|field| field.seconds(RingSeconds::MAX, report));
    RingSettings {
        agents: ring.get("agents").and_then(|field| field.whole(report)),
        at_once: ring.get("at_once").map(|field| at_once(&field, report)),
        seconds: seconds.map(RingSeconds::clamped),
        attempts: ring.get("attempts").and_then(|field| field.whole(report)),
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
