//! What becomes of agents when nobody answers, one of several does, or the caller leaves: through the door, on both stores.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::metrics::Scrape;
use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
answer: { events: { answered: true } }
queues:
  everybody: { agents: {}, wrap_up: 10m, no_answer: { max: 2, delay: 10m } }
rules:
  - name: one after the other
    when: { digits: "1" }
    ring: { agents: 1, for: 20s, attempts: 4 }
    targets: [{ queue: everybody }]
  - name: three together
    when: { digits: "3" }
    ring: { agents: 3, at_once: 3, for: 20s }
    targets: [{ queue: everybody }]
fallback: { numbers: ["+911140009999"] }
"#;

const THREE: &str = "digits=%223%22";
const HUNG_UP: &str = "DialCallStatus=canceled&CallType=client-hangup&DialWhomNumber=sip:a2";

/// The server with so many agents, who are all available.
async fn office(redis: Option<&RedisServer>, agents: usize) -> TestServer {
    let server = match redis {
        Some(redis) => TestServer::on_redis_with_rules(&redis.url(), RULES).await,
        None => TestServer::with_rules(RULES).await,
    };
    for number in 0..agents {
        let id = format!("a{number}");
        server.agent(&id, &format!("sip:{id}")).await;
    }
    server
}

/// A fetch: whom it rings, and whether the answer says to fetch again.
async fn fetch(server: &TestServer, call: &str, query: &str) -> (Vec<String>, bool) {
    let call = format!("CallSid={call}&From=08516043026&To=01135124157&{query}");
    let answer: Value = server.connect(&call).await.json().await.unwrap();
    let uris = answer["destination"].as_array().unwrap().iter();
    let ids = uris.map(|entry| entry["contact_uri"].as_str().unwrap());
    let ids = ids.map(|uri| uri.trim_start_matches("sip:").to_owned());
    (ids.collect(), answer["fetch_after_attempt"] == true)
}

