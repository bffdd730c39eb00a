//! Calls that were, by other rules.

mod busy;
mod command;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::explain::past::{Office, RULES, a_call_of_three_attempts};
use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, laid_out};

async fn asked(server: &TestServer, body: Value) -> Response {
    server.admin(Method::POST, "/replay", Some(body)).await
}

/// Everything that is told of the last hour by these rules.
async fn replayed(server: &TestServer, rules: &str) -> Value {
    let response = asked(server, json!({ "rules": rules, "since": "1h" })).await;
    let status = response.status();
    let page: Value = response.json().await.unwrap();
    assert_eq!(status, 200, "{page:#}");
    assert_eq!(page["next"], Value::Null);
    page
}

/// Each answer that is listed, in words.
fn lines(page: &Value) -> Vec<String> {
    let answers = page["answers"].as_array().unwrap().iter();
    let lines = answers.map(|answer| {
        let word = |name: &str| answer[name].to_string().replace('"', "");
        let [call, attempt, verdict] = ["call", "attempt", "verdict"].map(word);
        let [rule_then, rule_now] = ["rule_then", "rule_now"].map(word);
        let [then, now] = ["rings_then", "rings_now"].map(word);
        let why = word("why");
        format!("{call} {attempt} {verdict}: {rule_then} -> {rule_now}, {then} -> {now}: {why}")
    });
    lines.collect()
}

/// What three kinds of rules come to: those of then, some that ask the other queue first, and some with another name.
async fn is_told(office: &Office) -> [Value; 3] {
    a_call_of_three_attempts(office).await;
    office.document("one", 6).await;
    let same = replayed(&office.server, RULES).await;
    assert_eq!((&same["calls"], &same["same"]), (&json!(5), &json!(7)));
    assert_eq!(same["answers"], json!([]), "{same:#}");
    let other_way = RULES.replace(
        "[{ queue: sales }, { queue: support }]",
        "[{ queue: support }, { queue: sales }]",
    );
    let other_name = RULES.replace("name: to sales", "name: everybody");
    [
        same,
        replayed(&office.server, &other_way).await,
        replayed(&office.server, &other_name).await,
    ]
}

