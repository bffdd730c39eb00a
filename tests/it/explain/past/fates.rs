//! Queues that were full, or kept somebody for others, and calls that went on to the next.

use reqwest::Method;
use serde_json::Value;

use super::{Office, sentences};
use crate::support::redis::RedisServer;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  few: { agents: { groups: [few] }, max_calls: 1 }
  fair: { agents: { groups: [fair] }, fairness: oldest_first }
  over: { agents: { groups: [over] } }
  alone: { agents: { groups: [alone] }, no_answer: { delay: 60s } }
rules:
  - name: few
    when: { digits: "1" }
    ring: { for: 20s, attempts: 3 }
    targets: [{ queue: few }, { queue: over }]
  - name: fair
    when: { digits: "2" }
    ring: { for: 20s, attempts: 3 }
    targets: [{ queue: fair }, { queue: over }]
  - name: alone
    when: { digits: "3" }
    ring: { for: 20s, attempts: 3 }
    targets: [{ queue: alone }]
fallback: { numbers: ["+911140001234"] }
"#;

impl Office {
    async fn ready(&self, id: &str, group: &str) {
        self.agent(id, group).await;
        self.is(id, "available").await;
    }

    /// The call's latest decision, as the log has it.
    async fn decided(&self, call: &str) -> Value {
        let path = format!("/decisions?call={call}&passed_over=true");
        let listed = self.server.api(Method::GET, &path, "wallboard");
        let listed: Value = listed.send().await.unwrap().json().await.unwrap();
        assert_eq!(listed["passed_over"], "counted", "{listed:#}");
        listed["decisions"][0].clone()
    }
}

/// What is told of the first target: the agents' reasons, the counts, and why.
fn first(told: &Value) -> String {
    let attempts = told["attempts"].as_array().unwrap();
    let target = &attempts.last().unwrap()["targets"][0];
    let agents = target["agents"].as_array().unwrap().iter();
    let reasons: Vec<_> = agents
        .map(|step| step["reason"].as_str().unwrap())
        .collect();
    let (fate, counts, why) = (&target["fate"], &target["passed_over"], &target["why"]);
    format!("{fate} {counts} {} {why}", reasons.join(","))
}

async fn overflows_a_full_queue(office: &Office) -> Value {
    for id in ["first", "second"] {
        office.ready(id, "few").await;
    }
    office.ready("other", "over").await;
    office.pass(1).await;
    assert_eq!(office.fetch("holds", "&digits=1").await, ["sip:first"]);
    assert_eq!(office.fetch("goes-on", "&digits=1").await, ["sip:other"]);
    office.document("goes-on", 1).await
}

#[tokio::test]
async fn who_was_ready_in_a_full_queue_is_not_called_unneeded() {
    let redis = RedisServer::start();
    for office in [
        Office::in_memory(RULES).await,
        Office::on_redis(&redis, RULES).await,
    ] {
        let told = overflows_a_full_queue(&office).await;
        assert_eq!(
            sentences(&told)[1],
            "second was ready, but the queue had all the calls that it may have; first was reserved for another call; so the second queue, over, was asked: other was rung; what came of it was not reported."
        );
        assert_eq!(
            first(&told),
            r#""full" {"queue_full":1,"reserved":1} queue_full,reserved "open, but the queue had all the calls that it may have""#
        );
        let decided = office.decided("goes-on").await;
        assert_eq!(decided["targets"][0]["fate"], "full");
        assert_eq!(
            decided["targets"][0]["passed_over"].to_string(),
            r#"{"queue_full":1,"reserved":1}"#
        );
        assert_eq!(decided["targets"][1]["fate"], "used");
    }
}

#[tokio::test]
async fn who_was_kept_for_an_older_call_is_not_called_unneeded() {
    let office = Office::in_memory(RULES).await;
    office.agent("kept", "fair").await;
    for _ in 0..3 {
        assert!(office.fetch("waits", "&digits=2").await.is_empty());
        office.pass(6).await;
    }
    office
        .server
        .clock
        .advance(std::time::Duration::from_millis(1));
    office.ready("other", "over").await;
    office.is("kept", "available").await;
    assert_eq!(office.fetch("younger", "&digits=2").await, ["sip:other"]);
    let told = office.document("younger", 1).await;
    assert_eq!(
        sentences(&told)[1],
        "kept was ready, but held back for a call that had waited longer; so the second queue, over, was asked: other was rung; what came of it was not reported."
    );
    assert_eq!(
        first(&told),
        r#""held_back" {"held_back":1} held_back "open, but who was ready was held back for a call that had waited longer""#
    );
    let decided = office.decided("younger").await;
    assert_eq!(decided["targets"][0]["held_back"], 1);
}

#[tokio::test]
async fn who_missed_this_very_call_is_left_alone_and_not_ready() {
    let redis = RedisServer::start();
    for office in [
        Office::in_memory(RULES).await,
        Office::on_redis(&redis, RULES).await,
    ] {
        office.ready("asha", "alone").await;
        office.pass(1).await;
        assert_eq!(office.fetch("one", "&digits=3").await, ["sip:asha"]);
        office.pass(20).await;
        let missed =
            "&digits=3&DialCallStatus=no-answer&DialWhomNumber=sip:asha&DialCallDuration=20";
        assert!(office.fetch("one", missed).await.is_empty());
        let told = office.document("one", 2).await;
        assert_eq!(
            first(&told),
            r#""none_ready" {"back_off":1} back_off "open, but nobody in it was ready""#
        );
        let words = &told["attempts"][1]["targets"][0]["agents"][0]["why"];
        assert_eq!(
            words,
            "left alone after this very call, which was not taken, 1m left"
        );
        let sentence = sentences(&told)[2];
        assert!(
            sentence.starts_with("asha was left alone for"),
            "{sentence}"
        );
    }
}
