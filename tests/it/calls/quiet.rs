//! Reports that get lost: Exotel is asked about a call that holds an agent for long.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use ringmaster::clock::Clock;
use ringmaster::exotel::voice::{AccountSid, BaseUrl, Hosts};
use ringmaster::outbound::{Line, reconcile};
use ringmaster::presence::Store;
use ringmaster::presence::store::View;
use ringmaster::routing::RequestRate;
use ringmaster::telephony::AccountName;
use ringmaster::voice::{VoiceClient, VoiceSettings};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::desk::*;
use crate::support::server::TestServer;

fn line(desk: &Desk, requests: u32) -> Line {
    let store: Arc<dyn Store> = desk.server.store.clone();
    let clock: Arc<dyn Clock> = desk.server.clock.clone();
    let settings = VoiceSettings {
        account: AccountName::default(),
        sid: AccountSid::parse("acme").unwrap(),
        api_key: "key".into(),
        api_token: "token".into(),
        hosts: Hosts::at(&BaseUrl::parse(&desk.exotel.uri()).unwrap()),
        timeout: Duration::from_secs(2),
        connect_timeout: Duration::from_secs(1),
    };
    let rate = RequestRate::a_minute(store, NonZeroU32::new(requests).unwrap());
    Line {
        client: VoiceClient::new(settings, Arc::new(rate), clock).unwrap(),
        callback_url: None,
        margin: Duration::from_secs(5),
        quiet_after: Duration::from_mins(2),
    }
}

async fn round(desk: &Desk) -> usize {
    round_with(desk, 200).await
}

async fn round_with(desk: &Desk, requests: u32) -> usize {
    let view = View {
        heartbeat: None,
        utc_offset_seconds: 19_800,
    };
    let account = AccountName::default();
    let line = line(desk, requests);
    let round = reconcile::round(&*desk.server.store, &account, &line, view);
    round.await.unwrap()
}

async fn exotel_says(desk: &Desk, call: &str, state: &str, status: Value, asked: u64) {
    let details = json!({ "sid": call, "state": state, "status": status, "total_talk_time": 60 });
    exotel_tells(desk, call, details, asked).await;
}

