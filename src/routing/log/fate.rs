//! What became of each target, from what the choice said of it.

use super::entry::{RingEntry, TargetEntry, TargetFate};
use crate::presence::{Looked, LookedAt};

/// The target through which it rang, from 1; of several that name the queue the first open one.
pub(in crate::routing) fn target_of(targets: &[TargetEntry], ring: &RingEntry) -> Option<usize> {
    let is_it = |target: &TargetEntry| match (&ring.agent, &ring.queue) {
        (None, _) => !target.numbers.is_empty() && target.open,
        (Some(_), Some(queue)) => target.queue.as_ref() == Some(queue),
        (Some(_), None) => false,
    };
    let all = || (1..).zip(targets);
    let open = all().find(|(_, target)| target.open && is_it(target));
    let found = open.or_else(|| all().find(|(_, target)| is_it(target)));
    found.map(|(number, _)| number)
}

/// The targets of a choice that was made, with what became of each.
pub(super) fn with_fates(
    targets: Vec<TargetEntry>,
    rings: &[RingEntry],
    looked: &Looked,
) -> Vec<TargetEntry> {
    let used: Vec<_> = rings
        .iter()
        .filter_map(|ring| target_of(&targets, ring))
        .collect();
    let told = |(number, target): (usize, TargetEntry)| {
        let met = looked.at.iter().find(|met| met.target == number);
        let met = met.copied().unwrap_or_default();
        TargetEntry {
            fate: Some(if used.contains(&number) {
                TargetFate::Used
            } else {
                unused(&target, &met, looked)
            }),
            held_back: met.held_back,
            tried: met.tried,
            stale: met.stale,
            ..target
        }
    };
    (1..).zip(targets).map(told).collect()
}

/// Why nobody is rung through it.
fn unused(target: &TargetEntry, met: &LookedAt, looked: &Looked) -> TargetFate {
    if looked.for_last_agent_only {
        TargetFate::LastAgent
    } else if !target.open {
        TargetFate::Closed
    } else if met.target == 0 {
        TargetFate::NotNeeded
    } else if met.is_full {
        TargetFate::Full
    } else if met.held_back > 0 {
        TargetFate::HeldBack
    } else if met.tried > 0 {
        TargetFate::Tried
    } else {
        TargetFate::NoneReady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, open: bool) -> TargetEntry {
        TargetEntry {
            queue: Some(name.into()),
            open,
            ..TargetEntry::default()
        }
    }

    fn rings(queue: Option<&str>) -> RingEntry {
        RingEntry {
            agent: queue.map(|_| "asha".to_owned()),
            contact_uri: "sip:asha".to_owned(),
            queue: queue.map(Into::into),
        }
    }

    fn met(target: usize) -> LookedAt {
        LookedAt {
            target,
            ..LookedAt::default()
        }
    }

    fn fates(targets: Vec<TargetEntry>, rings: &[RingEntry], at: Vec<LookedAt>) -> String {
        let looked = Looked {
            at,
            ..Looked::default()
        };
        let told = with_fates(targets, rings, &looked);
        let fates: Vec<_> = told.iter().map(|target| target.fate).collect();
        serde_json::to_string(&fates).unwrap_or_default()
    }

    #[test]
    fn each_target_has_the_fate_that_the_choice_tells() {
        let targets = vec![
            queue("full", true),
            queue("kept", true),
            queue("again", true),
            queue("empty", true),
            queue("later", false),
            queue("sales", true),
            queue("spare", true),
        ];
        let full = LookedAt {
            is_full: true,
            ..met(1)
        };
        let kept = LookedAt {
            held_back: 2,
            tried: 1,
            ..met(2)
        };
        let again = LookedAt { tried: 1, ..met(3) };
        assert_eq!(
            fates(
                targets,
                &[rings(Some("sales"))],
                vec![full, kept, again, met(4)]
            ),
            r#"["full","held_back","tried","none_ready","closed","used","not_needed"]"#
        );
    }

    #[test]
    fn who_was_tried_and_is_rung_again_was_rung_through_that_target() {
        let again = LookedAt { tried: 1, ..met(1) };
        assert_eq!(
            fates(
                vec![queue("sales", true)],
                &[rings(Some("sales"))],
                vec![again]
            ),
            r#"["used"]"#
        );
    }

    #[test]
    fn numbers_are_used_or_not_needed() {
        let numbers = TargetEntry {
            numbers: vec!["+9111xxxxx234".to_owned()],
            open: true,
            ..TargetEntry::default()
        };
        let both = || vec![queue("sales", true), numbers.clone()];
        assert_eq!(
            fates(both(), &[rings(None)], vec![met(1)]),
            r#"["none_ready","used"]"#
        );
        assert_eq!(
            fates(both(), &[rings(Some("sales"))], Vec::new()),
            r#"["used","not_needed"]"#
        );
    }

    #[test]
    fn where_the_call_waits_for_the_last_agent_nobody_else_was_looked_for() {
        let looked = Looked {
            for_last_agent_only: true,
            at: Vec::new(),
        };
        let told = with_fates(vec![queue("sales", true)], &[], &looked);
        assert_eq!(
            told.first().and_then(|told| told.fate),
            Some(TargetFate::LastAgent)
        );
    }

    #[test]
    fn a_fate_of_a_later_version_is_read_as_unknown() {
        let read = |text| {
            serde_json::from_str::<TargetEntry>(text)
                .map(|target| target.fate)
                .ok()
        };
        assert_eq!(
            read(r#"{"open":true,"fate":"dreamt"}"#),
            Some(Some(TargetFate::Unknown))
        );
        assert_eq!(read(r#"{"open":true}"#), Some(None));
    }
}
