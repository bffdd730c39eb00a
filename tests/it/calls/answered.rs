//! What `answered` means of a click: that the agent is in the call. Whether the two talked, its end says.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

use super::desk::*;

/// Asha clicks, and Exotel reports that somebody answered.
async fn in_call(keeping: Keeping) -> (Desk, Value) {
    let desk = Desk::patient(keeping, success()).await;
    assert_eq!(desk.asha_clicks().await.status(), 201);
    let made = desk.made().await.remove(0);
    desk.reported(&made, "answered", "", 0).await;
    let asha = desk.until("asha", "in_call").await;
    assert_eq!(asha["ready"], false);
    assert_eq!(
        (&asha["today"]["answered"], &asha["today"]["talk_time"]),
        (&json!(0), &json!("0"))
    );
    (desk, made)
}

/// Whom the customer rings who calls back. Bilal is idle longer, Asha would be the one of the last conversation.
async fn customer_calls_back(desk: &Desk) -> Value {
    let from = CUSTOMER.replace('+', "%2B");
    let fetch = format!("CallSid=back&From={from}&To=01135124157");
    let answer: Value = desk.server.connect(&fetch).await.json().await.unwrap();
    answer["destination"][0]["contact_uri"].clone()
}

#[rstest]
#[tokio::test]
async fn a_customer_who_does_not_pick_up_leaves_the_agent_free_at_once(
    #[values(Keeping::Memory, Keeping::Redis)] keeping: Keeping,
    #[values(
        "to_leg_unanswered",
        "to_leg_no_dial",
        "from_leg_cancelled",
        "completed"
    )]
    status: &str,
) {
    let (desk, made) = in_call(keeping).await;
    desk.reported(&made, "terminal", status, 0).await;
    let asha = desk.until("asha", "idle").await;
    assert_eq!(asha["ready"], true);
    let today = &asha["today"];
    assert_eq!(
        (&today["answered"], &today["missed"], &today["talk_time"]),
        (&json!(0), &json!(0), &json!("0"))
    );
    assert_eq!(customer_calls_back(&desk).await, BILAL);
}

#[rstest]
#[tokio::test]
async fn the_end_says_how_long_they_talked_and_then_the_customer_goes_back_to_the_agent(
    #[values(Keeping::Memory, Keeping::Redis)] keeping: Keeping,
) {
    let (desk, made) = in_call(keeping).await;
    desk.server.clock.advance(Duration::from_mins(5));
    desk.reported(&made, "terminal", "completed", 90).await;
    let asha = desk.until("asha", "wrap_up").await;
    let today = &asha["today"];
    assert_eq!(
        (&today["answered"], &today["missed"], &today["talk_time"]),
        (&json!(1), &json!(0), &json!("1m30s"))
    );
    let release = desk
        .server
        .admin(Method::POST, "/agents/asha/release", None)
        .await;
    assert!(release.status().is_success());
    assert_eq!(customer_calls_back(&desk).await, ASHA);
}

#[rstest]
#[tokio::test]
async fn an_agent_who_did_not_pick_up_after_all_has_missed(
    #[values(Keeping::Memory, Keeping::Redis)] keeping: Keeping,
) {
    let (desk, made) = in_call(keeping).await;
    desk.reported(&made, "terminal", "from_leg_unanswered", 0)
        .await;
    let asha = desk.until("asha", "idle").await;
    assert_eq!(
        (&asha["today"]["answered"], &asha["today"]["missed"]),
        (&json!(0), &json!(1))
    );
}
