//! `GET …/calls/{call}/explain`: a call that was, told from what was written down.

mod fates;
mod heard;
mod others;

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, Response};
use ringmaster::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

pub(crate) const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] }, wrap_up: 20s, no_answer: { max: 3 } }
  support: { agents: { groups: [support] } }
rules:
  - name: to sales
    when: { dialed: "01135124157" }
    ring: { for: 20s, attempts: 3 }
    targets: [{ queue: sales }, { queue: support }]
fallback: { numbers: ["+911140001234"] }
"#;

/// The call in a sentence, and each of its answers.
fn sentences(told: &Value) -> Vec<&str> {
    let attempts = told["attempts"].as_array().unwrap().iter();
    let sentences = attempts.map(|told| told["sentence"].as_str().unwrap());
    [told["summary"].as_str().unwrap()]
        .into_iter()
        .chain(sentences)
        .collect()
}

/// A server, and how time passes at it.
pub(crate) struct Office {
    pub(crate) server: TestServer,
    is_on_redis: bool,
}

impl Office {
    pub(crate) async fn in_memory(rules: &str) -> Self {
        Self {
            server: TestServer::with_rules(rules).await,
            is_on_redis: false,
        }
    }

    pub(crate) async fn on_redis(redis: &RedisServer, rules: &str) -> Self {
        Self {
            server: TestServer::on_redis_with_rules(&redis.url(), rules).await,
            is_on_redis: true,
        }
    }

    /// One that is there, with the clock of the test.
    pub(crate) fn at(server: TestServer) -> Self {
        Self {
            server,
            is_on_redis: false,
        }
    }

    /// The same where its store is on Redis.
    pub(crate) fn with_clock_of_redis(self) -> Self {
        self.server.clock.set(SystemClock.now());
        Self {
            is_on_redis: true,
            ..self
        }
    }

