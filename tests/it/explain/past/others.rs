//! Calls that went another way than usual, and what is not known of them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Office, RULES, sentences};
use crate::support::flaky::Mood;
use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, laid_out};

#[tokio::test]
async fn a_caller_who_found_nobody_is_told_why() {
    let office = Office::in_memory(RULES).await;
    office.agent("asha", "sales").await;
    office.agent("dev", "support").await;
    office.is("asha", "on_break").await;
    for _ in 0..3 {
        assert!(office.fetch("one", "").await.is_empty());
        office.pass(6).await;
    }
    office.is("dev", "available").await;
    assert_eq!(office.fetch("one", "").await, ["sip:dev"]);
    let told = office.document("one", 4).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of one attempt: nobody could be rung, three times in a row; dev was rung.
    asha was free but on a break; dev was offline; so nobody was rung.
    asha was free but on a break; dev was offline; so nobody was rung.
    asha was free but on a break; dev was offline; so nobody was rung.
    asha was free but on a break; so the second queue, support, was asked: dev was rung; what came of it was not reported.
    ");
    let waiting: Vec<_> = (0..4).map(|at| &told["attempts"][at]["waiting"]).collect();
    assert_eq!(waiting, ["0s", "6s", "12s", "18s"]);
}

#[tokio::test]
async fn a_full_queue_and_the_agent_of_the_last_call_are_told() {
    let rules = RULES
        .replace("no_answer: { max: 3 }", "max_calls: 1")
        .replace(
            "    targets: [{ queue: sales }, { queue: support }]",
            "    sticky: { for: 1d, exclusive: true }\n    targets: [{ queue: sales }]",
        );
    let office = Office::in_memory(&rules).await;
    for id in ["asha", "bilal"] {
        office.agent(id, "sales").await;
        office.is(id, "available").await;
    }
    assert_eq!(office.fetch("holds", "").await, ["sip:asha"]);
    office.pass(1).await;
    let other = "CallSid=full&From=09800054321&To=01135124157";
    office.server.connect(other).await;
    office.pass(1).await;
    let end = "CallType=completed&DialCallStatus=completed&DialWhomNumber=sip:asha";
    office.report("holds", end).await;
    office.pass(1).await;
    // In wrap-up, and nobody else is asked.
    assert!(office.fetch("back", "").await.is_empty());
    office.pass(30).await;
    assert_eq!(office.fetch("again", "").await, ["sip:asha"]);
    let mut told = Vec::new();
    for call in ["full", "back", "again"] {
        told.push(office.document(call, 1).await);
    }
    let lines: Vec<_> = told.iter().map(|told| sentences(told)[1]).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    bilal was ready, but the queue had all the calls that it may have; asha was reserved for another call; so nobody was rung (a queue had all the calls that it may have).
    bilal was ready, but the caller waited for the agent of the last call; asha was in wrap-up for 19 more seconds; so nobody was rung (the call had to wait).
    asha, who had answered the caller's last call, was rung; what came of it was not reported.
    ");
    let reasons = told.iter().map(|told| {
        let agents = told["attempts"][0]["targets"][0]["agents"].as_array();
        let reasons = agents.unwrap().iter();
        let reasons = reasons.map(|agent| agent["reason"].as_str().unwrap());
        reasons.collect::<Vec<_>>().join(" ")
    });
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["queue_full reserved", "kept wrap_up", "chosen enough"]
    );
}

#[tokio::test]
async fn many_agents_are_counted_and_several_phones_told_together() {
    let rules = RULES.replace(
        "ring: { for: 20s, attempts: 3 }",
        "ring: { agents: 2, at_once: 2, for: 20s, attempts: 3 }",
    );
    let office = Office::in_memory(&rules).await;
    for number in 0..7 {
        office.agent(&format!("away-{number}"), "sales").await;
    }
    for id in ["dev", "esha"] {
        office.agent(id, "support").await;
        office.is(id, "available").await;
    }
    assert_eq!(office.fetch("one", "").await, ["sip:dev", "sip:esha"]);
    office.pass(9).await;
    let answered = "CallType=completed&DialCallStatus=completed&DialWhomNumber=sip:esha";
    office.report("one", answered).await;
    let told = office.document("one", 2).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of one attempt: esha answered.
    away-0 was offline; away-1 was offline; away-2 was offline; nor were 4 others free (4 offline); so the second queue, support, was asked: dev and esha were rung, and esha answered.
    ");
    assert_eq!(
        told["attempts"][0]["rings"][0]["became"],
        "answered_elsewhere"
    );
    assert_eq!(told["attempts"][0]["rings"][1]["became"], "answered");
}