async fn exotel_tells(desk: &Desk, call: &str, details: Value, asked: u64) {
    let details = json!({ "http_code": 200, "response": { "code": 200, "status": "success", "call_details": details } });
    Mock::given(method("GET"))
        .and(path(format!("/v3/accounts/acme/calls/{call}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(details))
        .expect(asked)
        .mount(&desk.exotel)
        .await;
}

#[tokio::test]
async fn an_agent_of_a_call_that_is_over_is_freed_though_its_end_was_never_reported() {
    let desk = Desk::where_exotel(success()).await;
    exotel_says(&desk, SID, "terminal", json!("completed"), 1).await;
    desk.asha_clicks().await;
    desk.until("asha", "ringing").await;
    desk.server.clock.advance(Duration::from_secs(100));
    assert_eq!(round(&desk).await, 0, "not long enough");
    // Both phones may have rung for a minute; then nothing was heard for two.
    desk.server.clock.advance(Duration::from_secs(90));
    assert_eq!(
        desk.agent("asha").await["state"],
        "in_call",
        "as far as one can tell"
    );
    assert_eq!(round(&desk).await, 1);
    let asha = desk.agent("asha").await;
    assert_eq!(
        (&asha["state"], &asha["today"]["talk_time"]),
        (&json!("wrap_up"), &json!("1m"))
    );
    assert_eq!(round(&desk).await, 0);
}

#[tokio::test]
async fn a_call_that_goes_on_is_left_alone_and_asked_about_once_in_a_while() {
    let desk = Desk::where_exotel(success()).await;
    exotel_says(&desk, "in", "active", Value::Null, 2).await;
    desk.comes_in("in").await;
    desk.server.clock.advance(Duration::from_secs(121));
    for _ in 0..3 {
        assert_eq!(round(&desk).await, 0);
    }
    desk.server.clock.advance(Duration::from_secs(121));
    assert_eq!(round(&desk).await, 0);
    assert_eq!(desk.agent("asha").await["state"], "in_call");
}

/// Nothing was heard for two minutes and more, of which they talked for one.
#[rstest]
#[case(json!({ "state": "terminal", "status": "completed", "total_talk_time": 60 }), "1m")]
#[case(json!({ "state": "terminal", "status": "completed", "end_time": "2026-11-23T11:01:11+05:30" }), "1m10s")]
#[case(json!({ "status": "something_new", "end_time": "2026-11-23T11:01:11+05:30" }), "1m10s")]
#[case(json!({ "state": "terminal", "total_talk_time": 0 }), "0")]
#[tokio::test]
async fn of_a_call_that_came_in_exotel_says_how_long_was_talked(
    #[case] mut details: Value,
    #[case] talked: &str,
) {
    let desk = Desk::where_exotel(success()).await;
    desk.comes_in("in").await;
    details["sid"] = json!("in");
    exotel_tells(&desk, "in", details, 1).await;
    desk.server.clock.advance(Duration::from_secs(150));
    assert_eq!(round(&desk).await, 1);
    let asha = desk.agent("asha").await;
    let today = &asha["today"];
    assert_eq!(
        (&asha["state"], &today["answered"], &today["talk_time"]),
        (&json!("wrap_up"), &json!(1), &json!(talked))
    );
}

/// With two requests a minute there is room for one check.
#[tokio::test]
async fn a_call_that_there_was_no_room_to_look_at_is_looked_at_in_the_next_round() {
    let desk = Desk::where_exotel(success()).await;
    for call in ["one", "two"] {
        exotel_says(&desk, call, "active", Value::Null, 1).await;
        desk.comes_in(call).await;
    }
    desk.server.clock.advance(Duration::from_secs(121));
    for _ in 0..3 {
        round_with(&desk, 2).await;
    }
    let asked = async || desk.exotel.received_requests().await.unwrap().len();
    assert_eq!(asked().await, 1);
    desk.server.clock.advance(Duration::from_mins(1));
    for _ in 0..3 {
        round_with(&desk, 2).await;
    }
    assert_eq!(
        asked().await,
        2,
        "the other one, though nobody has to wait that long"
    );
}

/// The account `other` has credentials, `default` has none; in both a call has gone quiet.
#[tokio::test]
async fn the_service_looks_after_quiet_calls_of_accounts_with_credentials_and_of_no_others() {
    let exotel = exotel(success()).await;
    let section = format!(
        "
    [accounts.other.exotel]
    sid = 'acme'
    api_key = 'api-key'
    api_token = 'api-token'
    base_url = '{}'
    quiet_after_seconds = 10",
        exotel.uri()
    );
    let server = TestServer::with_rules_and_settings(RULES, &section).await;
    let desk = Desk::opened(server, exotel, None).await;
    exotel_says(&desk, SID, "terminal", json!("completed"), 1).await;
    desk.comes_in("in").await;
    let other = async |method: Method, path: &str, body: Value| {
        let url = desk.server.url(&format!("/v1/accounts/other{path}"));
        let request = desk.server.client.request(method, url);
        let request = request.bearer_auth("stranger").json(&body);
        let response = request.send().await.unwrap().error_for_status().unwrap();
        response.json::<Value>().await.unwrap()
    };
    let chitra = json!({ "name": "Chitra", "destinations": ["+919812345003"] });
    other(Method::PUT, "/agents/chitra", chitra).await;
    let available = json!({ "status": "available" });
    other(Method::PUT, "/agents/chitra/presence", available).await;
    let click = json!({ "agent": "chitra", "to": CUSTOMER, "virtual_number": "+918047182200" });
    other(Method::POST, "/calls", click).await;
    desk.server.clock.advance(Duration::from_mins(5));
    let is_free = async || {
        let chitra = other(Method::GET, "/agents/chitra", Value::Null).await;
        chitra["state"] == "idle" && chitra["today"]["answered"] == 1
    };
    // A round comes every two and a half seconds.
    for _ in 0..600 {
        if is_free().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_free().await, "nobody has looked");
    let looks = desk.exotel.received_requests().await.unwrap();
    let looks = looks.iter().filter(|request| request.method == "GET");
    assert_eq!(looks.count(), 1);
    assert_eq!(desk.agent("asha").await["state"], "in_call");
}