    /// On Redis the time is this machine's, and some of it passes by itself.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_millis(60)).await;
        if self.is_on_redis {
            self.server.clock.set(SystemClock.now());
        } else {
            self.server.clock.advance(Duration::from_secs(seconds));
        }
    }

    pub(crate) async fn agent(&self, id: &str, group: &str) {
        let agent = json!({ "name": id, "destinations": [format!("sip:{id}")], "groups": [group] });
        let path = format!("/agents/{id}");
        let put = self.server.admin(Method::PUT, &path, Some(agent)).await;
        put.error_for_status().unwrap();
    }

    pub(crate) async fn is(&self, id: &str, status: &str) {
        let path = format!("/agents/{id}/presence");
        let body = json!({ "status": status });
        let own = self.server.api(Method::PUT, &path, "desk").json(&body);
        own.send().await.unwrap().error_for_status().unwrap();
    }

    /// Whom the call rings now.
    pub(crate) async fn fetch(&self, call: &str, more: &str) -> Vec<String> {
        let query = format!("CallSid={call}&From=09800012345&To=01135124157{more}");
        let answer = self.server.connect(&query).await;
        let answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
        let destinations = answer["destination"].as_array().unwrap();
        let uri = |to: &Value| to["contact_uri"].as_str().unwrap().to_owned();
        destinations.iter().map(uri).collect()
    }

    pub(crate) async fn report(&self, call: &str, more: &str) {
        let path = format!("/exotel/default/events?key=key&CallSid={call}&{more}");
        let url = self.server.url(&path);
        let response = self.server.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }

    pub(crate) async fn release(&self, id: &str) {
        let path = format!("/agents/{id}/release");
        let released = self.server.admin(Method::POST, &path, None).await;
        released.error_for_status().unwrap();
    }

    async fn explained(&self, path: &str, accept: &str) -> Response {
        let path = format!("/calls/{path}");
        let request = self.server.api(Method::GET, &path, "wallboard");
        request.header("accept", accept).send().await.unwrap()
    }

    /// What is told of the call, once so many entries of it are written down.
    pub(crate) async fn document(&self, call: &str, entries: usize) -> Value {
        for _ in 0..2_000 {
            let shown = self.explained(call, "application/json").await;
            let shown: Value = shown.json().await.unwrap();
            if shown["timeline"].as_array().map(Vec::len) == Some(entries) {
                let told = self.explained(&format!("{call}/explain"), "*/*").await;
                return told.error_for_status().unwrap().json().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("there are not {entries} entries of {call}");
    }
}

/// Chitra misses three calls, and bilal has just talked.
async fn a_morning(office: &Office) {
    for (id, group) in [
        ("asha", "sales"),
        ("bilal", "sales"),
        ("chitra", "sales"),
        ("dev", "support"),
    ] {
        office.agent(id, group).await;
    }
    office.is("chitra", "available").await;
    for number in 1..=3 {
        let call = format!("missed-{number}");
        assert_eq!(office.fetch(&call, "").await, ["sip:chitra"]);
        office.pass(20).await;
        let missed = "CallType=incomplete&DialCallStatus=no-answer&DialWhomNumber=sip:chitra";
        office.report(&call, missed).await;
        office.pass(1).await;
    }
    office.is("bilal", "available").await;
    assert_eq!(office.fetch("talk", "").await, ["sip:bilal"]);
    office.pass(5).await;
    let talked = "CallType=completed&DialCallStatus=completed&DialWhomNumber=sip:bilal";
    office.report("talk", talked).await;
    office.pass(1).await;
}

pub(crate) async fn a_call_of_three_attempts(office: &Office) {
    a_morning(office).await;
    office.is("asha", "available").await;
    office.is("dev", "available").await;
    office.pass(1).await;
    assert_eq!(office.fetch("one", "").await, ["sip:asha"]);
    office.pass(1).await;
    office
        .report("one", "EventType=Dial&DialWhomNumber=sip:asha")
        .await;
    office.pass(5).await;
    let missed = "&DialCallStatus=no-answer&DialWhomNumber=sip:asha&DialCallDuration=20";
    assert_eq!(office.fetch("one", missed).await, ["sip:dev"]);
    office.pass(3).await;
    office.release("bilal").await;
    let busy = "&DialCallStatus=busy&DialWhomNumber=sip:dev&DialCallDuration=3";
    assert_eq!(office.fetch("one", busy).await, ["sip:bilal"]);
    office.pass(4).await;
    office
        .report("one", "EventType=Answered&DialWhomNumber=sip:bilal")
        .await;
    office.pass(40).await;
    let end = "CallType=completed&DialCallStatus=completed&DialWhomNumber=sip:bilal\
        &Legs[0][Number]=sip:bilal&Legs[0][OnCallDuration]=40";
    office.report("one", end).await;
    // What happens later changes nothing of what was.
    for round in 0..10 {
        for id in ["asha", "bilal", "chitra", "dev"] {
            let status = if round % 2 == 0 {
                "offline"
            } else {
                "available"
            };
            office.is(id, status).await;
        }
        office.pass(1).await;
    }
}

/// Without what differs between two clocks.
fn timeless(text: &str) -> String {
    let mut without = String::new();
    for character in text.chars() {
        if !character.is_ascii_digit() {
            without.push(character);
        } else if !without.ends_with('#') {
            without.push('#');
        }
    }
    without
}

/// All fields of the document stand in the tables of what is told, and those that are left out when empty.
fn fields_are_documented(told: &Value) {
    let docs = std::fs::read_to_string("docs/decisions.md").unwrap();
    let (_, section) = docs.split_once("\n## A call, explained\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<_> = rows.map(|row| row.split('`').next().unwrap()).collect();
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut found: BTreeSet<_> = keys(told).into_iter().collect();
    for attempt in told["attempts"].as_array().unwrap() {
        found.extend(keys(attempt));
    }
    let left_out = ["before", "split", "sticky", "unknown", "why"];
    found.extend(left_out.map(str::to_owned));
    assert_eq!(
        found.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        documented
    );
}

async fn page(office: &Office) -> String {
    shown(office.explained("one/explain", "text/plain").await).await
}

#[tokio::test]
async fn a_call_of_three_attempts_is_told_on_one_page_in_a_sentence_each() {
    let office = Office::in_memory(RULES).await;
    a_call_of_three_attempts(&office).await;
    let told = office.document("one", 6).await;
    let sentences = told["attempts"].as_array().unwrap().iter();
    let sentences: Vec<_> = sentences.map(|told| told["sentence"].clone()).collect();
    insta::assert_snapshot!(format!("{:#}", json!([told["summary"], sentences])), @r#"
    [
      "A call of three attempts: asha did not answer; dev was busy or declined; bilal answered and talked for 40s.",
      [
        "asha (idle for 1s) was rung through queue sales and did not answer.",
        "asha had been rung already; bilal was in wrap-up for 12 more seconds; chitra was free but on a break after three missed calls; so the second queue, support, was asked: dev was rung and was busy or declined.",
        "asha had been rung already; so bilal was rung and answered, and talked for 40s."
      ]
    ]
    "#);
    insta::assert_snapshot!("told_as_text", page(&office).await);
    insta::assert_json_snapshot!("told_as_json", told, { ".attempts[].rules_version" => "…" });

    fields_are_documented(&told);

    let redis = RedisServer::start();
    let other = Office::on_redis(&redis, RULES).await;
    a_call_of_three_attempts(&other).await;
    let there = other.document("one", 6).await;
    assert_eq!(
        timeless(&format!("{there:#}")),
        timeless(&format!("{told:#}"))
    );
    assert_eq!(
        timeless(&page(&other).await),
        timeless(&page(&office).await)
    );
}
