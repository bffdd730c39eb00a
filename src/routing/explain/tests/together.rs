//! What is told where other calls decide: a queue that has all it may have, and a call that was there first.

use super::*;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] }, max_calls: 1, fairness: oldest_first }
rules:
  - name: everyone
    ring: { agents: 1, for: 20s }
    targets: [{ queue: sales }, { numbers: ["+911140001235"], after: { waiting: 60s } }]
fallback: { numbers: ["+911140001234"] }
"#;

fn new_call() -> Question {
    question("CallSid=new&To=01135124157&From=09812345678")
}

#[tokio::test]
async fn a_full_queue_is_told_as_full_and_its_agents_as_ready() {
    let world = World::new();
    world.sales(&[("asha", 300), ("bilal", 200)]).await;
    let book = book(RULES);
    world.call(&book, "CallSid=other&To=01135124157").await;
    let explanation = world.explain(&book, &new_call()).await;
    let target = &explanation.targets[0];
    assert_eq!(target.why, "open, but full: 1 of 1 calls");
    let reasons: Vec<_> = target.agents.iter().map(|agent| agent.reason).collect();
    assert_eq!(reasons, [Reason::QueueFull, Reason::Reserved]);
    insta::assert_snapshot!(explanation.summary, @r#"Nobody rings: rule "everyone" takes the call, but nobody of queue sales can be rung (1 ready, but the queue is full, 1 reserved); a target of numbers is not open yet."#);
    let own = Question {
        call: CallSid::parse("other").ok(),
        ..new_call()
    };
    let own = world.explain(&book, &own).await;
    assert_eq!(
        own.targets[0].agents[0].reason,
        Reason::Chosen,
        "its own agent keeps no call out"
    );
}

#[tokio::test]
async fn an_agent_who_is_kept_for_an_older_call_is_told_as_held_back() {
    let world = World::new();
    let book = book(&RULES.replace("max_calls: 1, ", ""));
    for before in [14, 7] {
        world
            .at(before)
            .call(&book, "CallSid=old&To=01135124157")
            .await;
    }
    world.sales(&[("asha", 1)]).await;
    world.at(1).set("asha", Presence::Offline).await;
    world.set("asha", Presence::Available).await;
    world.at(0);
    let explanation = world.explain(&book, &new_call()).await;
    let target = &explanation.targets[0];
    assert_eq!(target.agents[0].reason, Reason::HeldBack);
    assert_eq!(
        target.agents[0].why,
        "ready (idle for 1s), but held back for a call that has waited longer"
    );
    assert_eq!(
        target.why,
        "open, but who is ready is held back for a call that has waited longer"
    );
}

#[tokio::test]
async fn a_place_that_is_kept_for_an_older_call_is_told_so() {
    let world = World::new();
    let book = book(RULES);
    for before in [14, 7] {
        world
            .at(before)
            .call(&book, "CallSid=old&To=01135124157")
            .await;
    }
    world.sales(&[("asha", 300)]).await;
    world.at(0);
    let explanation = world.explain(&book, &new_call()).await;
    let target = &explanation.targets[0];
    assert_eq!(
        target.why,
        "open, but full for now: 0 of 1 calls, and 1 place kept for calls that have waited longer"
    );
    assert_eq!(target.agents[0].reason, Reason::QueueFull);
    assert_eq!(
        target.agents[0].why,
        "ready (idle for 5m), but the queue's last places are kept for calls that have waited longer"
    );
    assert!(!target.used);
    let own = Question {
        call: CallSid::parse("old").ok(),
        ..new_call()
    };
    let own = world.explain(&book, &own).await;
    assert_eq!(own.targets[0].agents[0].reason, Reason::Chosen);
}

#[tokio::test]
async fn an_answer_that_rang_nobody_is_no_attempt() {
    let world = World::new();
    world.at(0);
    let question = attempt(new_call(), 3);
    let explanation = world.explain(&book(RULES), &question).await;
    assert_eq!(explanation.attempt.number, 1);
    assert_eq!(explanation.attempt.earlier.len(), 2);
    assert!(
        explanation.notes[1].contains("is no attempt"),
        "{:?}",
        explanation.notes
    );
}