#[tokio::test]
async fn the_rules_of_then_change_nothing_and_others_what_they_say() {
    let office = Office::in_memory(RULES).await;
    let [same, other_way, other_name] = is_told(&office).await;
    insta::assert_snapshot!(lines(&other_way).join("\n"), @r"
    one 1 changed: to sales -> to sales, [asha] -> [dev]: dev rings: rule \to sales\, queue support, longest idle first. asha: ready (idle for 1s), but 1 was chosen already.
    one 2 not_comparable: to sales -> null, [dev] -> []: the call would have gone another way before, or may have
    one 3 not_comparable: to sales -> null, [bilal] -> []: the call would have gone another way before, or may have
    ");
    assert_eq!(other_way["same"], 4, "who was away then is away");
    assert!(
        lines(&other_name)
            .iter()
            .all(|line| line.contains("other_rule"))
    );
    assert_eq!(lines(&other_name).len(), 7);
    let taken_for = "Numbers that were called are masked in the log: each is taken for the one in the rules that looks the same.";
    let of_now = "Groups, skills and names of agents are those of now.";
    assert_eq!(same["notes"], json!([of_now, taken_for]));

    let redis = RedisServer::start();
    let there = is_told(&Office::on_redis(&redis, RULES).await).await;
    for (there, here) in there.iter().zip([same, other_way, other_name]) {
        assert_eq!(verdicts(there), verdicts(&here));
    }
}

/// All but times.
fn verdicts(page: &Value) -> Vec<Vec<Value>> {
    let names = ["call", "attempt", "verdict", "rings_then", "rings_now"];
    let answers = page["answers"].as_array().unwrap().iter();
    answers
        .map(|answer| names.map(|name| answer[name].clone()).to_vec())
        .collect()
}

#[tokio::test]
async fn whatever_happens_the_rules_of_then_change_nothing() {
    let rules = RULES.replace(
        "{ for: 20s, attempts: 3 }",
        "{ agents: 2, for: 20s, attempts: 3 }",
    );
    let office = Office::in_memory(&rules).await;
    let ids = ["a", "b", "c", "d", "e"];
    for (place, id) in ids.into_iter().enumerate() {
        let group = if place < 3 { "sales" } else { "support" };
        office.agent(id, group).await;
        office.is(id, "available").await;
    }
    for number in 0_usize..40 {
        let call = format!("call-{}", number / 2);
        let told = match number % 2 {
            0 => String::new(),
            _ => format!("&DialCallStatus=no-answer&DialWhomNumber=sip:x{number}"),
        };
        office.fetch(&call, &told).await;
        // What happens in the millisecond of an answer is not told apart.
        office.server.clock.advance(Duration::from_millis(1));
        let status = ["available", "offline", "on_break"][number % 3];
        office.is(ids[number * 7 % 5], status).await;
        office
            .server
            .clock
            .advance(Duration::from_secs(1 + number as u64 % 11));
    }
    office.document("call-19", 2).await;
    let page = replayed(&office.server, &rules).await;
    assert_eq!(
        (&page["calls"], &page["answers"]),
        (&json!(20), &json!([])),
        "{page:#}"
    );
    assert!(page["same"].as_u64().unwrap() > 30, "{page:#}");
}

#[tokio::test]
async fn of_masked_callers_only_what_is_certain_is_told() {
    let office = Office::in_memory(RULES).await;
    office.agent("asha", "sales").await;
    office.is("asha", "available").await;
    office.fetch("one", "").await;
    office.document("one", 1).await;
    office.pass(1).await;
    let with_caller = |caller: &str| {
        let rule =
            format!("rules:\n  - {{ name: vip, when: {{ caller: \"{caller}\" }}, targets: [] }}");
        RULES.replace("rules:", &rule)
    };
    let may_be = replayed(&office.server, &with_caller("09811112345")).await;
    insta::assert_snapshot!(lines(&may_be).join("\n"), @r"one 1 untold: to sales -> null, [asha] -> []: rule \vip\ asks who calls, and the log has only +9198xxxxx345");
    let prefix = replayed(&office.server, &with_caller("98000*")).await;
    assert_eq!(prefix["answers"][0]["verdict"], "untold");
    for never in ["09811112346", "97*"] {
        let page = replayed(&office.server, &with_caller(never)).await;
        assert_eq!(page["answers"], json!([]), "{never}");
    }
}

#[tokio::test]
async fn what_other_calls_made_of_an_answer_is_not_guessed() {
    let capped = RULES
        .replace("no_answer: { max: 3 }", "max_calls: 1")
        .replace(", { queue: support }", "");
    let office = Office::in_memory(&capped).await;
    for id in ["asha", "bilal"] {
        office.agent(id, "sales").await;
        office.is(id, "available").await;
    }
    assert_eq!(office.fetch("one", "").await, ["sip:asha"]);
    office.pass(1).await;
    assert!(office.fetch("two", "").await.is_empty());
    office.document("two", 1).await;
    office.pass(1).await;
    let page = replayed(&office.server, &capped).await;
    insta::assert_snapshot!(lines(&page).join("\n"), @"two 1 untold: to sales -> null, [] -> []: then nobody was rung because of other calls or of the caller's last one (cap), which is not kept");
    assert_eq!(page["notes"].as_array().unwrap().len(), 3);
    let uncapped = capped.replace("max_calls: 1", "strategy: longest_idle");
    let page = replayed(&office.server, &uncapped).await;
    assert_eq!(page["answers"][0]["verdict"], "changed");
    assert_eq!(page["answers"][0]["rings_now"], json!(["bilal"]));
}

#[tokio::test]
async fn a_long_time_is_told_in_stretches() {
    let office = Office::in_memory(RULES).await;
    office.agent("asha", "sales").await;
    for number in 0..7 {
        office.fetch(&format!("call-{number}"), "").await;
        office.server.clock.advance(Duration::from_secs(10));
    }
    office.document("call-6", 1).await;
    let other = RULES.replace("to sales", "everybody");
    let mut body = json!({ "rules": other, "since": "60s", "until": "10s", "limit": 2 });
    let mut calls = Vec::new();
    loop {
        let page: Value = asked(&office.server, body.clone())
            .await
            .json()
            .await
            .unwrap();
        calls.extend(lines(&page).into_iter().map(|line| line[..6].to_owned()));
        match page["next"].as_str() {
            Some(next) => body["cursor"] = json!(next),
            None => break,
        }
    }
    assert_eq!(calls, ["call-1", "call-2", "call-3", "call-4", "call-5"]);
}

#[tokio::test]
async fn rules_that_cannot_be_used_and_questions_that_cannot_be_meant_are_refused() {
    let server = TestServer::start().await;
    let before = server.admin(
        Method::POST,
        "/explain",
        Some(json!({ "from": "hidden", "to": "01135124157" })),
    );
    let before: Value = before.await.json().await.unwrap();
    let bad = RULES.replace("targets", "tragets");
    let refused = asked(
        &server,
        json!({ "rules": bad, "file": "new.yaml", "since": "1h" }),
    )
    .await;
    insta::assert_snapshot!(laid_out(refused).await, @r#"
    422
    {
      "code": "rules-refused",
      "detail": "the rules file has an error; the rules in force stay, version 14717064d8b3",
      "findings": [
        {
          "code": "unknown-key",
          "column": 5,
          "file": "new.yaml",
          "help": "did you mean \"targets\"?",
          "line": 11,
          "message": "unknown key \"tragets\" in a rule",
          "severity": "error"
        }
      ],
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank",
      "version": "14717064d8b3"
    }
    "#);
    let refused = asked(
        &server,
        json!({ "rules": 1, "until": "soon", "cursor": "x", "limit": 0 }),
    )
    .await;
    let refused = laid_out(refused).await;
    for field in ["rules", "since", "until", "cursor", "limit"] {
        assert!(
            refused.contains(&format!("\"field\": \"{field}\"")),
            "{refused}"
        );
    }
    replayed(&server, RULES).await;
    let after = server.admin(
        Method::POST,
        "/explain",
        Some(json!({ "from": "hidden", "to": "01135124157" })),
    );
    let after: Value = after.await.json().await.unwrap();
    assert_eq!(
        after["rules_version"], before["rules_version"],
        "nothing is put in force"
    );
}
