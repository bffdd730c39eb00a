//! Page by page, by filters, and call by call.

use std::time::Duration;

use reqwest::Method;
use ringmaster::clock::{Clock as _, SystemClock};
use serde_json::Value;

use super::{call, page, soon, story};
use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

/// Lets time pass between two steps of a call.
type Pass = fn(&TestServer);

async fn a_call_of_two_attempts(server: &TestServer, pass: Pass) {
    pass(server);
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "sip:bilal").await;
    server
        .connect(&call("one"))
        .await
        .error_for_status()
        .unwrap();
    let event = async |event: &str| {
        let url = server.url(&format!(
            "/exotel/default/events?key=key&CallSid=one&EventType={event}&DialWhomNumber=09812345678"
        ));
        pass(server);
        assert_eq!(server.client.get(url).send().await.unwrap().status(), 200);
        tokio::time::sleep(Duration::from_millis(60)).await;
    };
    event("Dial").await;
    event("Terminal").await;
    pass(server);
    let missed = "DialCallStatus=no-answer&DialWhomNumber=%2B919812345678&DialCallDuration=20";
    let again = format!("{}&{missed}", call("one"));
    for _ in 0..2 {
        server.connect(&again).await.error_for_status().unwrap();
    }
    pass(server);
}

async fn is_told(server: &TestServer, pass: Pass) {
    a_call_of_two_attempts(server, pass).await;
    server
        .connect("CallSid=two&From=09800000000&To=01135124157")
        .await;
    let all = soon(server, "", 4).await;
    let words =
        |name: &str| -> Vec<Value> { all.iter().map(|entry| entry[name].clone()).collect() };
    assert_eq!(
        words("kind"),
        ["decision", "replay", "decision", "decision"]
    );
    assert_eq!(
        words("outcome"),
        ["nobody", "replayed", "offered", "offered"]
    );
    assert_eq!(words("attempt"), [1, 2, 2, 1]);
    assert_eq!(all[0]["why"], "rule");
    assert_eq!(all[3]["path"][2]["rule"], "to sales");
    assert_eq!(all[3]["rings"][0]["agent"], "asha");
    assert_eq!(all[2]["rings"][0]["queue"], "sales");
    assert!(!serde_json::to_string(&all).unwrap().contains("9800012345"));
    for (query, count) in [
        ("?rule=blocked", 1),
        ("?call=one", 3),
        ("?agent=bilal", 1),
        ("?queue=sales", 2),
        ("?queue=hindi", 0),
        ("?outcome=offered&call=one", 2),
        ("?caller=09800012345", 3),
        // Masked, it looks the same.
        ("?caller=09811112345", 3),
        ("?caller=09811112346", 0),
    ] {
        assert_eq!(soon(server, query, count).await.len(), count, "{query}");
    }
    let first = page(server, "?limit=3").await;
    let next = first["next"].as_str().unwrap();
    let rest = page(server, &format!("?limit=3&cursor={next}")).await;
    assert_eq!(
        (first["decisions"].as_array().unwrap().len(), &rest["next"]),
        (3, &Value::Null)
    );
    assert_eq!(rest["decisions"][0], all[3]);

    let (shown, told) = story(server, "one").await;
    assert_eq!(
        told,
        [
            "decision - offered",
            "report dial -",
            "report terminal unknown",
            "decision - offered",
            "replay - replayed"
        ]
    );
    assert_eq!(shown["timeline"][3]["told"]["who"], "+9198xxxxx678");
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_decided_is_told_with_its_reasons_in_memory() {
    let pass: Pass = |server| server.clock.advance(Duration::from_secs(7));
    is_told(&TestServer::start().await, pass).await;
}

#[tokio::test]
async fn what_was_decided_is_told_with_its_reasons_on_redis() {
    let redis = RedisServer::start();
    // Its clock is this machine's; the server's follows.
    let pass: Pass = |server| server.clock.set(SystemClock.now());
    is_told(&TestServer::on_redis(&redis.url()).await, pass).await;
}

#[tokio::test]
async fn times_are_those_of_the_decisions() {
    let server = TestServer::start().await;
    server.connect(&call("one")).await;
    soon(&server, "", 1).await;
    server.clock.advance(Duration::from_mins(10));
    server.connect(&call("two")).await;
    soon(&server, "", 2).await;
    assert_eq!(soon(&server, "?since=5m", 1).await[0]["call"], "two");
    assert_eq!(soon(&server, "?until=5m", 1).await[0]["call"], "one");
    assert_eq!(
        soon(&server, "?since=2026-11-23T11:00&until=2026-11-23T11:05", 1).await[0]["call"],
        "one"
    );
    soon(&server, "?since=2026-11-23T11:11:00%2B05:30", 0).await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let server = TestServer::start().await;
    let asked = server.api(
        Method::GET,
        "/decisions?limit=0&rul=x&caller=98000123456789",
        "wallboard",
    );
    insta::assert_snapshot!(shown(asked.send().await.unwrap()).await, @r#"
    400 application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"3 fields are not valid","code":"invalid","errors":[{"field":"limit","message":"must be a number from 1 to 200"},{"field":"rul","message":"is not known; known are since, until, limit, cursor, rule, queue, agent, outcome, call, caller, passed_over"},{"field":"caller","message":"this is not a valid number in IN; write it as it is dialled there, or with + and the calling code; or hidden for hidden numbers"}]}
    "#);
    let asked = server.api(Method::GET, "/decisions/stream?since=later", "wallboard");
    let refused = shown(asked.send().await.unwrap()).await;
    assert!(
        refused.starts_with("400") && refused.contains("or how long ago, such as 30m"),
        "{refused}"
    );
    let watch = async |id: &str| {
        let asked = server.api(Method::GET, "/decisions/stream", "wallboard");
        asked.header("Last-Event-ID", id).send().await.unwrap()
    };
    assert_eq!(watch("seven").await.status(), 400);
    assert_eq!(watch("").await.status(), 200, "as none");
    for query in [
        "/decisions?limit=5&limit=6",
        "/decisions/stream?since=1h&since=2h",
    ] {
        let asked = server.api(Method::GET, query, "wallboard");
        let refused = shown(asked.send().await.unwrap()).await;
        assert!(
            refused.starts_with("400") && refused.contains("is there more than once; send one"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn calls_with_a_hidden_number_are_found_by_that_word() {
    let server = TestServer::start().await;
    for (call, from) in [("one", "anonymous"), ("two", ""), ("three", "09800012345")] {
        let query = format!("CallSid={call}&From={from}&To=01135124157");
        server.connect(&query).await.error_for_status().unwrap();
    }
    soon(&server, "", 3).await;
    let hidden = soon(&server, "?caller=hidden", 2).await;
    let calls: Vec<_> = hidden.iter().map(|entry| &entry["call"]).collect();
    assert_eq!(calls, ["two", "one"]);
    assert_eq!(
        hidden[1]["caller"],
        Value::Null,
        "no number, so none is shown"
    );
}

#[tokio::test]
async fn before_the_first_place_and_behind_the_last_there_is_nothing() {
    let redis = RedisServer::start();
    for server in [
        TestServer::start().await,
        TestServer::on_redis(&redis.url()).await,
    ] {
        server.clock.set(SystemClock.now());
        server.connect(&call("one")).await;
        soon(&server, "", 1).await;
        for query in [
            "?until=1969-12-31T00:00:00Z",
            "?until=1900-01-01T00:00",
            "?cursor=0-0",
            "?cursor=0-0&since=1h",
        ] {
            let page = page(&server, query).await;
            assert_eq!(page, serde_json::json!({ "decisions": [] }), "{query}");
        }
        let last = "18446744073709551615-18446744073709551615";
        assert_eq!(soon(&server, &format!("?cursor={last}"), 1).await.len(), 1);
        let rules = crate::support::server::RULES;
        for (since, until, cursor) in [
            ("1900-01-01T00:00", "1901-01-01T00:00", "0-0"),
            ("1h", "1969-12-31T00:00:00Z", "0-0"),
            ("1900-01-01T00:00", "0s", last),
        ] {
            let asked = serde_json::json!({ "rules": rules, "since": since, "until": until, "cursor": cursor });
            let answered = server.admin(Method::POST, "/replay", Some(asked)).await;
            let page: Value = answered.error_for_status().unwrap().json().await.unwrap();
            assert_eq!(page["calls"], 0, "{since} {until} {cursor}");
        }
    }
}

#[tokio::test]
async fn of_a_call_that_asks_again_and_again_the_decision_is_told() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let dial =
        "/exotel/default/events?key=key&CallSid=one&EventType=Dial&DialWhomNumber=09812345678";
    server.connect(&call("one")).await;
    soon(&server, "?call=one", 1).await;
    for _ in 0..260 {
        let url = server.url(dial);
        assert_eq!(server.client.get(url).send().await.unwrap().status(), 200);
    }
    let left = |told: &Value| told["timeline"].as_array().unwrap().len();
    let mut told = story(&server, "one").await;
    for _ in 0..2_000 {
        if told.0["trimmed"] == 51 && left(&told.0) == 210 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        told = story(&server, "one").await;
    }
    assert_eq!((left(&told.0), &told.0["trimmed"]), (210, &51.into()));
    assert_eq!(told.1[..2], ["decision - offered", "report dial -"]);
    let explained = server.api(Method::GET, "/calls/one/explain", "wallboard");
    let explained: Value = explained.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        explained["notes"][1],
        "51 entries of this call are not kept any more: of a call with very many, repeats go first, then reports."
    );
    assert_eq!(explained["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_is_told_for_longer_than_it_is_remembered() {
    let server = TestServer::start().await;
    server.connect(&call("one")).await;
    soon(&server, "", 1).await;
    server.clock.advance(Duration::from_hours(30));
    let (shown, told) = story(&server, "one").await;
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 0);
    assert_eq!(told, ["decision - nobody"]);
    server.clock.advance(Duration::from_hours(50));
    let gone = server
        .api(Method::GET, "/calls/one", "wallboard")
        .send()
        .await;
    assert_eq!(gone.unwrap().status(), 404);
}

#[tokio::test]
async fn who_was_not_rung_is_counted_where_somebody_asks_for_it() {
    let server = TestServer::start().await;
    for id in ["asha", "bilal"] {
        server.agent(id, &format!("sip:{id}")).await;
    }
    let away = serde_json::json!({ "status": "on_break", "reason": "lunch" });
    let set = server.api(Method::PUT, "/agents/bilal/presence", "desk");
    set.json(&away)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    server.clock.advance(Duration::from_secs(1));
    for sid in ["one", "two"] {
        server.connect(&call(sid)).await;
        server.clock.advance(Duration::from_secs(1));
    }
    let plain = soon(&server, "", 2).await;
    assert_eq!(plain[0]["targets"][0]["passed_over"], Value::Null);
    let counted = page(&server, "?passed_over=true").await;
    assert_eq!(counted["passed_over"], "counted");
    let counts = |at: usize| counted["decisions"][at]["targets"][0]["passed_over"].to_string();
    assert_eq!(counts(0), r#"{"on_break":1,"reserved":1}"#);
    assert_eq!(counts(1), r#"{"on_break":1}"#);
    assert_eq!(counted["decisions"][1]["id"], plain[1]["id"]);

    let told_call = server.api(Method::GET, "/calls/two?passed_over=true", "wallboard");
    let told_call: Value = told_call.send().await.unwrap().json().await.unwrap();
    assert_eq!(told_call["passed_over"], "counted");
    let told = &told_call["timeline"][0]["targets"][0]["passed_over"];
    assert_eq!(told.to_string(), r#"{"on_break":1,"reserved":1}"#);

    let asked = server.api(Method::GET, "/decisions?passed_over=maybe", "wallboard");
    let refused = crate::support::server::shown(asked.send().await.unwrap()).await;
    assert!(refused.contains("must be true or false"), "{refused}");
}

#[tokio::test]
async fn two_hundred_agents_are_counted_of_a_hundred_answers_and_of_too_many_it_is_said() {
    let server = TestServer::start().await;
    let staff = async |count: usize| {
        let one = |number: usize| {
            let (id, uri) = (format!("agent-{number}"), format!("sip:{number}"));
            serde_json::json!({ "id": id, "name": id, "destinations": [uri], "groups": ["sales"] })
        };
        let all: Vec<Value> = (0..count).map(one).collect();
        let put = server.admin(Method::PUT, "/agents", Some(Value::from(all)));
        put.await.error_for_status().unwrap();
    };
    staff(200).await;
    for number in 0..101 {
        server.connect(&call(&format!("call-{number}"))).await;
        server.clock.advance(Duration::from_millis(10));
    }
    soon(&server, "?limit=101", 101).await;
    let began = std::time::Instant::now();
    let counted = page(&server, "?limit=100&passed_over=true").await;
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(counted["passed_over"], "counted");
    for entry in counted["decisions"].as_array().unwrap() {
        let counts = &entry["targets"][0]["passed_over"];
        assert_eq!(counts.to_string(), r#"{"offline":200}"#);
    }
    staff(1_000).await;
    let left_out = page(&server, "?limit=101&passed_over=true").await;
    assert_eq!(left_out["passed_over"], "too_many");
    assert_eq!(left_out["decisions"].as_array().unwrap().len(), 101);
    assert_eq!(
        left_out["decisions"][0]["targets"][0]["passed_over"],
        Value::Null
    );
    let fewer = page(&server, "?limit=100&passed_over=true").await;
    assert_eq!(fewer["passed_over"], "counted");
}
