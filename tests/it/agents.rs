//! Agents, presence and queues as applications see them.

use std::time::Duration;

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use crate::support::server::{TestServer, laid_out, shown};

#[tokio::test]
async fn an_agent_is_created_offline_and_shown_whole() {
    let server = TestServer::start().await;
    let agent = json!({
        "name": "Asha", "destinations": ["98123 45678", "sip:Desk1234@example.com"], "groups": ["sales"],
        "skills": { "hindi": 4 }, "position": 1, "weight": 3,
    });
    let response = server.admin(Method::PUT, "/agents/asha", Some(agent)).await;
    assert_snapshot!(laid_out(response).await, @r#"
    200
    {
      "destinations": [
        "+919812345678",
        "sip:desk1234"
      ],
      "groups": [
        "sales"
      ],
      "id": "asha",
      "idle_since": "2026-11-23T11:00:00.000+05:30",
      "name": "Asha",
      "position": 1,
      "queues": [
        "hindi",
        "sales"
      ],
      "ready": false,
      "skills": {
        "hindi": 4
      },
      "stale": false,
      "state": "idle",
      "status": "offline",
      "status_since": "2026-11-23T11:00:00.000+05:30",
      "today": {
        "answered": 0,
        "missed": 0,
        "misses_in_a_row": 0,
        "offered": 0,
        "talk_time": "0"
      },
      "weight": 3
    }
    "#);
}

#[tokio::test]
async fn a_destination_of_another_agent_is_refused_with_its_owner() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let agent = json!({ "name": "Bilal", "destinations": ["+91 98123 45678"] });
    let response = server
        .admin(Method::PUT, "/agents/bilal", Some(agent))
        .await;
    assert_eq!(response.status(), 400);
    let problem: serde_json::Value = response.json().await.unwrap();
    assert_eq!(
        problem["errors"][0]["message"],
        "+9198xxxxx678 belongs to asha already, so bilal cannot have it"
    );
}

#[tokio::test]
async fn a_break_has_a_reason_and_an_end() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let path = server.url("/v1/accounts/default/agents/asha/presence");
    let on_break = json!({ "status": "on_break", "reason": "lunch", "for": "30m" });
    let request = server.client.put(path).bearer_auth("desk").json(&on_break);
    assert_snapshot!(laid_out(request.send().await.unwrap()).await, @r#"
    200
    {
      "break_until": "2026-11-23T11:30:00.000+05:30",
      "destinations": [
        "+919812345678"
      ],
      "groups": [
        "sales"
      ],
      "id": "asha",
      "idle_since": "2026-11-23T11:00:00.000+05:30",
      "name": "asha",
      "queues": [
        "sales"
      ],
      "ready": false,
      "reason": "lunch",
      "skills": {},
      "stale": false,
      "state": "idle",
      "status": "on_break",
      "status_since": "2026-11-23T11:00:00.000+05:30",
      "today": {
        "answered": 0,
        "missed": 0,
        "misses_in_a_row": 0,
        "offered": 0,
        "talk_time": "0"
      },
      "weight": 1
    }
    "#);
    server.clock.advance(Duration::from_mins(30));
    let agent = server.admin(Method::GET, "/agents/asha", None).await;
    assert!(
        laid_out(agent).await.contains("\"ready\": true"),
        "a break that has passed is over"
    );
}

#[tokio::test]
async fn an_override_is_shown_with_who_and_when() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let set = async |token: &str, body: serde_json::Value| -> serde_json::Value {
        let request = server.api(Method::PUT, "/agents/asha/presence", token);
        let response = request.json(&body).send().await.unwrap();
        response.json().await.unwrap()
    };
    let offline = json!({ "status": "offline" });
    server.clock.advance(Duration::from_mins(1));
    let by_token = set("anita-key", offline.clone()).await;
    let at = "2026-11-23T11:01:00.000+05:30";
    assert_eq!(by_token["status_set"], json!({ "by": "anita", "at": at }));
    server.clock.advance(Duration::from_mins(1));
    let by_body = set("anita-key", json!({ "status": "offline", "by": "Bo R." })).await;
    let later = "2026-11-23T11:02:00.000+05:30";
    assert_eq!(by_body["status_set"], json!({ "by": "Bo R.", "at": later }));
    assert_eq!(by_body["status_since"], at, "offline all the time");
    let nameless = set("boss", offline.clone()).await;
    assert_eq!(nameless["status_set"]["by"], "admin");
    let own = set("desk", offline).await;
    assert_eq!(own.get("status_set"), None);
}

