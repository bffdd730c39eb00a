//! Agents over HTTP while Exotel reports of their call: ringing, in a call, wrapping up; and a miss told by the next fetch.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::server::TestServer;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
answer: { events: { answered: true } }
queues:
  everybody:
    agents: {}
    wrap_up: 20s
    no_answer: { max: 2, delay: 15s }
rules:
  - name: all
    ring: { agents: 1, for: 20s, attempts: 2 }
    targets: [{ queue: everybody }]
fallback: { numbers: ["+911140009999"] }
"#;

async fn report(server: &TestServer, query: &str) {
    let url = server.url(&format!("/exotel/default/events?key=key&{query}"));
    let response = server.client.get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

/// The agent, once in that state: a report is answered before the store has taken it in.
async fn in_state(server: &TestServer, id: &str, state: &str) -> Value {
    for _ in 0..1_000 {
        let response = server
            .admin(Method::GET, &format!("/agents/{id}"), None)
            .await;
        let agent: Value = response.json().await.unwrap();
        if agent["state"] == state {
            return agent;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{id} is not {state}")
}

async fn available(server: &TestServer, id: &str, number: &str) {
    server.agent(id, number).await;
    let status = json!({ "status": "available" });
    let path = format!("/agents/{id}/presence");
    let response = server.admin(Method::PUT, &path, Some(status)).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_agent_is_shown_through_all_states_of_a_call() {
    let server = TestServer::with_rules(RULES).await;
    available(&server, "asha", "9812345678").await;
    server
        .connect("CallSid=one&From=08516043026&To=01135124157")
        .await;
    in_state(&server, "asha", "reserved").await;
    let leg = "CallSid=one&DialWhomNumber=09812345678";
    report(&server, &format!("{leg}&EventType=Dial")).await;
    in_state(&server, "asha", "ringing").await;
    report(&server, &format!("{leg}&EventType=Answered")).await;
    let talking = in_state(&server, "asha", "in_call").await;
    assert_eq!(talking["call"], "one");
    assert_eq!(talking.get("assumed"), None);
    server.clock.advance(Duration::from_secs(61));
    report(&server, &format!("{leg}&EventType=Terminal&Status=free")).await;
    let resting = in_state(&server, "asha", "wrap_up").await;
    assert_eq!(resting["remaining"], "20s");
    let today = json!({ "offered": 1, "answered": 1, "missed": 0, "talk_time": "1m1s", "misses_in_a_row": 0 });
    assert_eq!(resting["today"], today);
    let released = server
        .admin(Method::POST, "/agents/asha/release", None)
        .await;
    assert!(released.status().is_success());
    in_state(&server, "asha", "idle").await;
}

#[tokio::test]
async fn the_next_fetch_tells_of_a_miss_and_two_in_a_row_are_a_break() {
    let server = TestServer::with_rules(RULES).await;
    available(&server, "asha", "9812345678").await;
    for (call, state) in [("one", "back_off"), ("two", "idle")] {
        let fetch = format!("CallSid={call}&From=08516043026&To=01135124157");
        server.connect(&fetch).await;
        in_state(&server, "asha", "reserved").await;
        server.clock.advance(Duration::from_secs(20));
        let told = "DialWhomNumber=%2B919812345678&DialCallStatus=no-answer&DialCallDuration=20";
        server.connect(&format!("{fetch}&{told}")).await;
        in_state(&server, "asha", state).await;
        server.clock.advance(Duration::from_secs(15));
    }
    let away = in_state(&server, "asha", "idle").await;
    assert_eq!(
        (&away["status"], &away["reason"]),
        (&json!("on_break"), &json!("missed_calls"))
    );
    assert_eq!(away["today"]["missed"], 2);
}
