//! What is told of an expectation that is not met.

use super::{outcomes, result};

#[tokio::test]
async fn every_expectation_that_is_not_met_is_told() {
    let test = r#"    call: { from: "09812345678" }
    expect:
      rule: split
      rings: [asha, bilal, "+919812345678"]
      among: [asha, chitra]
      nobody: false
      side: 2
      attempt: 2
      last: false
      answer:
        recording: { record: false, channels: dual }
        destination: [{ contact_uri: "sip:asha" }]
        max_ringing_duration: 20
        parallel_ringing: { activate: yes }
        call_event_passthru_url: https://connect.example.com/event
        fetch_after_attempt: null
        music_on_hold: null
"#;
    insta::assert_snapshot!(result(test).await, @r#"
    step 0
    12:13 rule: expected "split", got "office"
    13:14 rings: expected asha, bilal, +919812345678, got bilal, asha
    14:14 among: expected somebody among asha, chitra, got bilal, asha
    16:13 side: expected 2, got 1
    17:16 attempt: expected 2, got 1
    18:13 last: expected Exotel to ask again, got an answer after which it won't
    20:30 answer.recording.record: expected false, got true
    21:22 answer.destination: expected [{ contact_uri: sip:asha }], got [{"contact_uri":"sip:bilal"},{"contact_uri":"sip:asha"}]
    22:31 answer.max_ringing_duration: expected 20, got nothing
    23:39 answer.parallel_ringing.activate: expected yes, got true
    24:34 answer.call_event_passthru_url: expected https://connect.example.com/event, got https://connect.example.com/events
    25:30 answer.fetch_after_attempt: expected nothing, got false
    "#);
}

#[tokio::test]
async fn whoever_rings_instead_of_somebody_else_is_named_with_the_queue() {
    let test = "    expect: { nobody: true }";
    insta::assert_snapshot!(result(test).await, @r"
    step 0
    10:23 nobody: expected nobody, got bilal, asha
    ");
    let test = "    expect: { queue: [support, top] }";
    insta::assert_snapshot!(result(test).await, @r"
    step 0
    10:22 queue: expected whoever rings comes from support or top, got bilal from sales, asha from sales
    ");
}

#[tokio::test]
async fn without_a_rule_the_fallback_is_the_answer() {
    let at_night = |expect: &str| {
        format!("    call: {{ at: \"2026-11-23T22:00\" }}\n    expect: {{ {expect} }}")
    };
    let met = at_night("fallback: true, rings: [\"+911140009999\"], last: true");
    assert_eq!(result(&met).await, "passed");
    let missed = at_night("rule: office, side: 1, fallback: false, queue: sales, rings: []");
    insta::assert_snapshot!(result(&missed).await, @r#"
    step 0
    11:21 rule: expected "office", got no rule
    11:35 side: expected 1, got no rule
    11:48 fallback: expected a rule, got the fallback, as no rule takes the call
    11:62 queue: expected whoever rings comes from sales, got +911140009999 from no queue
    11:76 rings: expected nobody, got +911140009999
    "#);
    insta::assert_snapshot!(result("    expect: { fallback: true }").await, @r#"
    step 0
    10:25 fallback: expected the fallback, as no rule takes the call, got rule "office"
    "#);
}

#[tokio::test]
async fn the_explanation_is_of_the_answer_that_was_given() {
    let test = r#"  - name: one
    agents: { bilal: { status: on_break, reason: tea } }
    call: { digits: "8" }
    expect: { rings: [asha] }
    then:
      - after: 20s
        expect: { rings: [bilal] }
"#;
    let outcomes = outcomes(test).await;
    let failure = outcomes[0].failure.as_ref().unwrap();
    let explanation = failure.explanation.as_ref().unwrap();
    let rung: Vec<_> = explanation
        .rings
        .iter()
        .map(|rings| rings.agent.clone().unwrap())
        .collect();
    assert_eq!(failure.misses[0].got, rung[0].to_string());
    assert_eq!((explanation.attempt.number, rung.len()), (2, 1));
    assert!(
        explanation.summary.contains("dev rings"),
        "{}",
        explanation.summary
    );
    let before = &explanation.attempt.earlier[0];
    assert_eq!(
        (before.waiting.as_str(), &*before.rings),
        ("0s", &["asha".to_owned()][..])
    );
    assert_eq!(explanation.attempt.waiting, "20s");
}