#[tokio::test]
async fn a_reserved_agent_shows_the_call_and_until_when() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.connect("CallSid=one&To=01135124157").await;
    assert_snapshot!(laid_out(server.admin(Method::GET, "/agents/asha", None).await).await, @r#"
    200
    {
      "call": "one",
      "destinations": [
        "+919812345678"
      ],
      "groups": [
        "sales"
      ],
      "id": "asha",
      "name": "asha",
      "queues": [
        "sales"
      ],
      "ready": false,
      "remaining": "25s",
      "skills": {},
      "stale": false,
      "state": "reserved",
      "state_since": "2026-11-23T11:00:00.000+05:30",
      "status": "available",
      "status_since": "2026-11-23T11:00:00.000+05:30",
      "today": {
        "answered": 0,
        "missed": 0,
        "misses_in_a_row": 0,
        "offered": 1,
        "talk_time": "0"
      },
      "until": "2026-11-23T11:00:25.000+05:30",
      "weight": 1
    }
    "#);
    server.clock.advance(Duration::from_secs(25));
    let later = laid_out(server.admin(Method::GET, "/agents/asha", None).await).await;
    assert!(
        later.contains("\"state\": \"idle\""),
        "the lease ends by itself: {later}"
    );
}

#[tokio::test]
async fn the_list_can_be_filtered() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let offline =
        json!({ "name": "Chitra", "destinations": ["sip:chitra"], "skills": { "hindi": 3 } });
    server
        .admin(Method::PUT, "/agents/chitra", Some(offline))
        .await;
    server.connect("CallSid=one&To=01135124157").await;
    for (filter, expected) in [
        ("", vec!["asha", "bilal", "chitra"]),
        ("?queue=sales", vec!["asha", "bilal"]),
        ("?status=offline", vec!["chitra"]),
        ("?state=reserved", vec!["asha"]),
        ("?queue=sales&state=idle&status=available", vec!["bilal"]),
        ("?queue=hindi&status=available", vec![]),
    ] {
        let response = server
            .admin(Method::GET, &format!("/agents{filter}"), None)
            .await;
        let body: serde_json::Value = response.json().await.unwrap();
        let ids: Vec<_> = body["agents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|agent| agent["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_list_is_stored_all_or_nothing() {
    let server = TestServer::start().await;
    let good = json!([
        { "id": "asha", "name": "Asha", "destinations": ["9812345678"] },
        { "id": "bilal", "name": "Bilal", "destinations": ["9812345679"] },
    ]);
    assert_snapshot!(shown(server.admin(Method::PUT, "/agents", Some(good)).await).await, @r#"
    200 application/json
    {"stored":2}
    "#);
    let half = json!([
        { "id": "chitra", "name": "Chitra", "destinations": ["sip:chitra"] },
        { "id": "deepa", "name": "Deepa", "destinations": [] },
    ]);
    assert_eq!(
        server
            .admin(Method::PUT, "/agents", Some(half))
            .await
            .status(),
        400
    );
    assert_eq!(
        server
            .admin(Method::GET, "/agents/chitra", None)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn queues_count_who_is_ready_engaged_and_away() {
    let server = TestServer::start().await;
    for (id, number) in [
        ("asha", "9812345678"),
        ("bilal", "9812345679"),
        ("chitra", "9812345680"),
    ] {
        server.agent(id, number).await;
    }
    server.connect("CallSid=one&To=01135124157").await;
    server
        .admin(
            Method::PUT,
            "/agents/chitra/presence",
            Some(json!({ "status": "offline" })),
        )
        .await;
    assert_snapshot!(laid_out(server.admin(Method::GET, "/queues", None).await).await, @r#"
    200
    {
      "queues": [
        {
          "away": 0,
          "engaged": 0,
          "name": "hindi",
          "ready": 0,
          "strategy": "round_robin",
          "waiting": {
            "calls": 0,
            "list": []
          }
        },
        {
          "away": 1,
          "engaged": 1,
          "name": "sales",
          "ready": 1,
          "strategy": "longest_idle",
          "waiting": {
            "calls": 0,
            "list": []
          }
        }
      ]
    }
    "#);
    assert_snapshot!(shown(server.admin(Method::GET, "/queues/sales", None).await).await, @r#"
    200 application/json
    {"name":"sales","strategy":"longest_idle","ready":1,"engaged":1,"away":1,"waiting":{"calls":0,"list":[]}}
    "#);
}

#[tokio::test]
async fn heartbeat_release_and_removal() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let heartbeat = server
        .api(Method::POST, "/agents/asha/heartbeat", "desk")
        .send()
        .await
        .unwrap();
    assert_eq!(shown(heartbeat).await, "204");
    server.connect("CallSid=one&To=01135124157").await;
    let own = server
        .api(Method::POST, "/agents/asha/release", "desk")
        .send()
        .await
        .unwrap();
    assert_snapshot!(shown(own).await, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"the agent is reserved; only a token with the role admin may end that","code":"not-yours"}
    "#);
    let stuck = server
        .admin(Method::POST, "/agents/asha/release", None)
        .await;
    assert!(laid_out(stuck).await.contains("\"state\": \"idle\""));
    assert_eq!(
        shown(server.admin(Method::DELETE, "/agents/asha", None).await).await,
        "204"
    );
    assert_eq!(
        server
            .admin(Method::DELETE, "/agents/asha", None)
            .await
            .status(),
        404
    );
}
