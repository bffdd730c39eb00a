//! The stand-in for the Voice API, asked by our client and by bare requests: each has to find what the contract has.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use ringmaster::clock::{Clock as _, ManualClock, Timestamp};
use ringmaster::exotel::voice::{
    AccountSid, BaseUrl, CallEvent, CallFilter, CallState, CallStatus, CallbackEvent,
    CallbackRequest, CustomField, Hosts, MakeCall, PageSize, Reason, StatusCallback,
};
use ringmaster::presence::memory::MemoryStore;
use ringmaster::routing::RequestRate;
use ringmaster::simulate::exchange::{Exchange, Refusal, Step, VoiceOutcome};
use ringmaster::telephony::{AccountName, CallSid, ContactUri, PhoneNumber};
use ringmaster::voice::{VoiceClient, VoiceError, VoiceSettings};
use rstest::rstest;
use serde_json::{Value, json};

const START: Timestamp = Timestamp::from_millis(1_795_411_800_000);
const SUCCESS: &str = include_str!("../../data/make-call-success.json");
const FAILURE: &str = include_str!("../../data/make-call-failure.json");
const CALLBACK: &str = "https://connect.example.com/exotel/default/calls?key=k%3D1&call=click-7";

/// An exchange with open doors, and a client who knows where they are.
#[derive(Clone)]
struct Line {
    exchange: Exchange,
    clock: Arc<ManualClock>,
    address: SocketAddr,
    voice: VoiceClient,
    http: Client,
}

async fn with_exchange<F: Future<Output = ()>>(test: impl FnOnce(Line) -> F) {
    let clock = Arc::new(ManualClock::new(START));
    let exchange = Exchange::new(clock.clone());
    let doors = exchange.open(([127, 0, 0, 1], 0).into()).unwrap();
    let address = doors.address;
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let settings = VoiceSettings {
        account: AccountName::default(),
        sid: AccountSid::parse("acme").unwrap(),
        api_key: "key".into(),
        api_token: "token".into(),
        hosts: Hosts::at(&BaseUrl::parse(&format!("http://{address}")).unwrap()),
        timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(5),
    };
    let limit = Arc::new(RequestRate::a_minute(store, 1_000.try_into().unwrap()));
    let line = Line {
        exchange,
        voice: VoiceClient::new(settings, limit, clock.clone()).unwrap(),
        clock,
        address,
        http: Client::new(),
    };
    doors.open_during(test(line)).await.unwrap();
}

impl Line {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn post(&self, body: String) -> Response {
        let request = self.http.post(self.url("/v3/accounts/acme/calls"));
        let request = request.basic_auth("key", Some("token")).body(body);
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(self.url(path));
        let response = request.basic_auth("key", Some("token")).send().await;
        response.unwrap().json().await.unwrap()
    }
}

fn click(custom_field: &str) -> MakeCall {
    let number = |text| PhoneNumber::from_e164(text).unwrap();
    let callback = |event| CallbackRequest {
        event,
        url: ringmaster::exotel::answer::WebUrl::parse(CALLBACK).unwrap(),
    };
    MakeCall {
        agent: ContactUri::from_canonical("sip:desk-1").unwrap(),
        state_management: true,
        customer: number("+919812316844"),
        virtual_number: number("+912244499102"),
        recording: None,
        max_time_limit: None,
        attempt_time_out: None,
        custom_field: CustomField::parse(custom_field).ok(),
        status_callback: [CallbackEvent::Answered, CallbackEvent::Terminal]
            .map(callback)
            .into(),
    }
}

