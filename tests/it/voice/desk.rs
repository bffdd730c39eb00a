//! A client, what it is to say, and short words for what an Exotel of the test's own answers.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::{Clock, ManualClock, SystemClock};
use ringmaster::exotel::answer::{Channels, Recording, WebUrl};
use ringmaster::exotel::voice::{
    AccountSid, AttemptSeconds, BaseUrl, CallbackEvent, CallbackRequest, CustomField, Hosts,
    MakeCall, TimeLimitSeconds,
};
use ringmaster::presence::Store;
use ringmaster::presence::memory::MemoryStore;
use ringmaster::routing::RequestRate;
use ringmaster::telephony::{AccountName, ContactUri, PhoneNumber};
use ringmaster::voice::{RateLimit, VoiceClient, VoiceSettings};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::store::world::START;

pub(super) const KEY: &str = "key-4711";
pub(super) const TOKEN: &str = "token-0815";
pub(super) const SAMPLE_SUCCESS: &str = include_str!("../../data/make-call-success.json");
pub(super) const SAMPLE_FAILURE: &str = include_str!("../../data/make-call-failure.json");

pub(super) fn settings(url: &str) -> VoiceSettings {
    VoiceSettings {
        account: AccountName::default(),
        sid: AccountSid::parse("Exotel").unwrap(),
        api_key: KEY.into(),
        api_token: TOKEN.into(),
        hosts: Hosts::at(&BaseUrl::parse(url).unwrap()),
        timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(5),
    }
}

/// A limit that no test of something else reaches.
pub(super) fn roomy() -> Arc<dyn RateLimit> {
    let clock = Arc::new(ManualClock::new(START));
    rate(Arc::new(MemoryStore::new(clock)), 1_000)
}

pub(super) fn rate(store: Arc<dyn Store>, most: u32) -> Arc<dyn RateLimit> {
    Arc::new(RequestRate::a_minute(store, NonZeroU32::new(most).unwrap()))
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(super) fn client(url: &str) -> VoiceClient {
    VoiceClient::new(settings(url), roomy(), clock()).unwrap()
}

/// The sample's call, with numbers in the place of the blotted ones.
pub(super) fn sample_call() -> MakeCall {
    let number = |text| PhoneNumber::from_e164(text).unwrap();
    let url = "https://webhook.site/aecd85dc-f959-48b5-abaf-d45189037e09";
    MakeCall {
        agent: ContactUri::Number(number("+919812343026")),
        state_management: true,
        customer: number("+919812316844"),
        virtual_number: number("+912244499102"),
        recording: Some(Recording {
            record: true,
            channels: Channels::Single,
        }),
        max_time_limit: TimeLimitSeconds::new(4000).ok(),
        attempt_time_out: AttemptSeconds::new(45).ok(),
        custom_field: CustomField::parse("test_call").ok(),
        status_callback: vec![CallbackRequest {
            event: CallbackEvent::Terminal,
            url: WebUrl::parse(url).unwrap(),
        }],
    }
}

/// An Exotel that answers these, one after the other, and the last for ever.
pub(super) async fn exotel(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    mount(&server, answers).await;
    server
}

pub(super) async fn mount(server: &MockServer, answers: Vec<ResponseTemplate>) {
    let last = answers.len().saturating_sub(1);
    for (index, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer);
        let mock = if index < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(server).await;
    }
}

pub(super) fn json_answer(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "application/json")
}

pub(super) fn html(status: u16) -> ResponseTemplate {
    let page = format!("<html><body>for {KEY}</body></html>");
    ResponseTemplate::new(status).set_body_raw(page, "text/html")
}

/// A failure in the shape of the sample.
pub(super) fn failure(status: u16, code: i64, message: &str) -> String {
    let error = json!({ "code": code, "description": "d", "message": message });
    let response =
        json!({ "code": status, "error_data": error, "status": "failure", "call_details": null });
    json!({ "request_id": "r1", "method": "POST", "http_code": status, "metadata": null, "response": response }).to_string()
}

pub(super) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
