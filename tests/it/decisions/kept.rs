//! What is written down, whatever happens meanwhile, and what is not.

use std::time::Duration;

use reqwest::Method;
use ringmaster::presence::{LogOrder, LogRange, Store as _};
use ringmaster::telephony::AccountName;

use super::{call, soon};
use crate::metrics::Scrape;
use crate::support::flaky::Mood;
use crate::support::server::{TestServer, shown};

#[tokio::test]
async fn answers_of_an_outage_are_written_down_when_it_is_over() {
    let server = TestServer::start().await;
    server.store.becomes(Mood::Failing);
    for number in 0..5 {
        server.connect(&call(&format!("call-{number}"))).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.store.becomes(Mood::Well);
    let fallbacks = soon(&server, "?outcome=fallback", 5).await;
    let calls: Vec<_> = fallbacks
        .iter()
        .map(|entry| entry["call"].clone())
        .collect();
    assert_eq!(calls, ["call-4", "call-3", "call-2", "call-1", "call-0"]);
    assert_eq!(fallbacks[0]["rings"][0]["contact_uri"], "+9111xxxxx234");
    assert_eq!(fallbacks[4]["outcome"], "fallback-store-failed");
    let scrape = Scrape::of(&server).await;
    let entries =
        |result| format!("ringmaster_log_entries_total{{account=\"default\",result=\"{result}\"}}");
    assert!((scrape.of_line(&entries("written")) - 5.0).abs() < 1e-9);
    assert!(scrape.of_line(&entries("dropped")).abs() < 1e-9);
}

#[tokio::test]
async fn whoever_stops_writes_down_what_is_left() {
    let server = TestServer::start().await;
    for number in 0..50 {
        server.connect(&call(&format!("call-{number}"))).await;
    }
    let (store, running) = (server.store, server.running);
    running.stop().await;
    let all = LogRange {
        after: None,
        before: None,
        order: LogOrder::Forwards,
        most: 100,
    };
    let written = store
        .log()
        .read(&AccountName::default(), all)
        .await
        .unwrap();
    assert_eq!(written.len(), 50);
}

#[tokio::test]
async fn nothing_is_written_down_where_that_is_not_wanted() {
    let server = TestServer::with_settings("history = { kept = '0' }", "").await;
    server
        .connect(&call("one"))
        .await
        .error_for_status()
        .unwrap();
    let asked = server
        .api(Method::GET, "/decisions", "wallboard")
        .send()
        .await;
    insta::assert_snapshot!(shown(asked.unwrap()).await, @r#"
    409 application/problem+json
    {"type":"about:blank","title":"Conflict","status":409,"detail":"nothing is kept of what was decided: the setting history.kept is 0","code":"history-off"}
    "#);
    let watched = server
        .api(Method::GET, "/decisions/stream", "wallboard")
        .send()
        .await;
    assert_eq!(watched.unwrap().status(), 409);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let ends = server.store.log().ends(&AccountName::default()).await;
    assert_eq!(ends.unwrap(), None);
}

#[tokio::test]
async fn a_caller_in_full_is_found_and_forgotten() {
    let server = TestServer::with_settings("history = { callers = 'full' }", "").await;
    server.connect(&call("one")).await;
    server
        .connect("CallSid=two&From=09800012346&To=01135124157")
        .await;
    let found = soon(&server, "?caller=09800012345", 1).await;
    assert_eq!(found[0]["caller"], "+919800012345");
    let erased = server
        .admin(Method::DELETE, "/callers/09800012345", None)
        .await;
    assert_eq!(erased.status(), 204);
    assert_eq!(soon(&server, "", 1).await[0]["call"], "two");
}
