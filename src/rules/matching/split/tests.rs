//! On which side of a split calls fall.

use crate::clock::Timestamp;
use crate::rules::{CallFacts, RuleBook};
use crate::telephony::CallSid;

const NOON: Timestamp = Timestamp::from_millis(1_795_435_200_000);

const SPLIT: &str = "
country: IN
time_zone: Asia/Kolkata
queues: { sales: { agents: {} }, support: { agents: {} } }
rules:
  - name: pressed 1
    split:
      - { share: 70, targets: [{ queue: sales }] }
      - { share: 0, targets: [{ queue: sales }] }
      - { share: 30, targets: [{ queue: support }] }
fallback: { numbers: [] }
";

/// The sides of calls numbered from 0.
fn sides(book: &RuleBook, calls: u32) -> Vec<usize> {
    let side = |number| {
        let sid = CallSid::parse(&format!("call-{number}")).unwrap();
        let call = CallFacts {
            call_sid: Some(&sid),
            ..CallFacts::default()
        };
        book.find(&call, NOON).unwrap().side
    };
    (0..calls).map(side).collect()
}

#[test]
fn a_split_sends_its_shares_and_the_same_call_always_to_the_same_side() {
    let book = RuleBook::parse("rules.yaml", SPLIT).unwrap();
    let first = sides(&book, 10_000);
    let count = |side| first.iter().filter(|one| **one == side).count();
    assert!((6_800..7_200).contains(&count(0)), "{}", count(0));
    assert_eq!(count(1), 0);
    assert_eq!(count(0) + count(2), 10_000);
    // Another version of the rules with the same shares.
    let renamed = RuleBook::parse("rules.yaml", &SPLIT.replace("pressed 1", "pressed 2")).unwrap();
    assert_eq!(sides(&renamed, 10_000), first);
}

/// These must never change: instances of different releases decide for one call.
#[test]
fn the_side_of_a_call_is_fixed_for_good() {
    let book = RuleBook::parse("rules.yaml", SPLIT).unwrap();
    assert_eq!(sides(&book, 12), [0, 0, 0, 0, 2, 2, 2, 0, 0, 2, 0, 2]);
}

#[test]
fn a_call_without_a_name_falls_on_the_first_side() {
    let book = RuleBook::parse("rules.yaml", SPLIT).unwrap();
    let found = book.find(&CallFacts::default(), NOON).unwrap();
    assert_eq!((found.side, found.branch.share), (0, 70));
    assert_eq!(found.branch, &found.rule.branches[0]);
}
