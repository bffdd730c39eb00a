//! The server on a real Redis: in good days, frozen, killed and restarted empty.

use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::redis::RedisServer;
use crate::support::server::{IN_TIME, TestServer, at_once, shown};

/// Asks for another call each time; gives the answer and how long it took.
async fn call(server: &TestServer, sid: &str) -> (String, Duration) {
    let asked = Instant::now();
    let answer = shown(
        server
            .connect(&format!("CallSid={sid}&To=01135124157"))
            .await,
    )
    .await;
    (answer, asked.elapsed())
}

fn is_fallback(answer: &str) -> bool {
    answer.contains("+911140001234")
}

/// Asks until there is a decision again.
async fn until_decided(server: &TestServer, most: Duration) {
    let since = Instant::now();
    let mut sid = 0;
    loop {
        sid += 1;
        let (answer, _) = call(server, &format!("again{sid}")).await;
        assert!(answer.starts_with("200"), "{answer}");
        if !is_fallback(&answer) {
            return;
        }
        assert!(since.elapsed() < most, "no decision within {most:?}");
    }
}

#[tokio::test]
async fn redis_answers_as_the_memory_store_does() {
    let redis = RedisServer::start();
    let server = TestServer::on_redis(&redis.url()).await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let first = call(&server, "one").await.0;
    insta::assert_snapshot!(first, @r#"
    200 application/json
    {"fetch_after_attempt":true,"destination":[{"contact_uri":"+919812345678"}],"max_ringing_duration":20}
    "#);
    assert_eq!(call(&server, "one").await.0, first);
    assert!(call(&server, "two").await.0.contains("+919812345679"));
    insta::assert_snapshot!(call(&server, "three").await.0, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[],"max_ringing_duration":20}
    "#);
    let queue = server.admin(Method::GET, "/queues/sales", None).await;
    let mut queue: Value = queue.json().await.unwrap();
    let waiting = queue["waiting"].take();
    assert_eq!(
        (&waiting["calls"], &waiting["list"][0]["call"]),
        (&json!(1), &json!("three"))
    );
    let expected = json!({ "name": "sales", "strategy": "longest_idle", "ready": 0, "engaged": 2, "away": 0, "waiting": null });
    assert_eq!(queue, expected);
}

#[tokio::test]
async fn frozen_and_thawed() {
    let redis = RedisServer::start();
    let server = TestServer::on_redis(&redis.url()).await;
    server.agent("asha", "9812345678").await;
    assert!(!is_fallback(&call(&server, "warm").await.0));
    redis.signal("STOP");
    let mut times = Vec::new();
    for attempt in 0..23 {
        let (answer, took) = call(&server, &format!("frozen{attempt}")).await;
        assert!(
            answer.starts_with("200") && is_fallback(&answer),
            "{answer}"
        );
        assert!(took < IN_TIME, "answer {attempt} took {took:?}");
        times.push(took);
    }
    at_once(times.split_off(3));
    redis.signal("CONT");
    until_decided(&server, Duration::from_secs(2)).await;
}

#[tokio::test]
async fn killed_and_restarted_empty() {
    let mut redis = RedisServer::start();
    let server = TestServer::on_redis(&redis.url()).await;
    server.agent("asha", "9812345678").await;
    assert!(!is_fallback(&call(&server, "before").await.0));
    redis.kill();
    for attempt in 0..10 {
        let (answer, took) = call(&server, &format!("dead{attempt}")).await;
        assert!(
            answer.starts_with("200") && is_fallback(&answer),
            "{answer}"
        );
        assert!(took < IN_TIME, "{took:?}");
    }
    redis.restart();
    until_decided(&server, Duration::from_secs(5)).await;
    server.agent("asha", "9812345678").await;
    assert!(call(&server, "after").await.0.contains("+919812345678"));
}

/// The breaker, and the store, as a load balancer or an alarm sees them.
async fn readiness(server: &TestServer) -> (Value, Value) {
    let response = server.client.get(server.url("/readyz")).send();
    let mut ready: Value = response.await.unwrap().json().await.unwrap();
    (ready["store"]["breaker"].take(), ready["status"].take())
}

/// Such a Redis answers, and even says PONG; it must not be taken for one that works.
#[rstest]
#[case::a_replica(&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"])]
#[case::its_memory_full(&["CONFIG", "SET", "maxmemory", "1"], &["CONFIG", "SET", "maxmemory", "0"])]
#[case::without_its_replicas(&["CONFIG", "SET", "min-replicas-to-write", "1"], &["CONFIG", "SET", "min-replicas-to-write", "0"])]
#[tokio::test]
async fn a_redis_that_takes_nothing_is_left_alone_until_it_does(
    #[case] ailment: &[&str],
    #[case] cure: &[&str],
) {
    let redis = RedisServer::start();
    let server = TestServer::on_redis(&redis.url()).await;
    server.agent("asha", "9812345678").await;
    redis.command(ailment);
    for n in 0..3 {
        assert!(is_fallback(&call(&server, &format!("ill{n}")).await.0));
    }
    // Several probes come in between.
    for n in 0..50 {
        let seen = readiness(&server).await;
        assert_eq!(seen, (json!("open"), json!("degraded")), "at look {n}");
        assert!(is_fallback(&call(&server, &format!("open{n}")).await.0));
    }
    redis.command(cure);
    until_decided(&server, Duration::from_secs(5)).await;
    assert_eq!(readiness(&server).await.1, json!("ready"));
}

#[tokio::test]
async fn a_server_that_starts_while_redis_is_down_answers_and_recovers() {
    let mut redis = RedisServer::start();
    redis.kill();
    let server = TestServer::on_redis(&redis.url()).await;
    let (answer, _) = call(&server, "early").await;
    assert!(
        answer.starts_with("200") && is_fallback(&answer),
        "{answer}"
    );
    redis.restart();
    until_decided(&server, Duration::from_secs(5)).await;
    let response = server.admin(Method::PUT, "/agents", Some(json!([]))).await;
    assert_eq!(response.status(), 200);
}
