//! Calls, seen whole.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::desk::*;

async fn shown(desk: &Desk, call: &str) -> Value {
    let path = format!("/calls/{call}");
    let response = desk.server.admin(Method::GET, &path, None).await;
    assert_eq!(response.status(), 200, "{call}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_call_that_came_in_shows_its_attempts_and_what_became_of_each() {
    let desk = Desk::where_exotel(success()).await;
    let fetch = "CallSid=in&From=09800000001&To=01135124157&digits=%221%22";
    desk.server.connect(fetch).await;
    let who = ASHA.replace('+', "%2B");
    let event =
        format!("/exotel/default/events?key=key&CallSid=in&DialWhomNumber={who}&EventType=Dial");
    desk.server
        .client
        .get(desk.server.url(&event))
        .send()
        .await
        .unwrap();
    desk.until("asha", "ringing").await;
    let mut call = shown(&desk, "in").await;
    let version = call["attempts"][0]["rules_version"].take();
    assert!(version.is_string());
    insta::assert_json_snapshot!(call, @r#"
    {
      "attempts": [
        {
          "at": "2026-11-23T11:00:01.000+05:30",
          "last": true,
          "rings": [
            {
              "agent": "asha",
              "contact_uri": "+919812345001",
              "since": "2026-11-23T11:00:01.000+05:30",
              "state": "ringing"
            }
          ],
          "rule": "all",
          "rules_version": null
        }
      ],
      "call": "in",
      "digits": "1",
      "first_at": "2026-11-23T11:00:01.000+05:30",
      "holds": [
        {
          "agent": "asha",
          "state": "ringing",
          "until": "2026-11-23T11:15:41.000+05:30"
        }
      ],
      "started_here": false
    }
    "#);
}

#[tokio::test]
async fn a_call_that_we_started_is_found_by_either_name_and_joined_with_what_exotel_says() {
    let desk = Desk::where_exotel(success()).await;
    let started: Value = desk.asha_clicks().await.json().await.unwrap();
    let id = started["id"].as_str().unwrap();
    assert_eq!(shown(&desk, id).await, shown(&desk, SID).await);
    let details = json!({ "http_code": 200, "response": { "code": 200, "status": "success", "call_details": {
        "sid": SID, "state": "terminal", "status": "completed", "total_duration": 75, "total_talk_time": 60,
        "start_time": "2026-11-23T11:00:01+05:30", "recordings": [{ "url": "https://recordings.example.com/1.mp3" }]
    } } });
    Mock::given(method("GET"))
        .and(path(format!("/v3/accounts/acme/calls/{SID}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(details))
        .expect(1)
        .mount(&desk.exotel)
        .await;
    let first = shown(&desk, &format!("{id}?exotel=true")).await;
    let exotel = json!({ "state": "terminal", "status": "completed", "total_duration": "1m15s", "talk_time": "1m",
        "started": "2026-11-23T11:00:01.000+05:30", "recordings": ["https://recordings.example.com/1.mp3"] });
    assert_eq!(first["exotel"], exotel);
    assert_eq!((&first["call"], &first["id"]), (&json!(SID), &json!(id)));
    let again = shown(&desk, &format!("{SID}?exotel=true")).await;
    assert_eq!(again["exotel"], exotel, "kept for a moment");
    desk.server.clock.advance(Duration::from_hours(25));
    let unknown = desk
        .server
        .admin(Method::GET, &format!("/calls/{SID}"), None)
        .await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn a_call_that_nobody_knows_is_not_found_and_an_exotel_that_fails_is_no_failure_of_ours() {
    let desk = Desk::where_exotel(success()).await;
    for path in ["/calls/unknown", "/calls/unknown?exotel=true"] {
        let response = desk.server.admin(Method::GET, path, None).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    desk.server
        .connect("CallSid=in&From=09800000001&To=01135124157")
        .await;
    let call = shown(&desk, "in?exotel=true").await;
    assert!(call["exotel"]["error"].is_string(), "{call}");
    assert_eq!(
        shown(&desk, "in?exotel=true").await,
        call,
        "the failure too is kept for a moment"
    );
    let bad = desk
        .server
        .admin(Method::GET, "/calls/in?exotl=true", None)
        .await;
    assert_eq!(bad.status(), 400);
}
