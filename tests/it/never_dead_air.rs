//! A store that fails or hangs: callers still get an answer, and in time.

use std::time::{Duration, Instant};

use rstest::rstest;

use crate::support::flaky::Mood;
use crate::support::server::{IN_TIME, TestServer, at_once, laid_out, shown};

const FALLBACK: &str = "200 application/json\n\
    {\"fetch_after_attempt\":false,\"destination\":[{\"contact_uri\":\"+911140001234\"}]}";

async fn call(server: &TestServer, sid: usize) -> (String, Duration) {
    let asked = Instant::now();
    let answer = shown(
        server
            .connect(&format!("CallSid=c{sid}&To=01135124157"))
            .await,
    )
    .await;
    (answer, asked.elapsed())
}

/// Asks until an agent is offered again.
async fn until_decided(server: &TestServer) -> Duration {
    let since = Instant::now();
    for sid in 1000.. {
        if call(server, sid).await.0.contains("+919812345678") {
            break;
        }
        assert!(
            since.elapsed() < Duration::from_secs(2),
            "no decision within 2 s"
        );
    }
    since.elapsed()
}

#[tokio::test]
async fn while_the_store_is_frozen_everybody_gets_the_fallback_within_the_deadline() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.store.becomes(Mood::Frozen);
    for sid in 0..3 {
        let (answer, took) = call(&server, sid).await;
        assert_eq!(answer, FALLBACK);
        assert!(took < IN_TIME, "{took:?}");
    }
    let mut times = Vec::new();
    for sid in 3..23 {
        let (answer, took) = call(&server, sid).await;
        assert_eq!(answer, FALLBACK);
        times.push(took);
    }
    at_once(times);
    // A probe may have failed in the place of a caller.
    assert!(server.store.offers() <= 3, "the store is left alone");
    server.store.becomes(Mood::Well);
    until_decided(&server).await;
}

#[tokio::test]
async fn a_store_that_refuses_is_left_alone_after_three_failures_and_asked_again_when_it_is_back() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.store.becomes(Mood::Failing);
    for sid in 0..10 {
        assert_eq!(call(&server, sid).await.0, FALLBACK);
    }
    // A probe may have failed in the place of a caller.
    assert!(server.store.offers() <= 3, "the store is left alone");
    let readiness = server
        .client
        .get(server.url("/readyz"))
        .send()
        .await
        .unwrap();
    insta::assert_snapshot!(laid_out(readiness).await, @r#"
    200
    {
      "accounts": {
        "with_rules": 1,
        "without_rules": 1
      },
      "rules": {
        "missing_files": 0,
        "refused_files": 0,
        "status": "current"
      },
      "status": "degraded",
      "store": {
        "breaker": "open",
        "failing_lines": 0,
        "refuses_decisions": false,
        "status": "degraded"
      }
    }
    "#);
    server.store.becomes(Mood::Well);
    until_decided(&server).await;
}

#[rstest]
#[case::that_fails(Mood::Failing)]
#[case::that_hangs(Mood::Frozen)]
#[tokio::test]
async fn a_store_is_known_to_be_down_and_to_be_back_though_nobody_calls(#[case] mood: Mood) {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let becomes = async |is_open: bool| {
        let since = Instant::now();
        while server.breaker_is_open().await != is_open {
            let waited = since.elapsed();
            assert!(waited < Duration::from_secs(10), "not {is_open}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    server.store.becomes(mood);
    becomes(true).await;
    let mut times = Vec::new();
    for sid in 0..20 {
        let (answer, took) = call(&server, sid).await;
        assert_eq!(answer, FALLBACK);
        times.push(took);
    }
    at_once(times);
    assert_eq!(server.store.offers(), 0, "no caller has waited for it");
    server.store.becomes(Mood::Well);
    becomes(false).await;
    assert!(call(&server, 99).await.0.contains("+919812345678"));
}

#[tokio::test]
async fn something_unreadable_is_one_callers_fallback_and_no_reason_to_stop_asking() {
    let server = TestServer::start().await;
    server.store.becomes(Mood::Corrupt);
    for sid in 0..5 {
        assert_eq!(call(&server, sid).await.0, FALLBACK);
    }
    assert_eq!(server.store.offers(), 5);
}
