//! How often somebody may ask.

use std::time::Duration;

use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::Value;

use crate::metrics::Scrape;
use crate::support::server::{TestServer, shown};

/// Long enough for a report to be taken in, in the background.
const A_MOMENT: Duration = Duration::from_millis(100);

const PROXIED: &str = "trusted_proxies = '127.0.0.0/8'\n";

async fn from(server: &TestServer, source: &str, path: &str) -> Response {
    let request = server.client.get(server.url(path));
    request
        .header("x-forwarded-for", source)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn strangers_are_told_a_few_times_that_they_are_wrong_and_whoever_is_right_always_gets_in() {
    let settings = format!("{PROXIED}limits = {{ refused_per_minute = 3 }}");
    let server = TestServer::with_settings(&settings, "").await;
    let (wrong, right) = (
        "/ccm-programmable-connect?key=kez",
        "/ccm-programmable-connect?key=key&CallSid=one",
    );
    for expected in [403, 403, 403, 429] {
        let response = from(&server, "192.0.2.1", wrong).await;
        assert_eq!(shown(response).await, expected.to_string());
    }
    assert_eq!(
        from(&server, "192.0.2.1", right).await.status(),
        200,
        "from the very same address"
    );
    let request = server.api(Method::GET, "/queues", "sesame");
    let refused = request
        .header("x-forwarded-for", "192.0.2.1")
        .send()
        .await
        .unwrap();
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    insta::assert_snapshot!(shown(refused).await, @r#"
    429 application/problem+json
    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"too many requests from this address had no right token; wait a moment","code":"too-many-attempts"}
    "#);
    let request = server.api(Method::GET, "/queues", "boss");
    let right = request
        .header("x-forwarded-for", "192.0.2.1")
        .send()
        .await
        .unwrap();
    assert_eq!(right.status(), 200);
    for (source, expected) in [
        ("2001:db8::1", 403),
        ("2001:db8::2", 403),
        ("2001:db8::3", 403),
        ("2001:db8::4", 429),
    ] {
        assert_eq!(
            from(&server, source, wrong).await.status(),
            expected,
            "{source}"
        );
    }
}

#[tokio::test]
async fn beyond_an_accounts_rate_its_callers_get_the_fallback_at_once_and_the_store_rests() {
    let server = TestServer::with_settings("limits = { connect_per_second = 5 }", "").await;
    server.agent("asha", "9812345678").await;
    let mut fallbacks = 0;
    for call in 0..60 {
        let response = server
            .connect(&format!("CallSid=c{call}&To=01135124157"))
            .await;
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        fallbacks += usize::from(answer["destination"][0]["contact_uri"] == "+911140001234");
    }
    assert!(fallbacks > 0);
    assert!(
        server.store.offers() <= 60 - fallbacks,
        "{} and {fallbacks}",
        server.store.offers()
    );
    let other = server.url("/exotel/other/connect?key=elsewhere&CallSid=one");
    assert_eq!(server.client.get(other).send().await.unwrap().status(), 200);
}

/// The state of the agent `asha`.
async fn state(server: &TestServer) -> Value {
    let agent = server.admin(Method::GET, "/agents/asha", None).await;
    let agent: Value = agent.json().await.unwrap();
    agent["state"].clone()
}

async fn dropped(server: &TestServer) -> f64 {
    let line = "ringmaster_http_refused_total{reason=\"rate_account\"}";
    Scrape::of(server).await.of_line(line)
}

/// Exotel reports, and is always told that all is well. Was the report dropped?
async fn is_dropped(server: &TestServer, report: (&str, &str)) -> bool {
    let (path, body) = report;
    let before = dropped(server).await;
    let url = server.url(&format!("/exotel/default/{path}"));
    let response = server.client.post(url).body(body.to_owned()).send().await;
    assert_eq!(shown(response.unwrap()).await, "200");
    dropped(server).await > before
}

#[rstest]
#[case::an_event(
    "events?key=key&CallSid=CALL&EventType=Terminal&DialWhomNumber=09812345678&Status=free",
    ""
)]
#[case::a_status_callback(
    "calls?key=key&call=CALL",
    r#"{"event_details":{"event_type":"terminal"},"call_details":{"sid":"CALL","state":"terminal","status":"from_leg_unanswered"}}"#
)]
#[tokio::test]
async fn beyond_its_rate_reports_are_answered_all_the_same_and_change_nothing(
    #[case] path: &str,
    #[case] body: &str,
) {
    let server = TestServer::with_settings("limits = { events_per_second = 1 }", "").await;
    server.agent("asha", "9812345678").await;
    for attempt in 0..20 {
        // By its name it is a call that we started, of which the callback tells.
        let call = format!("click-{attempt}");
        let [path, body] = [path, body].map(|text| text.replace("CALL", &call));
        let report = (path.as_str(), body.as_str());
        let release = server.admin(Method::POST, "/agents/asha/release", None);
        assert_eq!(release.await.status(), 200);
        let fetch = format!("CallSid={call}&To=01135124157");
        assert_eq!(server.connect(&fetch).await.status(), 200);
        assert_eq!(state(&server).await, "reserved");
        let _takes_what_room_there_is = is_dropped(&server, ("events?key=key", "")).await;
        if !is_dropped(&server, report).await {
            // On a slow machine there was room again.
            continue;
        }
        tokio::time::sleep(A_MOMENT).await;
        assert_eq!(state(&server).await, "reserved");
        // The same, when there is room for it, is heard.
        for _ in 0..100 {
            let _until_there_is_room = is_dropped(&server, report).await;
            tokio::time::sleep(A_MOMENT).await;
            if state(&server).await != "reserved" {
                return;
            }
        }
        panic!("the report says nothing");
    }
    panic!("no report is ever dropped");
}

