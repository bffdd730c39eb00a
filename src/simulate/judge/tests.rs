//! Who is held, and who may be accused of what.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn terms(in_turn: bool) -> Terms {
    Terms {
        sent: NOW,
        in_turn,
        rings_until: later(20),
        ring: Duration::from_secs(10),
        conversation: Duration::from_mins(15),
    }
}

/// A call has rung agents 3 and 4; who of them is another's when another call gets both at that moment?
fn taken(in_turn: bool, told: &[Told], at: Timestamp) -> Vec<usize> {
    let mut judge = Judge::new(Duration::ZERO);
    let none = judge.offered(1, &[(3, 0), (4, 1)], terms(in_turn), NOW);
    assert!(none.is_empty());
    for told in told {
        judge.told(1, *told, later(10));
        judge.taken_in(1, *told, later(10), later(10));
    }
    let taken = judge.offered(2, &[(3, 0), (4, 1)], terms(in_turn), at);
    taken.into_iter().map(|(agent, _)| agent).collect()
}

#[test]
fn whoever_may_still_be_ringing_must_not_be_offered_to_another_call() {
    assert_eq!(taken(false, &[], later(19)), [3, 4]);
    assert_eq!(taken(false, &[], later(20)), [0; 0]);
}

#[test]
fn whoever_is_known_to_talk_must_not_be_offered_until_the_end_is_told() {
    let answered = Told::Answered { agent: Some(4) };
    assert_eq!(taken(false, &[answered], later(11)), [4]);
    assert_eq!(taken(false, &[answered], later(600)), [4]);
    assert_eq!(taken(false, &[answered, Told::Over], later(600)), [0; 0]);
    let over = Told::LegOver {
        agent: Some(4),
        rings_until: later(20),
    };
    assert_eq!(taken(false, &[answered, over], later(600)), [0; 0]);
    assert_eq!(taken(false, &[over, answered], later(600)), [0; 0]);
}

#[test]
fn who_outlived_the_ringing_was_answered_and_the_others_are_free() {
    let over = |rings_until| Told::LegOver {
        agent: Some(4),
        rings_until,
    };
    assert_eq!(taken(false, &[over(later(10))], later(11)), [3]);
    assert_eq!(taken(false, &[over(later(9))], later(11)), [0; 0]);
}

#[test]
fn whoever_rang_before_in_turn_is_free() {
    let second = Told::Rings {
        agent: Some(4),
        leg: 1,
    };
    assert_eq!(taken(true, &[second], later(11)), [4]);
    assert_eq!(taken(false, &[second], later(11)), [3, 4]);
}

#[test]
fn only_the_first_breaches_are_told_but_all_are_counted() {
    let mut judge = Judge::new(Duration::ZERO);
    for number in 0..100 {
        judge.breach(NOW, format!("{number}"));
    }
    assert_eq!((judge.breaches.len(), judge.count), (MOST_TOLD, 100));
}
