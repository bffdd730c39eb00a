//! A server whose account may start calls, and an Exotel that answers as told.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

pub(super) const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
callers: { unwilling: ["+919800000009"] }
hours: { day: { weekly: { daily: ["09:00-21:00"] } } }
queues:
  sales: { agents: { groups: [sales] }, wrap_up: 5s }
outbound:
  virtual_number: "080 4718 2200"
  recording: { record: true, channels: dual }
  max_time_limit: 1h
  attempt_time_out: 30s
  wrap_up: 20s
  hours: day
  do_not_call: [unwilling]
rules:
  - name: all
    sticky: { for: 1h }
    targets: [{ queue: sales }]
fallback: { numbers: ["+911140009999"] }
"#;

pub(super) const SUCCESS: &str = include_str!("../../data/make-call-success.json");
/// What the sample success calls the call.
pub(super) const SID: &str = "5e9ec1f6e4af55fe9c6d5e2ba00e16bn";
pub(super) const ASHA: &str = "+919812345001";
pub(super) const BILAL: &str = "+919812345002";
pub(super) const CUSTOMER: &str = "+919812316844";

/// Where reservations are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    Memory,
    Redis,
}

/// Our server with Asha and Bilal, and Exotel.
pub(super) struct Desk {
    pub(super) server: TestServer,
    pub(super) exotel: MockServer,
    _redis: Option<RedisServer>,
}

impl Desk {
    /// Exotel answers every call so.
    pub(super) async fn where_exotel(answers: ResponseTemplate) -> Self {
        Self::with_rules(RULES, answers).await
    }

    pub(super) async fn with_rules(rules: &str, answers: ResponseTemplate) -> Self {
        let exotel = exotel(answers).await;
        let server = TestServer::with_exotel(rules, &exotel.uri()).await;
        Self::opened(server, exotel, None).await
    }

    /// In no hurry, with this store. The clock of the test is that of leases only in memory.
    pub(super) async fn patient(keeping: Keeping, answers: ResponseTemplate) -> Self {
        let exotel = exotel(answers).await;
        let redis = (keeping == Keeping::Redis).then(RedisServer::start);
        let url = redis.as_ref().map(RedisServer::url);
        let server = TestServer::patient(url.as_deref(), RULES, &exotel.uri()).await;
        Self::opened(server, exotel, redis).await
    }

    pub(super) async fn opened(
        server: TestServer,
        exotel: MockServer,
        redis: Option<RedisServer>,
    ) -> Self {
        server.agent("asha", ASHA).await;
        server.clock.advance(Duration::from_secs(1));
        server.agent("bilal", BILAL).await;
        Self {
            server,
            exotel,
            _redis: redis,
        }
    }

    pub(super) async fn click(&self, body: Value) -> Response {
        self.server.admin(Method::POST, "/calls", Some(body)).await
    }

    /// A click of Asha for the customer.
    pub(super) async fn asha_clicks(&self) -> Response {
        self.click(json!({ "agent": "asha", "to": CUSTOMER })).await
    }

    pub(super) async fn agent(&self, id: &str) -> Value {
        let path = format!("/agents/{id}");
        let response = self.server.admin(Method::GET, &path, None).await;
        response.json().await.unwrap()
    }

    /// The agent, once in that state: a report is answered before the store has taken it in.
    pub(super) async fn until(&self, id: &str, state: &str) -> Value {
        for _ in 0..1_000 {
            let agent = self.agent(id).await;
            if agent["state"] == state {
                return agent;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{id} is not {state}: {}", self.agent(id).await)
    }

    /// The calls that Exotel was asked to make.
    pub(super) async fn made(&self) -> Vec<Value> {
        let requests = self.exotel.received_requests().await.unwrap();
        let posts = requests.iter().filter(|request| request.method == "POST");
        posts
            .map(|request: &Request| request.body_json().unwrap())
            .collect()
    }

    /// Exotel reports of a call, at the address that it was given with it.
    pub(super) async fn reported(&self, made: &Value, event: &str, status: &str, talk: u64) {
        let state = if event == "terminal" {
            "terminal"
        } else {
            "active"
        };
        let body = json!({
            "event_details": { "event_type": event },
            "call_details": { "sid": SID, "state": state, "status": status, "total_talk_time": talk }
        });
        self.reported_as(made, &body).await;
    }

    /// As [`Desk::reported`], in these words.
    pub(super) async fn reported_as(&self, made: &Value, body: &Value) {
        let url = made["status_callback"][0]["url"].as_str().unwrap();
        let (_, path) = url.split_once("connect.example.com").unwrap();
        let request = self.server.client.post(self.server.url(path)).json(body);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// A call that comes in rings whoever is next, who answers.
    pub(super) async fn comes_in(&self, call: &str) {
        let fetch = format!("CallSid={call}&From=09800000001&To=01135124157");
        let answer: Value = self.server.connect(&fetch).await.json().await.unwrap();
        let uri = answer["destination"][0]["contact_uri"].as_str().unwrap();
        let who = uri.replace('+', "%2B");
        let event = format!(
            "/exotel/default/events?key=key&CallSid={call}&DialWhomNumber={who}&EventType=Answered"
        );
        let event = self.server.client.get(self.server.url(&event));
        event.send().await.unwrap();
        let id = if uri == ASHA { "asha" } else { "bilal" };
        self.until(id, "in_call").await;
    }
}

/// An Exotel that answers every call so.
pub(super) async fn exotel(answers: ResponseTemplate) -> MockServer {
    let exotel = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path_regex("^/v3/accounts/acme/calls$"))
        .respond_with(answers)
        .mount(&exotel)
        .await;
    exotel
}

pub(super) fn success() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(SUCCESS, "application/json")
}