#[tokio::test]
async fn a_fallback_is_told_with_its_reason() {
    let office = Office::in_memory(RULES).await;
    office.server.store.becomes(Mood::Failing);
    office.fetch("one", "").await;
    office.server.store.becomes(Mood::Well);
    let told = office.document("one", 1).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of which nothing was decided: the fallback, +9111xxxxx234, was rung.
    The store failed, so the fallback was answered: +9111xxxxx234 was rung; what came of it was not reported.
    ");
}

#[tokio::test]
async fn one_attempt_can_be_asked_for_alone() {
    let office = Office::in_memory(RULES).await;
    office.agent("asha", "sales").await;
    office.is("asha", "available").await;
    office.fetch("one", "").await;
    office.document("one", 1).await;
    let ask = async |query: &str| {
        let path = format!("/calls/one/explain{query}");
        let request = office.server.api(Method::GET, &path, "wallboard");
        request.send().await.unwrap()
    };
    let first: Value = ask("?attempt=1").await.json().await.unwrap();
    assert_eq!(first["attempts"].as_array().unwrap().len(), 1);
    let second = laid_out(ask("?attempt=2").await).await;
    assert!(
        second.starts_with("400") && second.contains("the last of them is 1"),
        "{second}"
    );
    assert_eq!(ask("?atempt=2").await.status(), 400);
}

#[tokio::test]
async fn of_a_call_that_is_not_kept_it_is_said_for_how_long_they_are() {
    let office = Office::in_memory(RULES).await;
    office.fetch("one", "").await;
    office.document("one", 1).await;
    office.server.clock.advance(Duration::from_hours(73));
    let request = office
        .server
        .api(Method::GET, "/calls/one/explain", "wallboard");
    insta::assert_snapshot!(laid_out(request.send().await.unwrap()).await, @r#"
    404
    {
      "code": "call-not-kept",
      "detail": "nothing is written down of a call with this name: what is, is kept for 3d, of the newest decisions",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let server = TestServer::with_settings("history = { kept = '0' }", "").await;
    let request = server.api(Method::GET, "/calls/one/explain", "wallboard");
    assert_eq!(request.send().await.unwrap().status(), 409);
}

#[tokio::test]
async fn after_the_rules_have_changed_what_was_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.yaml");
    std::fs::write(&file, RULES).unwrap();
    let office = Office::at(TestServer::in_folder(folder.path()).await);
    for (id, group) in [("asha", "sales"), ("dev", "support")] {
        office.agent(id, group).await;
    }
    office.is("dev", "available").await;
    assert_eq!(office.fetch("one", "").await, ["sip:dev"]);
    office.document("one", 1).await;
    let others = RULES
        .replace("  support: { agents: { groups: [support] } }\n", "")
        .replace(", { queue: support }", "")
        .replace("to sales", "everybody");
    std::fs::write(&file, others).unwrap();
    let reloaded = office.server.admin(Method::POST, "/rules/reload", None);
    reloaded.await.error_for_status().unwrap();
    let told = office.document("one", 1).await;
    let first = &told["attempts"][0];
    assert_eq!(first["rule"], "to sales");
    assert_eq!(first["rules_in_force"], false);
    assert_eq!(first["targets"][0]["agents"][0]["reason"], "offline");
    assert_eq!(first["targets"][1]["agents"], Value::Null);
    assert_eq!(first["targets"][1]["used"], true);
    let lines = json!([sentences(&told), told["notes"]]);
    insta::assert_snapshot!(format!("{lines:#}"), @r#"
    [
      [
        "A call of one attempt: dev was rung.",
        "asha was offline; so the second queue, support, was asked: dev was rung; what came of it was not reported."
      ],
      [
        "The rules have changed since. Path, targets and whom it rang are as they were; who belongs to a queue is told by today's queue of that name.",
        "Names, groups and skills of agents are those of now.",
        "Today's rules have no queue support: who belonged to it is not known."
      ]
    ]
    "#);
}

#[tokio::test]
async fn what_an_agent_was_is_not_guessed() {
    let redis = RedisServer::start();
    let settings = format!(
        "store = {{ kind = 'redis', url = '{}' }}\nhistory = {{ changes_per_agent = 100 }}",
        redis.url()
    );
    let office = Office::at(TestServer::with_settings(&settings, "").await).with_clock_of_redis();
    office.agent("asha", "sales").await;
    office.agent("bilal", "sales").await;
    office.is("bilal", "available").await;
    office.pass(1).await;
    assert_eq!(office.fetch("one", "").await, ["sip:bilal"]);
    for number in 0..450 {
        let status = if number % 2 == 0 {
            "available"
        } else {
            "offline"
        };
        office.is("asha", status).await;
    }
    let told = office.document("one", 1).await;
    let first = &told["attempts"][0];
    assert_eq!(first["unknown"], json!(["asha"]));
    let agents = first["targets"][0]["agents"].as_array().unwrap();
    let ids: Vec<_> = agents.iter().map(|agent| &agent["id"]).collect();
    assert_eq!(ids, ["bilal"]);
}
