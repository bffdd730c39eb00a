//! The judge itself: it must see an overlap, and none where there may be none. Times are in milliseconds.

use super::*;

const TERMS: Terms = Terms {
    ring: ms(1_000),
    margin: ms(2_000),
    conversation: ms(8_000),
    together: 1,
    answers_reported: true,
};
const TALKED: Event = Event::Terminal { talked: true };
const SILENT: Event = Event::Terminal { talked: false };

const fn ms(millis: u64) -> Moment {
    Duration::from_millis(millis)
}

/// An answer that took 10 ms; agents are named after their destinations.
fn attempt(asked: u64, rings: &[&str], terms: Terms) -> Attempt {
    let ring = |uri: &&str| ((*uri).to_owned(), Some(uri.to_uppercase()));
    Attempt {
        asked: ms(asked),
        answered: ms(asked + 10),
        rings: rings.iter().map(ring).collect(),
        terms,
    }
}

/// Reports that took 10 ms each.
fn call<const N: usize>(attempts: Vec<Attempt>, reports: [(u64, &str, Event); N]) -> Call {
    let report = |(sent, who, event): (u64, &str, Event)| Report {
        news: News::Leg(who.to_owned(), event),
        sent: ms(sent),
        answered: ms(sent + 10),
        instance: 0,
    };
    Call {
        attempts,
        reports: reports.map(report).into(),
    }
}

fn trust() -> Trust {
    Trust {
        settles: ms(500),
        kills: Vec::new(),
        slow: Vec::new(),
    }
}

/// How many overlaps the calls have, the first one as given and the second for `a` at that time.
fn overlaps(first: &Call, second: u64, trust: &Trust) -> usize {
    let second = call(vec![attempt(second, &["a"], TERMS)], []);
    let calls = BTreeMap::from([(1, first.clone()), (2, second)]);
    double_bookings(&holds(&calls, trust)).len()
}

/// The first moment, in steps of 10 ms, at which a second promise is no overlap.
fn free_from(first: &Call, trust: &Trust) -> u64 {
    let mut moments = (1..2_000).map(|step| step * 10);
    let free = moments.find(|moment| overlaps(first, *moment, trust) == 0);
    // The second answer takes 10 ms, and so long it may not have been made yet.
    free.unwrap() + 10
}

#[test]
fn who_is_promised_again_within_the_lease_is_promised_twice() {
    let reserved = call(vec![attempt(0, &["a"], TERMS)], []);
    assert_eq!(overlaps(&reserved, 1_000, &trust()), 1);
    assert_eq!(free_from(&reserved, &trust()), 3_000);
}

#[test]
fn another_agent_or_the_same_call_is_no_overlap() {
    let calls = BTreeMap::from([
        (1, call(vec![attempt(0, &["a"], TERMS)], [])),
        (2, call(vec![attempt(100, &["b"], TERMS)], [])),
        (
            3,
            call(
                vec![attempt(0, &["c"], TERMS), attempt(20, &["c"], TERMS)],
                [],
            ),
        ),
    ]);
    assert_eq!(double_bookings(&holds(&calls, &trust())), [""; 0]);
}

#[test]
fn promises_that_were_being_made_at_the_same_time_are_an_overlap() {
    let reserved = call(vec![attempt(1_000, &["a"], TERMS)], []);
    assert_eq!(overlaps(&reserved, 1_000, &trust()), 1);
    assert_eq!(overlaps(&reserved, 1_005, &trust()), 1);
}

#[test]
fn the_end_of_the_leg_frees_from_the_moment_it_is_sent() {
    let events = [(50, "a", Event::Dial), (400, "a", SILENT)];
    let over = call(vec![attempt(0, &["a"], TERMS)], events);
    assert_eq!(free_from(&over, &trust()), 400);
}

#[test]
fn the_next_fetch_frees_whom_the_last_attempt_held() {
    let attempts = vec![attempt(0, &["a"], TERMS), attempt(700, &["b"], TERMS)];
    assert_eq!(free_from(&call(attempts, []), &trust()), 700);
}

