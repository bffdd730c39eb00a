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

#[tokio::test]
async fn a_name_like_ours_is_no_call_and_a_call_without_a_name_at_exotel_says_so() {
    let answers = ResponseTemplate::new(200).set_body_string("<html>");
    let desk = Desk::where_exotel(answers).await;
    for path in ["/calls/click-nonsense", "/calls/click-nonsense?exotel=true"] {
        let response = desk.server.admin(Method::GET, path, None).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    assert_eq!(desk.asha_clicks().await.status(), 504);
    let asha = desk.agent("asha").await;
    let call = shown(
        &desk,
        &format!("{}?exotel=true", asha["call"].as_str().unwrap()),
    )
    .await;
    assert_eq!(call["started_here"], true);
    assert_eq!(call["exotel"]["error"], "unnamed", "{call}");
}

async fn exotel_knows(desk: &Desk, of_call: &str, body: Value) {
    let body = json!({ "http_code": 200, "response": body });
    Mock::given(method("GET"))
        .and(path(format!("/v3/accounts/acme/calls/{SID}{of_call}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&desk.exotel)
        .await;
}

#[tokio::test]
async fn the_sides_of_a_call_are_shown_without_what_the_account_hides() {
    for (rules, customer) in [
        (
            RULES.replace("outbound:", "outbound:\n  mask_numbers: true"),
            "+9198xxxxx844",
        ),
        (RULES.to_owned(), CUSTOMER),
    ] {
        let desk = Desk::with_rules(&rules, success()).await;
        desk.asha_clicks().await;
        let details = json!({ "sid": SID, "state": "terminal",
            "status": "09812316844 has gone", "direction": "outbound to ?key=4711" });
        exotel_knows(
            &desk,
            "",
            json!({ "code": 200, "status": "success", "call_details": details }),
        )
        .await;
        let legs = json!({ "call_sid": SID,
            "from": [{ "contact_uri": ASHA, "status": "completed", "start_time": "2026-11-23T11:00:01+05:30" }],
            "to": [{ "contact_uri": "09812316844", "status": "busy: +919812316844" }] });
        exotel_knows(
            &desk,
            "/legs",
            json!({ "code": 200, "status": "success", "leg_details": legs }),
        )
        .await;
        let call = shown(&desk, &format!("{SID}?exotel=true")).await;
        let asha = if customer == CUSTOMER {
            ASHA
        } else {
            "+9198xxxxx001"
        };
        let expected = json!({
            "state": "terminal", "status": "09xxxxxx844 has gone", "direction": "outbound to ?key=…",
            "legs": {
                "from": [{ "contact_uri": asha, "status": "completed", "started": "2026-11-23T11:00:01.000+05:30" }],
                "to": [{ "contact_uri": customer, "status": "busy: +9198xxxxx844" }]
            }
        });
        assert_eq!(call["exotel"], expected);
    }
}
