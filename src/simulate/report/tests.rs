//! What calls come to.

use super::*;
use crate::clock::Timestamp;

fn call(outcome: CallOutcome, waited: u64) -> CallRecord {
    CallRecord {
        kind: 0,
        arrived: Timestamp::from_millis(0),
        outcome,
        waited: Duration::from_secs(waited),
        talked: Duration::ZERO,
        attempts: 1,
        fetches: 2,
    }
}

fn close(seen: Option<f64>, expected: f64) -> bool {
    seen.is_some_and(|seen| (seen - expected).abs() < 1e-12)
}

#[test]
fn the_service_level_leaves_out_who_hung_up_in_time_and_nobody_else() {
    let answered = CallOutcome::Answered { agent: 0 };
    let calls = [
        call(answered, 10),
        call(answered, 20),
        call(answered, 21),
        call(CallOutcome::AnsweredElsewhere, 5),
        call(CallOutcome::Abandoned, 20),
        call(CallOutcome::Abandoned, 90),
        call(CallOutcome::Nobody, 0),
        call(CallOutcome::Unanswered, 40),
    ];
    let figures = CallFigures::of(&calls.iter().collect::<Vec<_>>(), Duration::from_secs(20));
    // Three in time, of eight but one.
    assert!(close(figures.service_level, 3.0 / 7.0), "{figures:?}");
    assert!(close(figures.average_speed_of_answer, 56.0 / 4.0));
    assert_eq!(figures.longest_wait.as_secs(), 90);
    assert_eq!((figures.calls, figures.answered), (8, 4));
    assert_eq!((figures.abandoned, figures.answered_elsewhere), (2, 1));
    assert_eq!((figures.nobody, figures.unanswered), (1, 1));
    assert!(close(figures.attempts_per_call, 1.0));
    assert!(close(figures.fetches_per_call, 2.0));
}

#[test]
fn of_no_calls_nothing_is_said() {
    let figures = CallFigures::of(&[], Duration::from_secs(20));
    assert_eq!(figures.service_level, None);
    assert_eq!(figures.average_speed_of_answer, None);
    assert_eq!(figures.calls, 0);
}
