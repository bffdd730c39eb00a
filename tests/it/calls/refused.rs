//! Calls that are not made: each for a reason of its own, and the agent is free again.

use std::time::Duration;

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::desk::*;
use crate::support::flaky::{Fault, Op};

fn failure(http: u16, code: u32, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(http).set_body_json(json!({
        "request_id": "r", "method": "POST", "http_code": http, "metadata": null,
        "response": { "code": http, "status": "failure", "call_details": null,
            "error_data": { "code": code, "description": "", "message": message } }
    }))
}

#[rstest]
#[case::invalid_body(failure(400, 10_725, "to.contact_uri is invalid"), 422, "invalid_body")]
#[case::do_not_disturb(failure(403, 10_717, "in the registry"), 422, "do_not_disturb")]
#[case::no_virtual_number(failure(404, 10_716, "not found"), 422, "virtual_number_not_found")]
#[case::busy(failure(409, 10_706, "busy"), 502, "device_busy")]
#[case::too_many(failure(429, 10_724, "too many").insert_header("Retry-After", "60"), 429, "too_many_requests")]
#[case::a_200_that_says_failure(
    ResponseTemplate::new(200).set_body_json(json!({
        "http_code": 409, "response": { "code": 409, "status": "failure",
            "error_data": { "code": 10_706, "message": "busy" }, "call_details": null }
    })),
    502,
    "device_busy"
)]
#[tokio::test]
async fn a_refusal_of_exotel_has_its_own_word_and_the_agent_is_free_at_once(
    #[case] answers: ResponseTemplate,
    #[case] status: u16,
    #[case] word: &str,
) {
    let desk = Desk::where_exotel(answers).await;
    let response = desk.asha_clicks().await;
    assert_eq!(response.status(), status);
    if status == 429 {
        assert_eq!(response.headers()["Retry-After"], "60");
    }
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        (&problem["code"], &problem["exotel"]),
        (&json!("call-refused"), &json!(word))
    );
    let asha = desk.agent("asha").await;
    assert_eq!(
        (&asha["ready"], &asha["today"]["missed"]),
        (&json!(true), &json!(0))
    );
}

#[rstest]
#[tokio::test]
async fn a_refusal_frees_the_agent_at_once_wherever_agents_are_kept(
    #[values(Keeping::Memory, Keeping::Redis)] keeping: Keeping,
) {
    let desk = Desk::patient(keeping, failure(409, 10_706, "busy")).await;
    assert_eq!(desk.asha_clicks().await.status(), 502);
    assert_eq!(desk.agent("asha").await["ready"], true);
}

#[tokio::test]
async fn a_refusal_frees_the_agent_though_the_store_fails_a_few_times() {
    let desk = Desk::where_exotel(failure(409, 10_706, "busy")).await;
    desk.server.store.goes_wrong(Op::Report, Fault::Fails, 2);
    assert_eq!(desk.asha_clicks().await.status(), 502);
    assert_eq!(desk.agent("asha").await["ready"], true);
}

/// The store reserves, and nobody hears of it; then it fails once more.
#[tokio::test]
async fn an_agent_whose_reservation_got_lost_on_the_way_is_free_again() {
    let desk = Desk::where_exotel(success()).await;
    let store = &desk.server.store;
    store.goes_wrong(Op::Offer, Fault::LosesItsAnswer, 1);
    store.goes_wrong(Op::Report, Fault::Fails, 1);
    assert_eq!(desk.asha_clicks().await.status(), 503);
    let asha = desk.agent("asha").await;
    assert_eq!(
        (&asha["ready"], &asha["today"]["offered"]),
        (&json!(true), &json!(1))
    );
    assert!(desk.made().await.is_empty());
}

#[tokio::test]
async fn no_phone_rings_for_longer_than_a_minute_whatever_the_rules_leave_out() {
    let rules = RULES.replace("  attempt_time_out: 30s\n", "");
    let desk = Desk::with_rules(&rules, failure(409, 10_706, "busy")).await;
    let click = |seconds: u32| {
        desk.click(json!({ "agent": "asha", "to": CUSTOMER, "attempt_time_out": seconds }))
    };
    let refused = click(61).await;
    assert_eq!(refused.status(), 400);
    let problem: Value = refused.json().await.unwrap();
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["message"]),
        (
            &json!("attempt_time_out"),
            &json!("attempt_time_out may be 60s at most")
        )
    );
    assert!(desk.made().await.is_empty());
    click(60).await;
    desk.asha_clicks().await;
    let made = desk.made().await;
    let rings: Vec<_> = made.iter().map(|call| &call["attempt_time_out"]).collect();
    assert_eq!(rings, [60, 30]);
}

