//! Over HTTP: of three phones that ring together the second is picked up, and the caller goes back to that agent.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
answer: { events: { answered: true } }
queues:
  everybody: { agents: {}, wrap_up: 5s }
rules:
  - name: all
    sticky: { for: 1h }
    ring: { agents: 3, at_once: 3, for: 20s }
    targets: [{ queue: everybody }]
fallback: { numbers: ["+911140009999"] }
"#;

const STAFF: [(&str, &str); 3] = [
    ("asha", "+919812345001"),
    ("bilal", "+919812345002"),
    ("chitra", "+919812345003"),
];

async fn rung(server: &TestServer, call: &str) -> Vec<String> {
    let fetch = format!("CallSid={call}&From=08516043026&To=01135124157");
    let answer: Value = server.connect(&fetch).await.json().await.unwrap();
    let uris = answer["destination"].as_array().unwrap();
    let uris = uris
        .iter()
        .map(|to| to["contact_uri"].as_str().unwrap().to_owned());
    uris.collect()
}

async fn report(server: &TestServer, who: &str, event: &str) {
    let who = who.replace('+', "%2B");
    let query = format!("CallSid=one&DialWhomNumber={who}&EventType={event}");
    let url = server.url(&format!("/exotel/default/events?key=key&{query}"));
    let response = server.client.get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

async fn agent(server: &TestServer, id: &str) -> Value {
    let path = format!("/agents/{id}");
    let response = server.admin(Method::GET, &path, None).await;
    response.json().await.unwrap()
}

/// A report is answered before the store has taken it in.
async fn until_state(server: &TestServer, id: &str, state: &str) -> Value {
    for _ in 0..1_000 {
        let agent = agent(server, id).await;
        if agent["state"] == state {
            return agent;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{id} is not {state}")
}

async fn of_three_that_ring_together_the_one_who_answers_is_gone_back_to(server: &TestServer) {
    for (id, number) in STAFF {
        server.agent(id, number).await;
        server.clock.advance(Duration::from_secs(1));
    }
    let [asha, bilal, chitra] = STAFF.map(|(_, number)| number);
    let mut first = rung(server, "one").await;
    first.sort();
    assert_eq!(first, [asha, bilal, chitra]);
    for (id, number) in STAFF {
        report(server, number, "Dial").await;
        until_state(server, id, "ringing").await;
    }
    report(server, bilal, "Answered").await;
    until_state(server, "bilal", "in_call").await;
    for id in ["asha", "chitra"] {
        let agent = agent(server, id).await;
        assert_eq!(agent["state"], "idle", "{id}, with the same event");
        assert_eq!(agent["today"]["missed"], 0, "{id}");
    }
    report(server, bilal, "Terminal").await;
    until_state(server, "bilal", "wrap_up").await;
    let released = server
        .admin(Method::POST, "/agents/bilal/release", None)
        .await;
    assert_eq!(released.status(), 200);

    let question = json!({ "from": "08516043026", "to": "01135124157" });
    let explained = server.admin(Method::POST, "/explain", Some(question)).await;
    let explained: Value = explained.json().await.unwrap();
    let sticky = &explained["sticky"];
    assert_eq!(
        (&sticky["agent"], &sticky["first"]),
        (&json!("bilal"), &json!(true))
    );
    let why = sticky["why"].as_str().unwrap();
    let (before, behind) = (
        "bilal answered this caller's last call ",
        " ago, and comes first",
    );
    assert!(why.starts_with(before) && why.ends_with(behind), "{why}");
    let again = rung(server, "two").await;
    assert_eq!(
        again.first().map(String::as_str),
        Some(bilal),
        "though idle for the shortest time"
    );
    assert_eq!(again.len(), 3);
}

#[tokio::test]
async fn the_memory_store_goes_back_to_who_answered() {
    let server = TestServer::with_rules(RULES).await;
    of_three_that_ring_together_the_one_who_answers_is_gone_back_to(&server).await;
}

#[tokio::test]
async fn redis_goes_back_to_who_answered() {
    let redis = RedisServer::start();
    let server = TestServer::on_redis_with_rules(&redis.url(), RULES).await;
    of_three_that_ring_together_the_one_who_answers_is_gone_back_to(&server).await;
}
