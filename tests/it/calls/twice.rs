//! Clicks that come together, or again.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::ResponseTemplate;

use super::desk::*;
use crate::support::flaky::{Fault, Op};

#[tokio::test]
async fn of_many_clicks_for_one_agent_at_once_one_makes_a_call() {
    let desk = Desk::where_exotel(success().set_delay(Duration::from_millis(50))).await;
    let clicks = (0..12).map(|_| desk.asha_clicks());
    let responses = futures_util::future::join_all(clicks).await;
    let made = responses.iter().filter(|response| response.status() == 201);
    assert_eq!(made.count(), 1);
    let refused = responses.iter().filter(|response| response.status() == 409);
    assert_eq!(refused.count(), 11);
    assert_eq!(desk.made().await.len(), 1);
}

#[tokio::test]
async fn of_a_click_and_a_call_that_comes_in_at_once_one_gets_the_agent() {
    for round in 0..20 {
        let desk = Desk::where_exotel(success()).await;
        let away = json!({ "status": "offline" });
        desk.server
            .admin(Method::PUT, "/agents/bilal/presence", Some(away))
            .await;
        let fetch = format!("CallSid=in-{round}&From=09800000001&To=01135124157");
        let (click, answer) = tokio::join!(desk.asha_clicks(), desk.server.connect(&fetch));
        let answer: Value = answer.json().await.unwrap();
        let is_rung = !answer["destination"].as_array().unwrap().is_empty();
        assert_ne!(click.status() == 201, is_rung, "round {round}");
        assert_eq!(desk.made().await.len(), usize::from(!is_rung));
    }
}

async fn click_with(desk: &Desk, key: &str, body: &Value) -> (u16, Value) {
    let request = desk.server.api(Method::POST, "/calls", "boss");
    let response = request
        .header("Idempotency-Key", key)
        .json(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_retry_with_the_same_key_gets_the_same_call() {
    let desk = Desk::where_exotel(success()).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    let (status, first) = click_with(&desk, "order-7", &body).await;
    assert_eq!(status, 201);
    assert_eq!(
        click_with(&desk, "order-7", &body).await,
        (201, first.clone())
    );
    desk.server.clock.advance(Duration::from_hours(2));
    assert_eq!(click_with(&desk, "order-7", &body).await, (201, first));
    assert_eq!(desk.made().await.len(), 1);
    let other = json!({ "agent": "bilal", "to": CUSTOMER });
    let (status, problem) = click_with(&desk, "order-7", &other).await;
    assert_eq!((status, &problem["code"]), (422, &json!("key-reused")));
    let (status, _) = click_with(&desk, "order-8", &other).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn retries_that_overlap_make_one_call() {
    let desk = Desk::where_exotel(success().set_delay(Duration::from_millis(100))).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    let clicks = (0..8).map(|_| click_with(&desk, "same", &body));
    let answers = futures_util::future::join_all(clicks).await;
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 201).count(),
        1
    );
    let told = |problem: &Value| problem["code"] == "in-progress";
    assert_eq!(
        answers.iter().filter(|(_, problem)| told(problem)).count(),
        7
    );
    assert_eq!(desk.made().await.len(), 1);
}

#[tokio::test]
async fn a_call_that_was_surely_not_made_may_be_tried_again_with_its_key_but_not_one_that_may_have_been()
 {
    let desk = Desk::where_exotel(ResponseTemplate::new(401).set_body_string("no")).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    assert_eq!(click_with(&desk, "one", &body).await.0, 502);
    assert_eq!(click_with(&desk, "one", &body).await.0, 502);
    assert_eq!(desk.made().await.len(), 2);

    let answers = ResponseTemplate::new(200).set_body_string("<html>");
    let desk = Desk::where_exotel(answers).await;
    assert_eq!(click_with(&desk, "one", &body).await.0, 504);
    desk.server.clock.advance(Duration::from_mins(1));
    let (status, problem) = click_with(&desk, "one", &body).await;
    assert_eq!((status, &problem["code"]), (409, &json!("outcome-unknown")));
    assert_eq!(desk.made().await.len(), 1);
}

/// Whoever sends a key counts on one call: one that cannot be used must not be passed over.
#[tokio::test]
async fn a_key_that_cannot_be_used_is_refused_and_no_call_is_made() {
    let desk = Desk::where_exotel(success()).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    let long = "k".repeat(256);
    let keys: [&[&[u8]]; 5] = [
        &["auftrag-für-7".as_bytes()],
        &[b"\xff\xfe"],
        &[b""],
        &[b"order-7", b"order-7"],
        &[long.as_bytes()],
    ];
    for keys in keys {
        let mut request = desk.server.api(Method::POST, "/calls", "boss").json(&body);
        for key in keys {
            request = request.header("Idempotency-Key", HeaderValue::from_bytes(key).unwrap());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{keys:?}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    }
    assert!(desk.made().await.is_empty());
    assert_eq!(desk.agent("asha").await["ready"], true);
}

#[tokio::test]
async fn a_claim_whose_answer_got_lost_is_known_again_and_makes_its_call() {
    let desk = Desk::where_exotel(success()).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    desk.server
        .store
        .goes_wrong(Op::Note, Fault::LosesItsAnswer, 1);
    let (status, first) = click_with(&desk, "order-7", &body).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(click_with(&desk, "order-7", &body).await, (201, first));
    assert_eq!(desk.made().await.len(), 1);
}
