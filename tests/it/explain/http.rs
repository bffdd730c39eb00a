//! `POST …/explain`

use reqwest::{Method, Response};
use ringmaster::presence::Store as _;
use ringmaster::telephony::AccountName;
use serde_json::{Value, json};

use crate::support::flaky::Mood;
use crate::support::server::{TestServer, laid_out, shown};

async fn explain(server: &TestServer, question: Value) -> Response {
    let request = server.api(Method::POST, "/explain", "wallboard");
    request.json(&question).send().await.unwrap()
}

async fn office() -> TestServer {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let lunch = json!({ "status": "on_break", "reason": "lunch" });
    server
        .admin(Method::PUT, "/agents/bilal/presence", Some(lunch))
        .await;
    server
}

#[tokio::test]
async fn programs_get_one_document_with_all_reasons() {
    let server = office().await;
    let question = json!({ "from": "09800000001", "to": "01135124157" });
    insta::assert_snapshot!(laid_out(explain(&server, question).await).await);
}

#[tokio::test]
async fn people_get_text() {
    let server = office().await;
    let question = json!({ "from": "09800000001", "to": "01135124157", "attempt": 2 });
    let request = server.api(Method::POST, "/explain", "wallboard");
    let request = request.header("accept", "text/plain").json(&question);
    insta::assert_snapshot!(shown(request.send().await.unwrap()).await);
}

#[tokio::test]
async fn what_is_explained_is_then_answered_and_nothing_is_reserved() {
    let server = office().await;
    let account = AccountName::default();
    let before = server.store.snapshot(&account).await.unwrap();
    let question = json!({ "from": "09800000001", "to": "01135124157", "call_sid": "one" });
    let explained: Value = explain(&server, question).await.json().await.unwrap();
    assert_eq!(server.store.snapshot(&account).await.unwrap(), before);
    assert_eq!(server.store.offers(), 0);
    let answered = server
        .connect("CallSid=one&From=09800000001&To=01135124157&Direction=incoming")
        .await;
    let answered: Value = answered.json().await.unwrap();
    assert_eq!(explained["answer"]["body"], answered);
    assert_eq!(answered["destination"][0]["contact_uri"], "+919812345678");
}

#[tokio::test]
async fn the_key_of_an_event_url_is_not_told() {
    let rules = "country: IN\ntime_zone: Asia/Kolkata\nanswer: { events: true }\nrules: [{ name: all, targets: [{ numbers: ['+911140001234'] }] }]\nfallback: { numbers: [] }\n";
    let server = TestServer::with_rules(rules).await;
    let question = json!({ "from": "hidden", "to": "01135124157" });
    let explained: Value = explain(&server, question).await.json().await.unwrap();
    let body = &explained["answer"]["body"];
    assert_eq!(
        body["call_event_passthru_url"],
        "https://connect.example.com/exotel/default/events?key=hidden"
    );
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let server = office().await;
    let question =
        json!({ "from": "1", "digit": "2", "attempt": 0, "waiting": "soon", "at": "then" });
    insta::assert_snapshot!(laid_out(explain(&server, question).await).await, @r#"
    400
    {
      "code": "invalid",
      "detail": "6 fields are not valid",
      "errors": [
        {
          "field": "from",
          "message": "this is not a valid number in IN; write it as it is dialled there, or with + and the calling code; write hidden for a caller who hides the number"
        },
        {
          "field": "to",
          "message": "is missing"
        },
        {
          "field": "at",
          "message": "must be a time such as 2026-11-23T11:00, or with an offset 2026-11-23T11:00+05:30"
        },
        {
          "field": "attempt",
          "message": "must be a whole number from 1 to 20"
        },
        {
          "field": "waiting",
          "message": "the units of a duration are d, h, m, s and ms"
        },
        {
          "field": "digit",
          "message": "is not known; did you mean digits?"
        }
      ],
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn only_post_is_taken_and_a_token_is_needed() {
    let server = office().await;
    let got = server
        .api(Method::GET, "/explain", "wallboard")
        .send()
        .await;
    assert_eq!(got.unwrap().status(), 405);
    let url = server.url("/v1/accounts/default/explain");
    let nobody = server.client.post(url).json(&json!({})).send().await;
    assert_eq!(nobody.unwrap().status(), 401);
}

#[tokio::test]
async fn an_account_without_rules_is_told_so() {
    let server = office().await;
    let url = server.url("/v1/accounts/other/explain");
    let question = json!({ "from": "hidden", "to": "01135124157" });
    let request = server
        .client
        .post(url)
        .bearer_auth("stranger")
        .json(&question);
    let explained: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        explained["summary"],
        "Nobody rings: the account other has no usable rules."
    );
    assert_eq!(explained["outcome"], "fallback-no-rules");
}

#[tokio::test]
async fn a_failing_store_is_no_explanation() {
    let server = office().await;
    server.store.becomes(Mood::Failing);
    let question = json!({ "from": "hidden", "to": "01135124157" });
    let response = explain(&server, question).await;
    assert_eq!(response.status(), 503);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "store-unavailable");
}
