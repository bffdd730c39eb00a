//! What tests of rules find: rules and tests as people write them, and the failures by name.

use std::sync::Arc;

use rstest::rstest;

use super::{TestOutcome, carry_out};
use crate::rules::{LoadedTests, RuleBook, TestSuite};
use crate::telephony::AccountName;

mod misses;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 60s }
answer: { recording: { record: true, channels: dual }, events: true }
hours: { office: { weekly: { mon-fri: ["09:30-18:30"] } } }
queues:
  sales: { agents: { groups: [sales] } }
  support: { agents: { groups: [support] }, strategy: round_robin }
  few: { agents: { groups: [support] }, strategy: fewest_calls }
  quiet: { agents: { groups: [support] }, strategy: least_talk_time }
  top: { agents: { groups: [support] }, strategy: top_down }
  draw: { agents: { groups: [support] }, strategy: random }
  share: { agents: { groups: [support] }, strategy: weighted }
rules:
  - { name: few, when: { digits: "1" }, targets: [{ queue: few }] }
  - { name: quiet, when: { digits: "2" }, targets: [{ queue: quiet }] }
  - { name: top, when: { digits: "3" }, targets: [{ queue: top }] }
  - { name: draw, when: { digits: "4" }, targets: [{ queue: draw }] }
  - { name: share, when: { digits: "5" }, targets: [{ queue: share }] }
  - { name: turn, when: { digits: "6" }, targets: [{ queue: support }] }
  - name: split
    when: { digits: "7" }
    split:
      - { share: 99, targets: [{ queue: sales }] }
      - { share: 1, targets: [{ queue: support }] }
      - { share: 0, targets: [] }
  - name: patient
    when: { digits: "8" }
    ring: { for: 20s, attempts: 3 }
    targets:
      - queue: sales
      - { queue: support, after: { attempts: 1 } }
      - { numbers: ["+911140001234"], after: { waiting: 40s } }
  - name: custom
    when: { custom_field: vip, direction: outbound-dial }
    targets: []
  - { name: office, when: { hours: office }, ring: { agents: 2, at_once: 2 }, targets: [{ queue: sales }, { queue: support }] }
fallback: { numbers: ["+911140009999"] }
"#;

const AGENTS: &str = r#"
call: { at: "2026-11-23T11:00" }
agents:
  asha: { groups: [sales], idle: 5m }
  bilal: { groups: [sales], idle: 10m }
  chitra: { groups: [support], position: 2, weight: 1, calls: 3, talk_time: 5m, last_offered: 20m }
  dev: { groups: [support], position: 1, weight: 10, calls: 4, talk_time: 9m, last_offered: 30m }
tests:
"#;

/// The tests of a case, carried out.
async fn outcomes(tests: &str) -> Vec<TestOutcome> {
    let book = RuleBook::parse("rules.yaml", RULES).unwrap();
    let text = format!("{AGENTS}{tests}");
    let suite = match TestSuite::parse("rules.test.yaml", &text, &book) {
        Ok(suite) => suite,
        Err(findings) => panic!("{findings}"),
    };
    let tests = LoadedTests {
        account: AccountName::default(),
        book: Arc::new(book),
        suite,
        text,
    };
    carry_out(&tests).await.unwrap()
}

/// What one test comes to: nothing, or the step and what was missed there.
async fn result(test: &str) -> String {
    let outcomes = outcomes(&format!("  - name: one\n{test}")).await;
    let Some(failure) = &outcomes[0].failure else {
        return "passed".to_owned();
    };
    let misses: Vec<_> = failure
        .misses
        .iter()
        .map(|miss| {
            format!(
                "{}:{} {}: expected {}, got {}",
                miss.place.line, miss.place.column, miss.key, miss.expected, miss.got
            )
        })
        .collect();
    format!("step {}\n{}", failure.step, misses.join("\n"))
}

#[rstest]
#[case::fewest_calls("1", "chitra")]
#[case::least_talk_time("2", "chitra")]
#[case::top_down("3", "dev")]
#[case::weighted("5", "dev")]
#[case::round_robin("6", "dev")]
#[tokio::test]
async fn every_strategy_goes_by_what_the_test_says_of_its_agents(
    #[case] digits: &str,
    #[case] rung: &str,
) {
    let test = format!(
        "    call: {{ digits: \"{digits}\" }}\n    expect: {{ rings: [{rung}], attempt: 1, last: true }}"
    );
    assert_eq!(result(&test).await, "passed");
}

#[tokio::test]
async fn what_is_drawn_is_the_same_at_every_run() {
    let test = "    call: { digits: \"4\" }\n    expect: { among: [chitra, dev], rings: [] }";
    let first = result(test).await;
    assert!(first.contains("rings: expected nobody, got "), "{first}");
    assert!(!first.contains("among"), "{first}");
    for _ in 0..3 {
        assert_eq!(result(test).await, first);
    }
}

