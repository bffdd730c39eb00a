//! Reports that get lost: Exotel is asked about a call that holds an agent for long.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::Clock;
use ringmaster::exotel::voice::{AccountSid, BaseUrl, Hosts};
use ringmaster::outbound::{Line, reconcile};
use ringmaster::presence::Store;
use ringmaster::presence::store::View;
use ringmaster::routing::RequestRate;
use ringmaster::telephony::AccountName;
use ringmaster::voice::{VoiceClient, VoiceSettings};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::desk::*;

fn line(desk: &Desk) -> Line {
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
    let rate = RequestRate::a_minute(store, NonZeroU32::new(200).unwrap());
    Line {
        client: VoiceClient::new(settings, Arc::new(rate), clock).unwrap(),
        callback_url: None,
        margin: Duration::from_secs(5),
        quiet_after: Duration::from_mins(2),
    }
}

async fn round(desk: &Desk) -> usize {
    let view = View {
        heartbeat: None,
        utc_offset_seconds: 19_800,
    };
    let account = AccountName::default();
    let line = line(desk);
    let round = reconcile::round(&*desk.server.store, &account, &line, view);
    round.await.unwrap()
}

async fn exotel_says(desk: &Desk, call: &str, state: &str, status: Value, asked: u64) {
    let details = json!({ "http_code": 200, "response": { "code": 200, "status": "success", "call_details": {
        "sid": call, "state": state, "status": status, "total_talk_time": 60
    } } });
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
    desk.server.clock.advance(Duration::from_mins(1));
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
    desk.server
        .connect("CallSid=in&From=09800000001&To=01135124157")
        .await;
    let who = ASHA.replace('+', "%2B");
    let event = format!(
        "/exotel/default/events?key=key&CallSid=in&DialWhomNumber={who}&EventType=Answered"
    );
    desk.server
        .client
        .get(desk.server.url(&event))
        .send()
        .await
        .unwrap();
    desk.until("asha", "in_call").await;
    desk.server.clock.advance(Duration::from_secs(121));
    for _ in 0..3 {
        assert_eq!(round(&desk).await, 0);
    }
    desk.server.clock.advance(Duration::from_secs(121));
    assert_eq!(round(&desk).await, 0);
    assert_eq!(desk.agent("asha").await["state"], "in_call");
}
