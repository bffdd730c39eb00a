//! Why a leg ended, from its `Cause` and `CauseCode`.

use super::DialOutcome;
use crate::exotel::request::{Leg, plain_spelling};

/// What the leg says of itself; a number and a word come in either field, and the first that is known counts.
///
/// No cause means *answered*: an answered leg ends in `NORMAL_CLEARING`, and so does one that was never picked up.
pub(super) fn outcome(leg: &Leg) -> DialOutcome {
    let causes = [leg.cause_code.as_deref(), leg.cause.as_deref()];
    let known = causes.into_iter().flatten().map(read);
    known
        .into_iter()
        .find(|outcome| *outcome != DialOutcome::Unknown)
        .unwrap_or(DialOutcome::Unknown)
}

fn read(cause: &str) -> DialOutcome {
    match cause.trim().parse() {
        Ok(number) => by_number(number),
        Err(_is_a_word) => by_word(&plain_spelling(cause)),
    }
}

/// 1 to 127 are those of ISDN (O, Q.850): up to 31 each means its own, above it all are failures of the network. `1003` is
/// Exotel's own (F).
fn by_number(cause: u16) -> DialOutcome {
    match cause {
        17 | 21 => DialOutcome::Declined,
        19 | 1003 => DialOutcome::NoAnswer,
        26 => DialOutcome::Cancelled,
        1..=6 | 8..=15 | 18 | 20 | 22..=25 | 27..=30 | 32..=126 => DialOutcome::Failed,
        _ => DialOutcome::Unknown,
    }
}

/// The words for the same, and those of switches that have more to say than ISDN (G); of both only what is sure.
/// `USER_BUSY` and `RING_TIMEOUT` were seen (F).
fn by_word(cause: &str) -> DialOutcome {
    match cause {
        "user-busy" | "busy" | "call-rejected" | "rejected" | "declined" => DialOutcome::Declined,
        "ring-timeout" | "no-answer" => DialOutcome::NoAnswer,
        "originator-cancel" | "lose-race" | "picked-off" | "canceled" | "cancelled" => {
            DialOutcome::Cancelled
        }
        "no-user-response"
        | "subscriber-absent"
        | "user-not-registered"
        | "unallocated-number"
        | "invalid-number-format"
        | "no-route-to-network"
        | "no-route-to-destination"
        | "destination-out-of-order"
        | "network-out-of-order"
        | "normal-temporary-failure"
        | "normal-circuit-congestion"
        | "switch-congestion"
        | "recovery-on-timer-expire"
        | "failed" => DialOutcome::Failed,
        _ => DialOutcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("16", "NORMAL_CLEARING", DialOutcome::Unknown)]
    #[case("17", "USER_BUSY", DialOutcome::Declined)]
    #[case("", "USER_BUSY", DialOutcome::Declined)]
    #[case("21", "", DialOutcome::Declined)]
    #[case("1003", "RING_TIMEOUT", DialOutcome::NoAnswer)]
    #[case("1003", "", DialOutcome::NoAnswer)]
    #[case::the_other_way_round("NO_ANSWER", "19", DialOutcome::NoAnswer)]
    #[case::the_word_is_new("19", "SOMETHING_NEW", DialOutcome::NoAnswer)]
    #[case("18", "NO_USER_RESPONSE", DialOutcome::Failed)]
    #[case("", "Subscriber Absent", DialOutcome::Failed)]
    #[case("41", "", DialOutcome::Failed)]
    #[case("26", "", DialOutcome::Cancelled)]
    #[case("487", "ORIGINATOR_CANCEL", DialOutcome::Cancelled)]
    #[case("127", "INTERWORKING", DialOutcome::Unknown)]
    #[case("99999999", "", DialOutcome::Unknown)]
    #[case("-1", "", DialOutcome::Unknown)]
    #[case("", "", DialOutcome::Unknown)]
    fn a_cause_is_a_number_or_a_word(
        #[case] cause: &str,
        #[case] cause_code: &str,
        #[case] expected: DialOutcome,
    ) {
        let leg = Leg {
            cause: Some(cause.to_owned()),
            cause_code: Some(cause_code.to_owned()),
            ..Leg::default()
        };
        assert_eq!(outcome(&leg), expected);
    }
}
