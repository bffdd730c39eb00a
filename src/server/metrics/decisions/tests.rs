use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::presence::Offered;
use crate::telephony::{AgentId, ContactUri};

fn part(micros: u64) -> crate::routing::Part {
    crate::routing::Part {
        began: tokio::time::Instant::now(),
        took: Duration::from_micros(micros),
    }
}

fn decision(rule: &str, outcome: Outcome) -> Decision {
    Decision {
        background: crate::routing::Background::default(),
        outcome,
        rule: Some(Arc::from(rule)),
        version: None,
        attempt: 1,
        destinations: vec![Offered {
            uri: ContactUri::from_canonical("+919812345678").unwrap(),
            agent: AgentId::parse("asha").ok(),
            queue: Some(Arc::from("sales")),
        }],
        reply: Reply::Answer(String::new()),
        nobody: None,
        timing: crate::routing::Timing {
            matching: Some(part(5)),
            store: Some(part(200)),
        },
    }
}

fn counts() -> DecisionCounts {
    DecisionCounts::of([AccountName::default()].into_iter())
}

#[test]
fn a_thousand_rules_make_no_more_than_two_hundred_and_other() {
    let (counts, account) = (counts(), AccountName::default());
    for rule in 0..1_000 {
        let decision = decision(&format!("rule {rule}"), Outcome::Offered);
        counts.count(&account, &decision, Duration::from_micros(300));
    }
    let all = counts.accounts[&account].by_rule.all();
    assert_eq!(all.len(), MOST_RULES + 1);
    let other = &all["other"].by_queue.all()["sales"];
    assert_eq!(other[place_of(Outcome::Offered)].get(), 800);
}

#[test]
fn a_stranger_is_not_counted_under_a_name_of_theirs() {
    let counts = counts();
    let stranger = AccountName::parse("stranger").unwrap();
    counts.count(
        &stranger,
        &decision("one", Outcome::Offered),
        Duration::ZERO,
    );
    assert_eq!(counts.accounts.len(), 1);
}

/// Prints what counting costs; a limit far above it shows a lock or a copy that has crept in.
#[test]
fn counting_an_answer_costs_next_to_nothing() {
    const ROUNDS: u32 = 20_000;
    let (counts, account) = (counts(), AccountName::default());
    let decision = decision("one", Outcome::Offered);
    let took = Duration::from_micros(300);
    counts.count(&account, &decision, took);
    let best = (0..10).map(|_| {
        let began = Instant::now();
        for _ in 0..ROUNDS {
            counts.count(&account, std::hint::black_box(&decision), took);
        }
        began.elapsed() / ROUNDS
    });
    let best = best.min().unwrap();
    println!("counting an answer takes {best:?}");
    assert!(best < Duration::from_micros(100), "{best:?}");
}