#[tokio::test]
async fn a_call_falls_on_the_side_that_the_test_wants() {
    for (side, rung, queue) in [(1, "bilal", "sales"), (2, "dev", "support")] {
        let test = format!(
            "    call: {{ digits: \"7\", side: {side} }}\n    expect: {{ rule: split, side: {side}, rings: [{rung}], queue: {queue} }}"
        );
        assert_eq!(result(&test).await, "passed");
    }
    let wants = |side: u8, digits: &str| {
        format!(
            "    call: {{ digits: \"{digits}\", side: {side} }}\n    expect: {{ nobody: false }}"
        )
    };
    insta::assert_snapshot!(result(&wants(3, "7")).await, @r#"
    step 0
    10:32 side: expected a call that falls on side 3, got a share of 0 on that side of rule "split"
    "#);
    insta::assert_snapshot!(result(&wants(4, "7")).await, @r#"
    step 0
    10:32 side: expected a call that falls on side 4, got rule "split", which has 3 sides
    "#);
    insta::assert_snapshot!(result(&wants(2, "6")).await, @r#"
    step 0
    10:32 side: expected a call that falls on side 2, got rule "turn", which is not split
    "#);
}

#[tokio::test]
async fn targets_open_by_attempts_and_by_waiting_and_what_was_keyed_is_remembered() {
    let test = r#"    agents: { bilal: { status: offline } }
    call: { digits: "8" }
    expect: { rule: patient, rings: [asha], last: false }
    then:
      - { after: 20s, expect: { rule: patient, rings: [dev], attempt: 2, queue: support } }
      - { after: 20s, status: busy, agents: { chitra: { status: offline } }, expect: { rings: ["+911140001234"], last: true } }
      - { after: 20s, expect: { nobody: true } }
"#;
    insta::assert_snapshot!(result(test).await, @r"
    step 3
    16:18 then: expected Exotel to ask again, got an answer before that was the last of this call (fetch_after_attempt: false)
    ");
}

#[tokio::test]
async fn a_call_that_got_nobody_asks_again_and_that_was_no_attempt() {
    let test = r#"    agents: { chitra: { status: offline }, dev: { state: in_call, left: 30s } }
    call: { digits: "6" }
    expect: { nobody: true, attempt: 1, last: true }
    then:
      - { after: 8s, expect: { nobody: true, attempt: 1 } }
      - { after: 30s, expect: { rings: [dev], attempt: 1, queue: support } }
"#;
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn a_second_call_finds_who_is_free_and_later_steps_are_about_it() {
    let test = r#"    agents: { chitra: { state: wrap_up, left: 12s }, dev: { state: in_call } }
    call: { from: "09812345678" }
    expect: { rings: [bilal, asha] }
    then:
      - after: 5s
        call: { from: "09800000001", digits: "6" }
        expect: { nobody: true }
      - after: 8s
        call: { from: "09800000002", digits: "6" }
        expect: { rings: [chitra] }
      - after: 1h
        agents: { dev: { state: idle, last_offered: 2h } }
        call: { digits: "6" }
        expect: { rings: [dev] }
      - after: 0
        agents: { chitra: { status: on_break, reason: tea, for: 1m } }
        call: { digits: "6" }
        expect: { nobody: true }
      - after: 1m
        call: { digits: "6" }
        expect: { rings: [chitra] }
"#;
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn whoever_is_stale_rings_nothing_and_everybody_else_goes_on_giving_signs_of_life() {
    let test = r"    agents: { bilal: { stale: true } }
    expect: { rings: [asha, dev] }
    then:
      - after: 2h
        call: {}
        expect: { rings: [asha, chitra] }
      - after: 1m
        agents: { bilal: { stale: false }, asha: { stale: true } }
        call: {}
        expect: { rings: [bilal, dev] }
";
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn a_break_ends_into_available_for_whoever_goes_on_giving_signs_of_life() {
    let test = r"    agents: { bilal: { status: on_break, for: 5m } }
    expect: { rings: [asha, dev] }
    then:
      - after: 1h
        call: {}
        expect: { rings: [asha, bilal] }
";
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn an_agent_who_is_held_rings_nothing_until_the_state_is_over() {
    for state in ["reserved", "ringing", "in_call", "wrap_up", "back_off"] {
        let test = format!(
            "    agents: {{ chitra: {{ status: offline }}, dev: {{ state: {state}, left: 30s }} }}
    call: {{ digits: \"6\" }}
    expect: {{ nobody: true }}
    then:
      - {{ after: 29s, call: {{ digits: \"6\" }}, expect: {{ nobody: true }} }}
      - {{ after: 1s, call: {{ digits: \"6\" }}, expect: {{ rings: [dev] }} }}
"
        );
        assert_eq!(result(&test).await, "passed", "{state}");
    }
}

#[tokio::test]
async fn an_agent_may_change_its_queues_and_where_it_rings() {
    let test = r#"    agents: { bilal: { status: offline }, asha: { destinations: ["98123 45678", "sip:desk1"] } }
    expect: { rings: ["+919812345678", dev] }
    then:
      - after: 1h
        agents: { chitra: { groups: [sales], idle: 1h }, asha: { destinations: ["sip:desk9"] } }
        call: {}
        expect: { rings: ["sip:chitra", "sip:desk9"], queue: sales }
"#;
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn direction_and_custom_field_are_sent() {
    let test = "    call: { direction: outbound-dial, custom_field: vip }\n    expect: { rule: custom, rings: [], last: true }";
    assert_eq!(result(test).await, "passed");
}

#[tokio::test]
async fn a_test_leaves_nothing_behind_for_the_next() {
    let same = "    expect: { rings: [bilal, asha] }";
    let tests = format!("  - name: one\n{same}\n  - name: two\n{same}\n");
    let outcomes = outcomes(&tests).await;
    assert!(outcomes.iter().all(|outcome| outcome.failure.is_none()));
}
