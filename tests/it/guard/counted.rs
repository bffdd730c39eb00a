//! What the door refuses shows in the metrics: each refusal once, by its reason.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::metrics::Scrape;
use crate::support::server::TestServer;

const GOOD: &str = "203.0.113.7";
const BAD: &str = "198.51.100.1";
const LISTS: &str = "sources = ['203.0.113.0/24']\napi_sources = ['203.0.113.0/24']";

async fn refused(server: &TestServer, reason: &str) -> f64 {
    let line = format!("ringmaster_http_refused_total{{reason=\"{reason}\"}}");
    Scrape::of(server).await.of_line(&line)
}

async fn server(limits: &str) -> TestServer {
    let settings = format!("trusted_proxies = '127.0.0.0/8'\nlimits = {{ {limits} }}");
    TestServer::with_settings(&settings, LISTS).await
}

/// What Exotel's request from there is answered.
async fn exotel(server: &TestServer, source: &str, path: &str) -> (StatusCode, String) {
    let request = server.client.get(server.url(path));
    let response = request.header("x-forwarded-for", source).send();
    let response = response.await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn api(
    server: &TestServer,
    source: &str,
    asked: (Method, &str, &str),
    body: String,
) -> StatusCode {
    let (method, path, token) = asked;
    let request = server.api(method, path, token).body(body);
    let response = request.header("x-forwarded-for", source).send();
    response.await.unwrap().status()
}

#[tokio::test]
async fn each_refusal_is_counted_once_by_its_reason() {
    let server = server("refused_per_minute = 6").await;
    let read = |token| (Method::GET, "/agents", token);
    let none = String::new;
    let connect = "/exotel/default/connect?CallSid=one&key=";
    assert_eq!(exotel(&server, GOOD, &format!("{connect}kez")).await.0, 403);
    assert_eq!(exotel(&server, BAD, &format!("{connect}key")).await.0, 403);
    let long = format!("{connect}key&x={}", "y".repeat(40_000));
    assert!(exotel(&server, GOOD, &long).await.0.is_client_error());
    assert_eq!(api(&server, GOOD, read("sesame"), none()).await, 401);
    assert_eq!(api(&server, GOOD, read("stranger"), none()).await, 403);
    assert_eq!(api(&server, BAD, read("boss"), none()).await, 403);
    let reload = (Method::POST, "/rules/reload", "wallboard");
    assert_eq!(api(&server, GOOD, reload, none()).await, 403);
    let put = (Method::PUT, "/agents", "boss");
    assert_eq!(
        api(&server, GOOD, put, "y".repeat(1024 * 1024 + 1)).await,
        413
    );
    for (reason, expected) in [
        ("key", 3.0),
        ("source", 2.0),
        ("role", 1.0),
        ("too_long", 2.0),
        ("rate_source", 0.0),
        ("rate_account", 0.0),
    ] {
        let found = refused(&server, reason).await;
        assert!((found - expected).abs() < 1e-9, "{reason}: {found}");
    }
    let mut told = 0.0;
    for _ in 0..20 {
        let status = api(&server, GOOD, read("sesame"), none()).await;
        told += f64::from(u8::from(status == StatusCode::TOO_MANY_REQUESTS));
    }
    assert!(told > 0.0);
    assert!((refused(&server, "rate_source").await - told).abs() < 1e-9);
    assert!((refused(&server, "key").await - (3.0 + 20.0 - told)).abs() < 1e-9);
}

#[tokio::test]
async fn what_exceeds_an_accounts_rates_is_counted_and_a_fetch_is_a_decision_all_the_same() {
    let server = server("connect_per_second = 2, api_per_second = 2, events_per_second = 2").await;
    let mut turned_away = 0.0;
    for call in 0..30 {
        let path = format!("/exotel/default/connect?key=key&CallSid=c{call}&To=01135124157");
        let (status, body) = exotel(&server, GOOD, &path).await;
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_str(&body).unwrap();
        let is_fallback = answer["destination"][0]["contact_uri"] == "+911140001234";
        turned_away += f64::from(u8::from(is_fallback));
    }
    assert!(turned_away > 0.0);
    let scrape = Scrape::of(&server).await;
    for line in [
        "ringmaster_http_refused_total{reason=\"rate_account\"}",
        "ringmaster_fallbacks_total{account=\"default\",reason=\"rate-limited\"}",
        "ringmaster_decisions_total{account=\"default\",rule=\"\",queue=\"numbers\",outcome=\"fallback\"}",
    ] {
        let found = scrape.of_line(line);
        assert!((found - turned_away).abs() < 1e-9, "{line}: {found}");
    }
    let mut told = 0.0;
    for _ in 0..30 {
        let status = api(
            &server,
            GOOD,
            (Method::GET, "/queues", "boss"),
            String::new(),
        )
        .await;
        told += f64::from(u8::from(status == StatusCode::TOO_MANY_REQUESTS));
    }
    assert!(told > 0.0);
    let before = turned_away + told;
    assert!((refused(&server, "rate_account").await - before).abs() < 1e-9);
    for _ in 0..30 {
        let path = "/exotel/default/events?key=key&CallSid=one";
        assert_eq!(exotel(&server, GOOD, path).await.0, 200);
    }
    assert!(refused(&server, "rate_account").await > before);
}