/// Nobody knows whether these made a call: the phones may ring, so the agent stays reserved until both would have rung out.
#[rstest]
#[case::html(ResponseTemplate::new(200).set_body_raw("<html>down</html>", "text/html"), "unreadable")]
#[case::a_silence(success().set_delay(Duration::from_secs(30)), "silent")]
#[tokio::test]
async fn an_answer_that_says_nothing_leaves_the_agent_to_the_lease(
    #[case] answers: ResponseTemplate,
    #[case] word: &str,
) {
    let desk = Desk::where_exotel(answers).await;
    let response = desk.asha_clicks().await;
    assert_eq!(response.status(), 504);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        (&problem["code"], &problem["exotel"]),
        (&json!("call-uncertain"), &json!(word))
    );
    // Asha's phone and the customer's, 30 s each, and what the network takes.
    desk.server.clock.advance(Duration::from_secs(65));
    assert_eq!(desk.agent("asha").await["state"], "reserved");
    desk.server.clock.advance(Duration::from_secs(1));
    assert_eq!(desk.agent("asha").await["ready"], true);
}

#[tokio::test]
async fn a_cut_connection_leaves_the_agent_to_the_lease_and_no_connection_frees_at_once() {
    let (listener, url) = listener().await;
    let server = crate::support::server::TestServer::with_exotel(RULES, &url).await;
    server.agent("asha", ASHA).await;
    let click = || {
        server.admin(
            Method::POST,
            "/calls",
            Some(json!({ "agent": "asha", "to": CUSTOMER })),
        )
    };
    let cutting = async {
        let (stream, _) = listener.accept().await.unwrap();
        drop(stream);
    };
    let (cut, ()) = tokio::join!(click(), cutting);
    let cut: Value = cut.json().await.unwrap();
    assert_eq!(cut["exotel"], "cut");
    // Gone: whoever comes now is refused.
    drop(listener);
    server.clock.advance(Duration::from_secs(66));
    let refused: Value = click().await.json().await.unwrap();
    assert_eq!(
        (&refused["code"], &refused["exotel"]),
        (&json!("call-refused"), &json!("unreachable"))
    );
    let asha = server.admin(Method::GET, "/agents/asha", None).await;
    let asha: Value = asha.json().await.unwrap();
    assert_eq!(asha["ready"], true);
}

async fn listener() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn what_the_rules_forbid_or_nobody_can_do_is_said_and_exotel_is_not_asked() {
    let desk = Desk::where_exotel(success()).await;
    let refused = async |body: Value| {
        let response = desk.click(body).await;
        let status = response.status().as_u16();
        let problem: Value = response.json().await.unwrap();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let error = errors
            .first()
            .map_or(problem["detail"].clone(), |error| error["message"].clone());
        format!(
            "{status} {} {}",
            problem["code"].as_str().unwrap(),
            error.as_str().unwrap()
        )
    };
    let away = json!({ "status": "on_break", "reason": "lunch" });
    desk.server
        .admin(Method::PUT, "/agents/bilal/presence", Some(away))
        .await;
    let mut said = Vec::new();
    for body in [
        json!({ "agent": "asha", "to": "+919800000009" }),
        json!({ "agent": "bilal", "to": CUSTOMER }),
        json!({ "agent": "nobody", "to": CUSTOMER }),
        json!({ "queue": "nothing", "to": CUSTOMER }),
        json!({ "agent": "asha", "to": CUSTOMER, "max_time_limit": "2h" }),
        json!({ "agent": "asha", "to": "12" }),
    ] {
        said.push(refused(body).await);
    }
    insta::assert_debug_snapshot!(said, @r#"
    [
        "403 do-not-call the rules say that this number is not to be called",
        "409 not-ready bilal is not ready: on_break, idle",
        "404 unknown-agent there is no agent with this id",
        "404 unknown-queue the rules name no such queue",
        "400 invalid max_time_limit may be 3600s at most",
        "400 invalid this is not a valid number in IN; write it as it is dialled there, or with + and the calling code",
    ]
    "#);
    desk.server.clock.advance(Duration::from_hours(11));
    let night = refused(json!({ "agent": "asha", "to": CUSTOMER })).await;
    assert_eq!(
        night,
        "403 out-of-hours the rules allow no calls at this time"
    );
    assert!(desk.made().await.is_empty());
}

#[tokio::test]
async fn an_account_without_credentials_says_so() {
    let server = crate::support::server::TestServer::with_rules(RULES).await;
    server.agent("asha", ASHA).await;
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    let response = server
        .admin(Method::POST, "/calls", Some(body.clone()))
        .await;
    assert_eq!(response.status(), 409);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "calls-not-configured");
    let mut decisions = Value::Null;
    for _ in 0..2_000 {
        let log = server.api(Method::GET, "/decisions", "wallboard");
        let page: Value = log.send().await.unwrap().json().await.unwrap();
        decisions = page["decisions"].clone();
        if decisions.as_array().is_some_and(|log| !log.is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(
        ["kind", "outcome", "why", "agent"].map(|name| &decisions[0][name]),
        ["click", "not_started", "calls-not-configured", "asha"]
    );
    let reader = server.api(Method::POST, "/calls", "wallboard").json(&body);
    assert_eq!(reader.send().await.unwrap().status(), 403);
}
