//! Who is held, and who may be accused of what.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn terms(in_turn: bool) -> Terms {
    terms_at(NOW, in_turn)
}

fn terms_at(sent: Timestamp, in_turn: bool) -> Terms {
    Terms {
        sent,
        in_turn,
        rings_until: sent.plus(Duration::from_secs(20)),
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
    let taken = judge.offered(2, &[(3, 0), (4, 1)], terms_at(at, in_turn), at);
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

/// A judge whose service may take a second to learn, and a call that was answered with agents 3 and 4.
fn in_real_time() -> Judge {
    let mut judge = Judge::new(Duration::from_secs(1));
    let none = judge.offered(1, &[(3, 0), (4, 1)], terms(false), later(1));
    assert!(none.is_empty());
    judge
}

/// Whom of the two another call takes from somebody, when it asks and is answered at these moments.
fn taken_by_another(judge: &mut Judge, sent: u64, answered: u64) -> Vec<usize> {
    let terms = terms_at(later(sent), false);
    let taken = judge.offered(2, &[(3, 0), (4, 1)], terms, later(answered));
    taken.into_iter().map(|(agent, _)| agent).collect()
}

#[test]
fn an_answer_holds_no_longer_than_from_when_it_was_asked_for() {
    assert_eq!(taken_by_another(&mut in_real_time(), 18, 19), [3, 4]);
    assert_eq!(taken_by_another(&mut in_real_time(), 18, 20), [0; 0]);
}

#[test]
fn a_report_frees_from_when_it_is_sent() {
    let mut judge = in_real_time();
    judge.told(1, Told::Over, later(5));
    assert_eq!(taken_by_another(&mut judge, 4, 5), [0; 0]);
}

#[test]
fn an_answer_that_comes_when_its_phones_would_be_silent_accuses_nobody() {
    let mut judge = in_real_time();
    let answered = Told::Answered { agent: Some(3) };
    judge.told(1, answered, later(10));
    judge.taken_in(1, answered, later(10), later(10));
    let terms = terms_at(later(1), false);
    assert_eq!(judge.offered(2, &[(3, 0)], terms, later(20)), [(3, 1)]);
    assert!(judge.offered(2, &[(3, 0)], terms, later(21)).is_empty());
}

#[test]
fn an_answer_that_a_late_report_may_have_overtaken_holds_nobody() {
    let mut judge = in_real_time();
    let late = Told::LegOver {
        agent: Some(3),
        rings_until: later(30),
    };
    judge.told(1, late, later(6));
    judge.told(1, Told::Over, later(6));
    // The same agent again: the report of the last ring may be taken in after the answer.
    let again = terms_at(later(6), false);
    assert!(judge.offered(1, &[(3, 2)], again, later(7)).is_empty());
    assert!(judge.is_unsure(1, &[3], later(6)));
    assert_eq!(taken_by_another(&mut judge, 8, 9), [0; 0]);
    // Later on nothing can overtake it any more.
    assert!(!judge.is_unsure(1, &[3], later(7)));
    assert!(!judge.is_unsure(1, &[4], later(6)));
}

#[test]
fn a_late_report_of_one_agent_leaves_the_others_of_an_answer_watched() {
    let offered_again = |told: Told| {
        let mut judge = in_real_time();
        judge.told(1, told, later(6));
        judge.told(1, Told::Over, later(6));
        let again = terms_at(later(6), true);
        assert!(
            judge
                .offered(1, &[(3, 2), (4, 3)], again, later(7))
                .is_empty()
        );
        taken_by_another(&mut judge, 8, 9)
    };
    let agent = Some(3);
    let rings_until = later(30);
    assert_eq!(offered_again(Told::LegOver { agent, rings_until }), [4]);
    // Taken in late, these may free somebody else.
    assert_eq!(offered_again(Told::Rings { agent, leg: 0 }), [0; 0]);
    assert_eq!(offered_again(Told::Answered { agent }), [0; 0]);
}

#[test]
fn a_talk_holds_from_when_the_service_has_answered_its_report() {
    let mut judge = in_real_time();
    let answered = Told::Answered { agent: Some(3) };
    judge.told(1, answered, later(10));
    assert!(!judge.is_talk(3, 1, later(10)));
    judge.taken_in(1, answered, later(10), later(12));
    assert!(judge.is_talk(3, 1, later(12)));
    assert_eq!(taken_by_another(&mut judge, 500, 501), [3]);
    // What is answered after the lease may have passed holds nobody.
    let mut judge = in_real_time();
    judge.told(1, answered, later(10));
    judge.taken_in(1, answered, later(10), later(20));
    assert_eq!(taken_by_another(&mut judge, 500, 501), [0; 0]);
}

#[test]
fn what_is_reported_after_a_call_has_ended_still_frees() {
    let mut judge = in_real_time();
    judge.forget(1);
    assert_eq!(taken_by_another(&mut judge, 2, 3), [3, 4]);
    let mut judge = in_real_time();
    judge.forget(1);
    judge.told(1, Told::Over, later(2));
    assert_eq!(taken_by_another(&mut judge, 2, 3), [0; 0]);
}