#[test]
fn the_end_of_the_dial_frees_everybody() {
    let mut over = call(vec![attempt(0, &["b", "a"], TERMS)], []);
    over.reports.push(Report {
        news: News::End,
        sent: ms(600),
        answered: ms(610),
        instance: 0,
    });
    assert_eq!(free_from(&over, &trust()), 600);
}

#[test]
fn together_an_answer_frees_the_others_and_a_silent_phone_does_not() {
    let terms = Terms {
        together: 2,
        ..TERMS
    };
    let won = [(50, "a", Event::Dial), (50, "b", Event::Dial)];
    let rings = || vec![attempt(0, &["a", "b"], terms)];
    let mut won = call(rings(), won);
    let more = call(vec![], [(300, "b", SILENT)]).reports;
    won.reports.extend(more);
    assert_eq!(free_from(&won, &trust()), 3_050, "b is silent, a rings on");
    let answer = call(vec![], [(200, "b", Event::Answered)]).reports;
    won.reports.extend(answer);
    assert_eq!(free_from(&won, &trust()), 200);
}

#[test]
fn in_turn_the_dial_of_the_next_frees_those_before_and_not_those_behind() {
    let dialled = |who| {
        call(
            vec![attempt(0, &["b", "a", "c"], TERMS)],
            [(500, who, Event::Dial)],
        )
    };
    assert_eq!(free_from(&dialled("c"), &trust()), 500);
    assert_eq!(free_from(&dialled("b"), &trust()), 9_000, "three rounds");
}

#[test]
fn an_answer_holds_for_the_longest_conversation() {
    let events = [(50, "a", Event::Dial), (500, "a", Event::Answered)];
    let talks = call(vec![attempt(0, &["a"], TERMS)], events);
    assert_eq!(free_from(&talks, &trust()), 10_500);
    let mut over = talks.clone();
    over.reports
        .extend(call(vec![], [(7_000, "a", TALKED)]).reports);
    assert_eq!(free_from(&over, &trust()), 7_000);
}

#[test]
fn where_answers_are_not_reported_a_dial_holds_as_long() {
    let terms = Terms {
        answers_reported: false,
        ..TERMS
    };
    let rings = call(vec![attempt(0, &["a"], terms)], [(50, "a", Event::Dial)]);
    assert_eq!(free_from(&rings, &trust()), 13_050);
}

#[test]
fn a_longer_lease_does_not_count_when_its_report_may_have_died_with_the_instance() {
    let events = [(50, "a", Event::Dial), (500, "a", Event::Answered)];
    let talks = call(vec![attempt(0, &["a"], TERMS)], events);
    let killed = |kills: &[(usize, Moment)]| Trust {
        kills: kills.to_vec(),
        ..trust()
    };
    assert_eq!(free_from(&talks, &killed(&[(0, ms(530))])), 3_000);
    assert_eq!(free_from(&talks, &killed(&[(1, ms(530))])), 10_500);
    assert_eq!(free_from(&talks, &killed(&[(0, ms(1_100))])), 10_500);
}

#[test]
fn a_longer_lease_does_not_count_when_its_report_may_have_been_held_up() {
    let events = [(50, "a", Event::Dial), (500, "a", Event::Answered)];
    let talks = call(vec![attempt(0, &["a"], TERMS)], events);
    let held_up = |slow: &[(Moment, Moment)]| Trust {
        slow: slow.to_vec(),
        ..trust()
    };
    let around_both = [(ms(20), ms(600))];
    assert_eq!(free_from(&talks, &held_up(&around_both)), 3_000);
    let before_the_answer = [(ms(20), ms(400))];
    assert_eq!(free_from(&talks, &held_up(&before_the_answer)), 10_500);
}

#[test]
fn a_report_that_came_too_late_makes_no_lease_longer() {
    let events = [(2_900, "a", Event::Answered)];
    let late = call(vec![attempt(0, &["a"], TERMS)], events);
    assert_eq!(free_from(&late, &trust()), 3_000);
}