/// The names of an object's fields in their order, those of objects in it too.
fn form(text: &str) -> String {
    let mut form = String::new();
    let mut quoted = text.split('"');
    while let (Some(between), Some(word)) = (quoted.next(), quoted.next()) {
        form.push_str(between.trim_matches(|c: char| !"{}".contains(c)));
        let is_name = quoted.clone().next().unwrap().starts_with(':');
        form.push_str(if is_name { word } else { "" });
        form.push(' ');
    }
    form.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_published_request_gets_an_answer_in_the_form_of_the_published_one() {
    with_exchange(|line| async move {
        let sample = include_str!("../../data/make-call-request.json")
            .replace("xxxxx43026", "+919812343026")
            .replace("xxxxx16844", "+919812316844")
            .replace("+91xxxx499102", "+912244499102");
        let response = line.post(sample).await;
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert_eq!(form(&text), form(SUCCESS));
        let seen: Value = serde_json::from_str(&text).unwrap();
        let mut expected: Value = serde_json::from_str(SUCCESS).unwrap();
        let sid = seen["response"]["call_details"]["sid"].as_str().unwrap();
        assert_eq!(sid.len(), 32);
        expected["request_id"] = seen["request_id"].clone();
        let details = &mut expected["response"]["call_details"];
        details["sid"] = json!(sid);
        details["virtual_number"] = json!("02244499102");
        details["legs"] = json!(format!("/v3/accounts/acme/calls/{sid}/legs"));
        for name in ["created_time", "updated_time", "start_time"] {
            details[name] = json!("2026-11-23T11:00:00+05:30");
        }
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn a_bad_request_gets_a_no_in_the_form_of_the_published_one() {
    with_exchange(|line| async move {
        // Its numbers are blotted out: none of them is one.
        let sample = include_str!("../../data/make-call-request.json");
        let sample = sample.replace("xxxxx43026", "+919812343026");
        let response = line.post(sample).await;
        assert_eq!(response.status(), 400);
        let text = response.text().await.unwrap();
        assert_eq!(form(&text), form(FAILURE));
        let seen: Value = serde_json::from_str(&text).unwrap();
        let mut expected: Value = serde_json::from_str(FAILURE).unwrap();
        expected["request_id"] = seen["request_id"].clone();
        assert_eq!(seen, expected);
    })
    .await;
}

#[rstest]
#[case::nobody(None)]
#[case::without_a_token(Some("Basic a2V5Og=="))]
#[case::another_scheme(Some("Bearer token"))]
#[case::no_base64(Some("Basic key:token"))]
#[tokio::test]
async fn whoever_does_not_prove_an_account_gets_nothing(#[case] authorization: Option<&str>) {
    let authorization = authorization.map(str::to_owned);
    with_exchange(|line| async move {
        for (method, path) in [
            (Method::POST, "/v3/accounts/acme/calls"),
            (Method::GET, "/v3/accounts/acme/calls/x"),
            (Method::GET, "/v3/accounts/acme/calls/x/legs"),
            (Method::GET, "/v1/Accounts/acme/Calls"),
        ] {
            let mut request = line.http.request(method, line.url(path));
            if let Some(authorization) = &authorization {
                request = request.header("Authorization", authorization);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{path}");
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["response"]["error_data"]["code"], 1010);
        }
    })
    .await;
}

#[tokio::test]
async fn our_client_understands_each_no() {
    with_exchange(|line| async move {
        let mut seen = Vec::new();
        for (number, refusal) in Refusal::OF_CALLS.into_iter().enumerate() {
            let field = format!("click-{number}");
            line.exchange.refuse(&field, refusal);
            let error = line.voice.make_call(&click(&field)).await.unwrap_err();
            let retry_after = error.retry_after();
            let VoiceError::Refused { refusal: read, .. } = error else {
                panic!("{error:?}");
            };
            assert_eq!(read.status, refusal.status);
            assert!(line.exchange.placed(&field).is_empty());
            seen.push((read.reason, retry_after.map(|time| time.as_secs())));
        }
        assert_eq!(
            seen,
            [
                (Reason::DeviceBusy, None),
                (Reason::DoNotDisturb, None),
                (Reason::TooManyRequests, Some(30)),
                (Reason::InternalError, None),
                (Reason::DeviceOff, None),
            ]
        );
        let unknown = CallSid::parse("nowhere").unwrap();
        let error = line.voice.call_details(&unknown).await.unwrap_err();
        assert_eq!(error.code(), "call_not_found");
        let error = line.voice.legs(&unknown).await.unwrap_err();
        assert_eq!(error.code(), "call_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_call_is_told_as_it_goes_on() {
    with_exchange(|line| async move {
        let call = line.voice.make_call(&click("click-7")).await.unwrap();
        let sid = call.call.unwrap();
        let placed = line.exchange.placed("click-7");
        assert_eq!(placed.len(), 1);
        assert_eq!(placed[0].sid, sid.as_str());
        assert_eq!(placed[0].asked.from, "sip:desk-1");
        let step = |after: u64, step| {
            line.clock.advance(Duration::from_secs(after));
            line.exchange.step(sid.as_str(), step)
        };
        let states = |legs: &[ringmaster::exotel::voice::VoiceLeg]| {
            let states = legs.iter().map(|leg| leg.status.clone().unwrap());
            states.collect::<Vec<_>>().join(",")
        };
        let mut seen = Vec::new();
        for (after, next, due) in [
            (5, Some(Step::AgentAnswered), 0),
            (7, Some(Step::CustomerAnswered), 1),
            (60, Some(Step::Over(VoiceOutcome::Completed)), 1),
            // Over is over.
            (1, Some(Step::CustomerAnswered), 0),
        ] {
            let legs = line.voice.legs(&sid).await.unwrap();
            seen.push((states(&legs.from), states(&legs.to)));
            let callbacks = step(after, next.unwrap());
            assert_eq!(callbacks.len(), due, "{next:?}");
            for callback in callbacks {
                assert_eq!(callback.url, CALLBACK);
                let read = StatusCallback::read(callback.body.as_bytes()).unwrap();
                assert_eq!(read.details.call.as_ref(), Some(&sid));
            }
        }
        let word = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            seen,
            [
                word("ringing", ""),
                word("in-progress", "ringing"),
                word("in-progress", "in-progress"),
                word("completed", "completed"),
            ]
        );
        assert!(line.exchange.learnt_to_be_over().is_empty());
        let details = line.voice.call_details(&sid).await.unwrap();
        assert_eq!(details.state, Some(CallState::Terminal));
        assert_eq!(details.status, Some(CallStatus::Completed));
        assert_eq!(details.talk_time, Some(Duration::from_mins(1)));
        assert_eq!(details.total_duration, Some(Duration::from_secs(72)));
        assert_eq!(details.ended, Some(START.plus(Duration::from_secs(72))));
        assert_eq!(details.custom_field.as_deref(), Some("click-7"));
        let learnt: Vec<_> = line.exchange.learnt_to_be_over().into_iter().collect();
        assert_eq!(learnt, [sid.as_str()]);
        assert!(line.exchange.learnt_to_be_over().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_report_says_what_happened_and_how_long_both_talked() {
    with_exchange(|line| async move {
        line.voice.make_call(&click("click-7")).await.unwrap();
        let sid = line.exchange.placed("click-7")[0].sid.clone();
        line.exchange.step(&sid, Step::AgentAnswered);
        let over = Step::Over(VoiceOutcome::CustomerUnanswered);
        let due = line.exchange.step(&sid, over);
        assert!(
            due[0].body.contains("\"/v3/accounts/acme/calls/"),
            "{}",
            due[0].body
        );
        let read = StatusCallback::read(due[0].body.as_bytes()).unwrap();
        assert_eq!(read.event, Some(CallEvent::Terminal));
        assert_eq!(read.details.status, Some(CallStatus::ToLegUnanswered));
        assert_eq!(read.details.talk_time, Some(Duration::ZERO));
        assert!(read.details.is_over());
    })
    .await;
}

#[tokio::test]
async fn calls_that_are_over_are_listed_page_by_page_and_as_asked() {
    with_exchange(|line| async move {
        let mut sids = Vec::new();
        for number in 0..5 {
            line.clock.advance(Duration::from_mins(1));
            let field = format!("click-{number}");
            let call = line.voice.make_call(&click(&field)).await.unwrap();
            sids.push(call.call.unwrap());
        }
        for (sid, outcome) in sids.iter().zip([
            VoiceOutcome::Completed,
            VoiceOutcome::AgentUnanswered,
            VoiceOutcome::Completed,
            VoiceOutcome::CustomerNotDialled,
        ]) {
            line.exchange.step(sid.as_str(), Step::Over(outcome));
        }
        let listed = |filter: CallFilter| {
            let voice = line.voice.clone();
            async move {
                let mut page = voice.calls(&filter).await.unwrap();
                let mut sizes = vec![page.calls.len()];
                let mut calls = std::mem::take(&mut page.calls);
                while let Some(next) = page.next {
                    page = voice.next_calls(&next).await.unwrap();
                    sizes.push(page.calls.len());
                    calls.append(&mut page.calls);
                }
                let calls: Vec<_> = calls.into_iter().map(|call| call.call.unwrap()).collect();
                (sizes, calls)
            }
        };
        // The latest first; the one that goes on is not among them.
        let latest: Vec<_> = sids.iter().take(4).rev().cloned().collect();
        let by_three = CallFilter {
            page_size: PageSize::clamped(3.try_into().unwrap()),
            ..CallFilter::default()
        };
        assert_eq!(listed(by_three).await, (vec![3, 1], latest));
        let some = |filter| async { listed(filter).await.1 };
        let completed = CallFilter {
            status: Some("completed".to_owned()),
            ..CallFilter::default()
        };
        assert_eq!(some(completed).await, [sids[2].clone(), sids[0].clone()]);
        let two = CallFilter {
            calls: vec![sids[1].clone(), sids[3].clone(), sids[4].clone()],
            ..CallFilter::default()
        };
        assert_eq!(some(two).await, [sids[3].clone(), sids[1].clone()]);
        let since = CallFilter {
            created_from: Some(line.clock.now().minus(Duration::from_secs(90))),
            to: PhoneNumber::from_e164("+919812316844").ok(),
            ..CallFilter::default()
        };
        assert_eq!(some(since).await, [sids[3].clone()]);
        let page = line.get("/v1/Accounts/acme/Calls?PageSize=1").await;
        assert_eq!(page["Metadata"]["Total"], 4);
        assert_eq!(page["Calls"][0]["DateCreated"], "2026-11-23 11:04:00");
        assert_eq!(page["Calls"][0]["To"], "09812316844");
    })
    .await;
}
