//! Three server processes on one Redis, asked all at once: a queue never has more calls than it may.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;

const CALLS: usize = 60;
const MOST: usize = 4;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
queues:
  desk: { agents: { groups: [desk] }, max_calls: 4 }
rules:
  - name: the desk, else the switchboard
    when: { digits: "1" }
    ring: { agents: 2, at_once: 2, for: 60s }
    targets: [{ queue: desk }, { numbers: ["+911140001234"] }]
  - name: the desk by another rule
    ring: { agents: 1, for: 60s }
    targets: [{ queue: desk }]
fallback: { numbers: ["+911140009999"] }
"#;

#[tokio::test]
async fn of_60_calls_at_once_four_get_into_a_queue_for_four_though_40_agents_are_free() {
    let redis = RedisServer::start();
    let office = Office::on_redis(3, &redis, PATIENT, RULES);
    let staff: Vec<_> = (0..40).map(|n| (format!("a{n}"), vec!["desk"])).collect();
    office.staff(&staff).await;
    let fetch = async |call: usize| {
        let query = format!("CallSid=c{call}&digits=%22{}%22", call % 2);
        office.connect(call, &query).await.destinations()
    };
    let answers = join_all((0..CALLS).map(fetch)).await;
    let is_agent = |uris: &&Vec<String>| uris.first().is_some_and(|uri| uri.starts_with("sip:"));
    let (mut agents, mut in_queue) = (0, 0);
    for (call, uris) in answers.iter().enumerate() {
        if is_agent(&uris) {
            (agents, in_queue) = (agents + uris.len(), in_queue + 1);
            assert_eq!(
                uris.len(),
                1 + call % 2,
                "agents who ring together are one call"
            );
        } else if call % 2 == 1 {
            assert_eq!(*uris, ["+911140001234"], "the next target");
        } else {
            assert!(uris.is_empty(), "call {call} rings {uris:?}");
        }
    }
    assert_eq!(in_queue, MOST);
    assert_eq!(office.in_state("reserved").await.len(), agents);
    let queue = office.admin(Method::GET, "/queues/desk", None).await;
    assert_eq!(
        (&queue["calls"], &queue["max_calls"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(
        queue["waiting"]["calls"],
        CALLS / 2 - answers.iter().step_by(2).filter(is_agent).count()
    );
    assert!(queue["waiting"]["list"][0]["call"].is_string(), "{queue}");
    assert_eq!(
        queue["waiting"]["list"][0]["asked_ago"],
        queue["waiting"]["longest"]
    );
}