async fn report(server: &TestServer, call: &str, query: &str) {
    let url = format!("/exotel/default/events?key=key&CallSid={call}&{query}");
    let response = server.client.get(server.url(&url)).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

async fn event(server: &TestServer, call: &str, id: &str, event: &str) {
    let query = format!("DialWhomNumber=sip:{id}&EventType={event}");
    report(server, call, &query).await;
}

/// A call that rings three together, as soon as all of them ring.
async fn three_ring(redis: Option<&RedisServer>) -> TestServer {
    let server = office(redis, 3).await;
    let (ids, _) = fetch(&server, "one", THREE).await;
    assert_eq!(ids, ["a0", "a1", "a2"]);
    for id in ids {
        event(&server, "one", &id, "Dial").await;
    }
    soon(&server, &[("ringing", 0, 0); 3]).await;
    server
}

/// State, answered and missed of each agent, in the order of their ids.
async fn seen(server: &TestServer) -> Vec<(String, u64, u64)> {
    let list = server.admin(Method::GET, "/agents", None).await;
    let list: Value = list.json().await.unwrap();
    let agents = list["agents"].as_array().unwrap().iter();
    let number = |agent: &Value, name: &str| agent["today"][name].as_u64().unwrap();
    let one = |agent: &Value| {
        let state = agent["state"].as_str().unwrap().to_owned();
        (state, number(agent, "answered"), number(agent, "missed"))
    };
    agents.map(one).collect()
}

/// Waits until the agents are so: a report is answered before the store has taken it in.
async fn soon(server: &TestServer, expected: &[(&str, u64, u64)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(state, answered, missed)| ((*state).to_owned(), *answered, *missed))
        .collect();
    for _ in 0..1_000 {
        if seen(server).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(seen(server).await, expected);
}

async fn four_attempts_that_nobody_answers_are_four_agents_with_one_miss_each(
    redis: Option<&RedisServer>,
) {
    let server = office(redis, 4).await;
    let mut query = "digits=%221%22".to_owned();
    let mut rung = BTreeSet::new();
    for attempt in 1..=4 {
        let (ids, goes_on) = fetch(&server, "one", &query).await;
        assert_eq!((ids.len(), goes_on), (1, attempt < 4), "attempt {attempt}");
        assert!(rung.insert(ids[0].clone()), "{} was tried before", ids[0]);
        event(&server, "one", &ids[0], "Dial").await;
        query = format!(
            "DialWhomNumber=sip:{}&DialCallStatus=no-answer&DialCallDuration={}",
            ids[0],
            attempt * 20
        );
    }
    report(&server, "one", &format!("{query}&CallType=incomplete")).await;
    soon(&server, &[("back_off", 0, 1); 4]).await;
}

async fn when_the_second_of_three_answers_the_others_are_idle_at_once_and_missed_nothing(
    redis: Option<&RedisServer>,
) {
    let server = three_ring(redis).await;
    event(&server, "one", "a1", "Answered").await;
    soon(
        &server,
        &[("idle", 0, 0), ("in_call", 1, 0), ("idle", 0, 0)],
    )
    .await;
    for id in ["a0", "a2", "a1"] {
        event(&server, "one", id, "Terminal").await;
    }
    let legs = "Legs[0][Number]=sip:a0&Legs[1][Number]=sip:a1&Legs[1][OnCallDuration]=41&Legs[2][Number]=sip:a2";
    let status = "DialCallStatus=completed&CallType=completed&DialWhomNumber=sip:a1";
    report(&server, "one", &format!("{status}&{legs}")).await;
    another_call_rings(&server, &["a0", "a2"]).await;
    let after = [("ringing", 0, 0), ("wrap_up", 1, 0), ("reserved", 0, 0)];
    soon(&server, &after).await;
}

async fn when_the_caller_hangs_up_nobody_missed_anything(redis: Option<&RedisServer>) {
    let server = three_ring(redis).await;
    for id in ["a0", "a1", "a2"] {
        event(&server, "one", id, "Terminal").await;
    }
    report(&server, "one", HUNG_UP).await;
    soon(&server, &[("idle", 0, 0); 3]).await;
    another_call_rings(&server, &["a0", "a1", "a2"]).await;
    let after = [("ringing", 0, 0), ("reserved", 0, 0), ("reserved", 0, 0)];
    soon(&server, &after).await;
}

async fn when_the_hang_up_is_told_before_the_phones_fall_silent_nobody_missed_anything(
    redis: Option<&RedisServer>,
) {
    let server = three_ring(redis).await;
    report(&server, "one", HUNG_UP).await;
    soon(&server, &[("idle", 0, 0); 3]).await;
    for id in ["a0", "a1", "a2"] {
        event(&server, "one", id, "Terminal").await;
    }
    another_call_rings(&server, &["a0", "a1", "a2"]).await;
    let after = [("ringing", 0, 0), ("reserved", 0, 0), ("reserved", 0, 0)];
    soon(&server, &after).await;
}

/// Reports are taken in one after the other: when this call's is seen, so are all before it.
async fn another_call_rings(server: &TestServer, expected: &[&str]) {
    let (mut ids, _) = fetch(server, "two", THREE).await;
    ids.sort();
    assert_eq!(ids, expected);
    event(server, "two", "a0", "Dial").await;
}

macro_rules! on_both_stores {
    ($($name:ident)+) => {
        mod memory {
            $(#[tokio::test] async fn $name() { super::$name(None).await; })+
        }
        mod redis {
            use super::RedisServer;
            $(#[tokio::test] async fn $name() { super::$name(Some(&RedisServer::start())).await; })+
        }
    };
}

on_both_stores! {
    four_attempts_that_nobody_answers_are_four_agents_with_one_miss_each
    when_the_second_of_three_answers_the_others_are_idle_at_once_and_missed_nothing
    when_the_caller_hangs_up_nobody_missed_anything
    when_the_hang_up_is_told_before_the_phones_fall_silent_nobody_missed_anything
}

/// Three ring, one answers, and the rest is reported while Redis is away: nobody stays in a call that is over.
#[tokio::test]
async fn what_is_reported_while_the_store_is_away_is_taken_in_when_it_is_back() {
    let redis = RedisServer::start();
    let server = three_ring(Some(&redis)).await;
    event(&server, "one", "a1", "Answered").await;
    soon(
        &server,
        &[("idle", 0, 0), ("in_call", 1, 0), ("idle", 0, 0)],
    )
    .await;
    redis.signal("STOP");
    // One is in flight when it freezes, and the others come once the breaker is open.
    let waiting = "ringmaster_reports_waiting";
    event(
        &server,
        "one",
        "a1",
        "Terminal&CallStatus=completed&OnCallDuration=60",
    )
    .await;
    for call in 0..4 {
        fetch(&server, &format!("other-{call}"), THREE).await;
    }
    event(
        &server,
        "one",
        "a1",
        "Terminal&CallStatus=completed&OnCallDuration=60",
    )
    .await;
    let mut waited = 0.0;
    for _ in 0..400 {
        waited = Scrape::of(&server).await.of_line(waiting);
        if waited > 1.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(waited > 1.0, "{waited} wait");
    redis.signal("CONT");
    for _ in 0..1_000 {
        if Scrape::of(&server).await.of_line(waiting) < 0.5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let agents = seen(&server).await;
    assert_eq!(
        (agents[1].0.as_str(), agents[1].1),
        ("wrap_up", 1),
        "{agents:?}"
    );
    let scrape = Scrape::of(&server).await;
    assert!(scrape.of_line(waiting) < 0.5 && scrape.of_line("ringmaster_reports_lost_total") < 0.5);
}
