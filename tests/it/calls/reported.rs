//! `POST /exotel/{account}/calls`: always 200 for whoever has the key, whatever comes.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::desk::*;
use crate::support::log::Log;

async fn posted(desk: &Desk, path: &str, body: &str) -> u16 {
    let request = desk.server.client.post(desk.server.url(path));
    let response = request.body(body.to_owned()).send().await.unwrap();
    response.status().as_u16()
}

#[tokio::test]
async fn without_the_key_nothing_is_taken_in_and_with_it_everything_is_answered() {
    let desk = Desk::where_exotel(success()).await;
    let started: Value = desk.asha_clicks().await.json().await.unwrap();
    let id = started["id"].as_str().unwrap();
    let end = json!({ "event_details": { "event_type": "terminal" },
        "call_details": { "sid": SID, "state": "terminal", "status": "to_leg_unanswered" } });
    let end = end.to_string();
    for key in ["", "?key=wrong", "?key=elsewhere"] {
        let path = format!("/exotel/default/calls{key}");
        assert_eq!(posted(&desk, &path, &end).await, 403, "{key}");
    }
    assert_eq!(
        posted(&desk, "/exotel/nobody/calls?key=key", &end).await,
        403
    );
    for (query, body) in [
        (format!("&call={id}"), "<html>"),
        (format!("&call={id}"), ""),
        (format!("&call={id}"), "[7]"),
        ("&call=click-unknown".to_owned(), end.as_str()),
        (
            String::new(),
            r#"{"call_details": {"sid": "unknown", "state": "terminal"}}"#,
        ),
    ] {
        let path = format!("/exotel/default/calls?key=key{query}");
        assert_eq!(posted(&desk, &path, body).await, 200, "{query} {body}");
    }
    // Time for what is taken in after the answer.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(desk.agent("asha").await["state"], "ringing");
    let unknown = desk
        .server
        .admin(reqwest::Method::GET, "/calls/click-unknown", None);
    assert_eq!(unknown.await.status(), 404, "a report makes no call known");
    assert_eq!(
        posted(&desk, "/exotel/default/calls?key=key", &end).await,
        200
    );
    desk.until("asha", "idle").await;
}

/// A word that nobody knows must not hold the agent until the longest call would be over.
#[rstest]
#[case(json!({ "state": "terminal", "status": "to_leg_unanswered" }))]
#[case(json!({ "status": "to_leg_unanswered" }))]
#[case(json!({ "end_time": "2026-11-23T11:00:31+05:30", "status": "customer_busy" }))]
#[tokio::test]
async fn an_end_is_one_whatever_its_event_is_called(#[case] mut details: Value) {
    let desk = Desk::where_exotel(success()).await;
    desk.asha_clicks().await;
    let made = desk.made().await.remove(0);
    desk.until("asha", "ringing").await;
    details["sid"] = json!(SID);
    let body = json!({ "event_details": { "event_type": "ended" }, "call_details": details });
    desk.reported_as(&made, &body).await;
    desk.until("asha", "idle").await;
}

#[tokio::test]
async fn words_that_nobody_knows_do_not_reach_the_log() {
    let log = Log::default();
    let desk = Desk::where_exotel(success()).await;
    desk.asha_clicks().await;
    let made = desk.made().await.remove(0);
    desk.until("asha", "ringing").await;
    let guard = log.listen(tracing::Level::TRACE);
    let word = format!("for {CUSTOMER} at ?key=key-4711 {}", "x".repeat(5_000));
    let body = json!({ "event_details": { "event_type": word },
        "call_details": { "sid": SID, "state": "terminal", "status": word } });
    desk.reported_as(&made, &body).await;
    desk.until("asha", "idle").await;
    drop(guard);
    let log = log.text();
    let line = log.lines().find(|line| line.contains("reported of a call"));
    let line = line.unwrap();
    assert!(line.contains(r#"event="other" status="other""#), "{line}");
    for hidden in ["9812316844", "key-4711", "xxxx"] {
        assert!(!line.contains(hidden), "{line}");
    }
}
