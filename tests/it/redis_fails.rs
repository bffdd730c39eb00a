//! The server on a real Redis: in good days, frozen, killed and restarted empty.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

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
    insta::assert_snapshot!(shown(queue).await, @r#"
    200 application/json
    {"name":"sales","strategy":"longest_idle","ready":0,"engaged":2,"away":0}
    "#);
}

#[tokio::test]
async fn frozen_and_thawed() {
    let redis = RedisServer::start();
    let server = TestServer::on_redis(&redis.url()).await;
    server.agent("asha", "9812345678").await;
    assert!(!is_fallback(&call(&server, "warm").await.0));
    redis.signal("STOP");
    for attempt in 0..20 {
        let (answer, took) = call(&server, &format!("frozen{attempt}")).await;
        assert!(
            answer.starts_with("200") && is_fallback(&answer),
            "{answer}"
        );
        let limit = if attempt < 3 { 600 } else { 50 };
        assert!(
            took < Duration::from_millis(limit),
            "answer {attempt} took {took:?}"
        );
    }
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
        assert!(took < Duration::from_millis(600), "{took:?}");
    }
    redis.restart();
    until_decided(&server, Duration::from_secs(5)).await;
    server.agent("asha", "9812345678").await;
    assert!(call(&server, "after").await.0.contains("+919812345678"));
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