#[tokio::test]
async fn a_token_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_kept() {
    let server = TestServer::with_settings("limits = { api_per_second = 2 }", "").await;
    let mut refused = None;
    for _ in 0..50 {
        let response = server
            .api(Method::GET, "/queues", "boss")
            .send()
            .await
            .unwrap();
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    insta::assert_snapshot!(shown(refused).await, @r#"
    429 application/problem+json
    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"these are too many requests; wait a moment","code":"too-many-requests"}
    "#);
    let other = server
        .api(Method::GET, "/queues", "wallboard")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn a_token_that_may_not_do_it_takes_nothing_of_what_the_accounts_others_may() {
    let server = TestServer::with_settings("limits = { api_account_per_second = 1 }", "").await;
    for _ in 0..20 {
        let refused = server
            .api(Method::POST, "/rules/reload", "wallboard")
            .send();
        assert_eq!(refused.await.unwrap().status(), 403);
    }
    let request = server.api(Method::GET, "/queues", "boss").send();
    assert_eq!(request.await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_right_key_from_elsewhere_is_refused_as_often_as_it_comes_and_never_as_a_guess() {
    let settings = format!("{PROXIED}limits = {{ refused_per_minute = 2 }}");
    let lists = "sources = ['203.0.113.0/24']\napi_sources = ['203.0.113.0/24']";
    let server = TestServer::with_settings(&settings, lists).await;
    let right = "/ccm-programmable-connect?key=key&CallSid=one";
    for _ in 0..10 {
        let refused = from(&server, "192.0.2.1", right).await;
        assert_eq!(refused.status(), 403);
        let request = server.api(Method::GET, "/queues", "boss");
        let request = request.header("x-forwarded-for", "192.0.2.1").send();
        assert_eq!(request.await.unwrap().status(), 403);
    }
    let scrape = Scrape::of(&server).await;
    let counted = |reason: &str| {
        scrape.of_line(&format!(
            "ringmaster_http_refused_total{{reason=\"{reason}\"}}"
        ))
    };
    assert!((counted("source") - 20.0).abs() < 1e-9 && counted("rate_source").abs() < 1e-9);
    let wrong = "/ccm-programmable-connect?key=kez";
    let guess = from(&server, "192.0.2.1", wrong).await;
    assert_eq!(guess.status(), 403, "guesses are told as often as ever");
}

#[tokio::test]
async fn all_tokens_of_an_account_together_have_a_limit() {
    let server = TestServer::with_settings("limits = { api_account_per_second = 2 }", "").await;
    let tokens = ["boss", "desk", "wallboard"].into_iter().cycle();
    let mut statuses = Vec::new();
    for token in tokens.take(30) {
        let response = server
            .api(Method::GET, "/queues", token)
            .send()
            .await
            .unwrap();
        statuses.push(response.status().as_u16());
    }
    assert!(
        statuses.contains(&200) && statuses.contains(&429),
        "{statuses:?}"
    );
}
