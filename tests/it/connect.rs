//! Exotel's question and the answer, with the memory store.

use std::time::Duration;

use insta::assert_snapshot;

use crate::support::server::{TestServer, shown};

const SAMPLE: &str = "Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36&CurrentTime=2022-11-10%2012%3A18%3A44\
    &DialCallDuration=0&DialWhomNumber=&Direction=incoming&From=08516043026&StartTime=2022-11-10%2012%3A18%3A36\
    &To=01135124157";

#[tokio::test]
async fn the_published_sample_is_answered_with_an_agent_who_is_free() {
    let server = TestServer::start().await;
    server.agent("asha", "98123 45678").await;
    let url = server.url(&format!(
        "/ccm-programmable-connect?key=second&CallSid=one&{SAMPLE}"
    ));
    let response = server.client.get(url).send().await.unwrap();
    assert_snapshot!(shown(response).await, @r#"
    200 application/json
    {"fetch_after_attempt":true,"destination":[{"contact_uri":"+919812345678"}],"max_ringing_duration":20}
    "#);
}

/// The published sample answer, with digits for its x's, and as many phones together as there are destinations.
#[tokio::test]
async fn the_published_sample_answer_comes_from_a_rules_file() {
    let rules = r#"
country: IN
time_zone: Asia/Kolkata
answer:
  state_management: true
  outgoing_phone_number: "01135154123"
  sticky_agent: false
  recording: { record: true, channels: single }
  max_conversation_duration: 15m
  music_on_hold: default_tone
  events: { url: "http://dial_passthru_event_url.com" }
  start_call_playback: { text: "hello, this is a sample text" }
queues:
  all: { agents: {}, strategy: top_down }
rules:
  - name: everyone
    ring: { agents: 5, at_once: 5, for: 30s }
    targets: [{ queue: all }]
fallback: { numbers: [] }
"#;
    let server = TestServer::with_rules(rules).await;
    for (id, destination) in [
        ("a", "9812343210"),
        ("b", "sip:gauravjfb55d386"),
        ("c", "9812378763"),
    ] {
        server.agent(id, destination).await;
    }
    let sample = include_str!("../data/connect-answer.json")
        .replace("+91xxxxx43210", "+919812343210")
        .replace("+91xxxxx78763", "+919812378763")
        .replace("xxxxx54123", "+911135154123")
        .replace(
            "\"max_parallel_attempts\": 5",
            "\"max_parallel_attempts\": 3",
        );
    let answer: serde_json::Value = server
        .connect(&format!("CallSid=one&{SAMPLE}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        answer,
        serde_json::from_str::<serde_json::Value>(&sample).unwrap()
    );
}

#[tokio::test]
async fn the_older_applet_is_answered_in_its_own_words() {
    let server = TestServer::start().await;
    server.agent("asha", "sip:Asha1@example.com").await;
    let url = server.url(&format!(
        "/exotel/default/connect?key=key&CallSid=one&{SAMPLE}"
    ));
    let response = server
        .client
        .get(url)
        .header("Exotel-Version", "1.0")
        .send()
        .await
        .unwrap();
    assert_snapshot!(shown(response).await, @r#"
    200 application/json
    {"fetch_after_attempt":true,"destination":{"numbers":["sip:asha1"]},"max_ringing_duration":20}
    "#);
}

#[tokio::test]
async fn two_calls_never_get_the_same_agent() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.connect(&format!("CallSid=one&{SAMPLE}")).await;
    assert_snapshot!(shown(server.connect(&format!("CallSid=two&{SAMPLE}")).await).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[],"max_ringing_duration":20}
    "#);
}

#[tokio::test]
async fn an_equal_fetch_gets_the_same_bytes_and_a_new_attempt_somebody_else() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let first = shown(server.connect(&format!("CallSid=one&{SAMPLE}")).await).await;
    server.clock.advance(Duration::from_secs(2));
    assert_eq!(
        shown(server.connect(&format!("CallSid=one&{SAMPLE}")).await).await,
        first
    );
    let later = "CallSid=one&From=08516043026&To=01135124157&DialWhomNumber=09812345678&DialCallStatus=no-answer\
        &DialCallDuration=20";
    assert_snapshot!(shown(server.connect(later).await).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[{"contact_uri":"+919812345679"}],"max_ringing_duration":20}
    "#);
}

#[tokio::test]
async fn overlapping_fetches_of_one_call_get_the_same_bytes_and_reserve_once() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let query = format!("CallSid=one&{SAMPLE}");
    let fetches = (0..20).map(|_| async { shown(server.connect(&query).await).await });
    let answers = futures_util::future::join_all(fetches).await;
    assert!(answers[0].contains("+919812345678"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let queue = shown(
        server
            .admin(reqwest::Method::GET, "/queues/sales", None)
            .await,
    )
    .await;
    assert!(queue.contains(r#""ready":1,"engaged":1"#), "{queue}");
}

#[tokio::test]
async fn what_the_caller_keyed_is_remembered_for_the_next_attempt() {
    let server = TestServer::start().await;
    for (id, number) in [("asha", "9812345678"), ("bilal", "9812345679")] {
        server.agent(id, number).await;
        let hindi =
            serde_json::json!({ "name": id, "destinations": [number], "skills": { "hindi": 4 } });
        server
            .admin(reqwest::Method::PUT, &format!("/agents/{id}"), Some(hindi))
            .await;
    }
    server
        .connect("CallSid=one&From=08516043026&To=01140000000&digits=%222%22")
        .await;
    let later = "CallSid=one&From=08516043026&To=01140000000&DialWhomNumber=09812345678&DialCallStatus=busy";
    assert_snapshot!(shown(server.connect(later).await).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[{"contact_uri":"+919812345679"}],"max_ringing_duration":20}
    "#);
}

#[tokio::test]
async fn a_rule_without_targets_rings_nobody() {
    let server = TestServer::start().await;
    let response = server
        .connect("CallSid=one&From=9800000000&To=01135124157")
        .await;
    assert_snapshot!(shown(response).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[]}
    "#);
}

#[tokio::test]
async fn without_a_rule_or_without_a_call_the_fallback_rings() {
    let server = TestServer::start().await;
    let no_rule = shown(
        server
            .connect("CallSid=one&From=08516043026&To=01140000000")
            .await,
    )
    .await;
    assert_snapshot!(no_rule, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[{"contact_uri":"+911140001234"}]}
    "#);
    assert_eq!(shown(server.connect("").await).await, no_rule);
    assert_eq!(server.store.offers(), 1, "an empty request reserves nobody");
}

#[tokio::test]
async fn the_fallback_is_the_same_with_the_store_and_without() {
    let numbers: Vec<_> = (10..20).map(|end| format!("'+9111400012{end}'")).collect();
    let rules = format!(
        "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nanswer: {{ recording: {{ record: true }} }}\nfallback: {{ numbers: [{}] }}\n",
        numbers.join(", ")
    );
    let server = TestServer::with_rules(&rules).await;
    let kept_with_the_call = shown(server.connect("CallSid=one").await).await;
    let without_a_call = shown(server.connect("From=09812345678").await).await;
    assert_eq!(kept_with_the_call, without_a_call);
    assert_eq!(kept_with_the_call.matches("contact_uri").count(), 10);
}

#[tokio::test]
async fn an_account_may_have_exotel_ask_its_own_fallback_url_instead() {
    let server =
        TestServer::with_rules("country: IN\ntime_zone: Asia/Kolkata\nrules:\n  - when: { digits: '9' }\n    targets: []\nfallback: { http_status: 503 }\n").await;
    assert_snapshot!(shown(server.connect("CallSid=one").await).await, @"503");
    assert_snapshot!(shown(server.connect("").await).await, @"503");
}

#[tokio::test]
async fn parameters_may_stand_in_a_form_in_json_and_in_a_multipart_body() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let url = server.url("/exotel/default/connect?key=key");
    let form = [("CallSid", "one"), ("To", "01135124157")];
    let request = server.client.post(&url);
    let encoded = request.header("content-type", "application/x-www-form-urlencoded");
    let by_form = encoded
        .body("CallSid=one&To=01135124157")
        .send()
        .await
        .unwrap();
    let expected = shown(by_form).await;
    assert!(expected.contains("+919812345678"), "{expected}");
    let json = serde_json::json!({ "CallSid": "one", "To": "01135124157" });
    assert_eq!(
        shown(server.client.post(&url).json(&json).send().await.unwrap()).await,
        expected
    );
    let multipart = form
        .into_iter()
        .fold(reqwest::multipart::Form::new(), |all, (name, value)| {
            all.text(name, value)
        });
    assert_eq!(
        shown(
            server
                .client
                .post(&url)
                .multipart(multipart)
                .send()
                .await
                .unwrap()
        )
        .await,
        expected
    );
}

#[tokio::test]
async fn events_are_asked_for_under_our_own_address_and_taken() {
    let rules = "country: IN\ntime_zone: Asia/Kolkata\nanswer: { events: true }\nrules:\n  - targets: [{ numbers: ['+911140001234'] }]\nfallback: { numbers: [] }\n";
    let server = TestServer::with_rules(rules).await;
    assert_snapshot!(shown(server.connect("CallSid=one").await).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[{"contact_uri":"+911140001234"}],"call_event_passthru_url":"https://connect.example.com/exotel/default/events?key=key"}
    "#);
    let url = server.url("/exotel/default/events?key=key");
    let response = server
        .client
        .get(format!("{url}&CallSid=one&EventType=Dial"))
        .send()
        .await
        .unwrap();
    assert_snapshot!(shown(response).await, @"200");
    let response = server
        .client
        .post(url)
        .body("what is this")
        .send()
        .await
        .unwrap();
    assert_snapshot!(shown(response).await, @"200");
}

#[tokio::test]
async fn an_account_without_rules_gets_a_valid_answer() {
    let server = TestServer::start().await;
    let url = server.url("/exotel/other/connect?key=elsewhere&CallSid=one");
    assert_snapshot!(shown(server.client.get(url).send().await.unwrap()).await, @r#"
    200 application/json
    {"fetch_after_attempt":false,"destination":[]}
    "#);
}
