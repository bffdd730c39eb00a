//! A call that Exotel makes, from the click to the wrap-up.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use super::desk::*;

#[tokio::test]
async fn the_agent_follows_the_call_through_all_its_states() {
    let desk = Desk::where_exotel(success()).await;
    let response = desk.asha_clicks().await;
    assert_eq!(response.status(), 201);
    let started: Value = response.json().await.unwrap();
    assert_eq!(started["call"], SID);
    assert_eq!(
        (&started["agent"], &started["contact_uri"]),
        (&json!("asha"), &json!(ASHA))
    );
    assert_eq!(
        (&started["to"], &started["virtual_number"]),
        (&json!(CUSTOMER), &json!("+918047182200"))
    );
    let made = &desk.made().await[0];
    let id = started["id"].as_str().unwrap();
    let url = format!("https://connect.example.com/exotel/default/calls?key=key&call={id}");
    let expected = json!({
        "from": { "contact_uri": ASHA, "state_management": true },
        "to": { "contact_uri": CUSTOMER },
        "recording": { "record": true, "channels": "dual" },
        "virtual_number": "+918047182200",
        "max_time_limit": 3600,
        "attempt_time_out": 30,
        "status_callback": [{ "event": "answered", "url": url }, { "event": "terminal", "url": url }]
    });
    assert_eq!(made, &expected);
    let ringing = desk.until("asha", "ringing").await;
    assert_eq!(ringing["call"], started["id"]);
    desk.reported(made, "answered", "", 0).await;
    desk.until("asha", "in_call").await;
    desk.server.clock.advance(Duration::from_secs(95));
    desk.reported(made, "terminal", "completed", 90).await;
    let resting = desk.until("asha", "wrap_up").await;
    assert_eq!(
        (&resting["remaining"], &resting["today"]["answered"]),
        (&json!("20s"), &json!(1))
    );
    desk.server.clock.advance(Duration::from_secs(20));
    assert_eq!(desk.agent("asha").await["ready"], true);
}

#[tokio::test]
async fn who_was_called_goes_back_to_the_agent_who_called() {
    let desk = Desk::where_exotel(success()).await;
    let response = desk
        .click(json!({ "agent": "bilal", "to": CUSTOMER }))
        .await;
    assert_eq!(response.status(), 201);
    let made = &desk.made().await[0];
    desk.reported(made, "terminal", "completed", 60).await;
    desk.until("bilal", "wrap_up").await;
    desk.server.clock.advance(Duration::from_secs(21));
    let from = CUSTOMER.replace('+', "%2B");
    let answer = desk
        .server
        .connect(&format!("CallSid=back&From={from}&To=01135124157"))
        .await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["destination"], json!([{ "contact_uri": BILAL }]));
}

#[tokio::test]
async fn how_a_call_ends_decides_what_becomes_of_the_agent() {
    for (status, state, missed) in [
        ("from_leg_unanswered", "idle", 1),
        ("to_leg_unanswered", "idle", 0),
        ("from_leg_cancelled", "idle", 0),
        ("to_leg_no_dial", "idle", 0),
        ("from_leg_no_dial", "back_off", 0),
        ("something_new", "idle", 0),
    ] {
        let desk = Desk::where_exotel(success()).await;
        desk.asha_clicks().await;
        desk.until("asha", "ringing").await;
        desk.reported(&desk.made().await[0], "terminal", status, 0)
            .await;
        let asha = desk.until("asha", state).await;
        assert_eq!(asha["today"]["missed"], missed, "{status}");
    }
}

#[tokio::test]
async fn any_ready_agent_of_a_queue_is_rung_and_no_other_call_gets_that_agent() {
    let desk = Desk::where_exotel(success()).await;
    let response = desk
        .click(json!({ "queue": "sales", "to": "09812316844" }))
        .await;
    let started: Value = response.json().await.unwrap();
    assert_eq!(started["agent"], "asha", "idle longest");
    let answer = desk
        .server
        .connect("CallSid=in&From=09800000001&To=01135124157")
        .await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["destination"], json!([{ "contact_uri": BILAL }]));
    let response = desk
        .click(json!({ "queue": "sales", "to": CUSTOMER }))
        .await;
    assert_eq!(response.status(), 409);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["detail"], "nobody of the queue sales is ready");
    let queues = desk.server.admin(Method::GET, "/queues/sales", None).await;
    let queue: Value = queues.json().await.unwrap();
    assert_eq!(queue["waiting"]["calls"], 0, "a click waits for nobody");
}

#[tokio::test]
async fn the_customers_number_is_shown_only_as_far_as_the_account_allows() {
    let rules = RULES.replace("outbound:", "outbound:\n  mask_numbers: true");
    let desk = Desk::with_rules(&rules, success()).await;
    let started = desk.asha_clicks().await.text().await.unwrap();
    assert!(!started.contains("9812316844"), "{started}");
    assert!(started.contains("+9198xxxxx844"), "{started}");
    let id: Value = serde_json::from_str(&started).unwrap();
    let path = format!("/calls/{}", id["id"].as_str().unwrap());
    let call = desk
        .server
        .admin(Method::GET, &path, None)
        .await
        .text()
        .await
        .unwrap();
    assert!(!call.contains("9812316844"), "{call}");
}

#[tokio::test]
async fn an_answered_click_does_not_say_that_answers_to_other_calls_are_reported() {
    let desk = Desk::where_exotel(success()).await;
    desk.click(json!({ "agent": "bilal", "to": CUSTOMER }))
        .await;
    let made = &desk.made().await[0];
    desk.reported(made, "answered", "", 0).await;
    desk.until("bilal", "in_call").await;
    desk.server
        .connect("CallSid=in&From=09800000001&To=01135124157")
        .await;
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
    desk.server.clock.advance(Duration::from_mins(5));
    let asha = desk.agent("asha").await;
    assert_eq!(
        (&asha["state"], &asha["assumed"]),
        (&json!("in_call"), &json!(true))
    );
}
