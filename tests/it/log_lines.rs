//! One line for each request, for machines: who asked for what, what came of it, and how long it took.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

use crate::support::process::ServerProcess;
use crate::support::server::RULES;

const SETTINGS: &str = "\
    workers = 1\n\
    log = { format = 'json', filter = 'info' }\n\
    [accounts.default]\n\
    keys = ['key']\n\
    tokens = 'admin(anita):boss'\n";

/// The lines with this message, once there are so many.
async fn lines(server: &ServerProcess, message: &str, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let log = server.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let lines: Vec<Value> = lines
            .filter(|line: &Value| line["message"] == message)
            .collect();
        if lines.len() >= count {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no {count} lines {message:?}:\n{}", server.log());
}

#[tokio::test]
async fn each_request_is_one_line_with_what_came_of_it_and_how_long_it_took() {
    let server = ServerProcess::serve(SETTINGS, RULES);
    let client = Client::new();
    let get = async |path: &str, token: &str| {
        let request = client.get(server.url(path)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    let query = "key=key&CallSid=one&From=09876501234&To=01135124157";
    get(&format!("/exotel/default/connect?{query}"), "none").await;
    get("/v1/accounts/default/agents/asha", "boss").await;
    get("/v1/accounts/default/agents", "wrong").await;
    get("/v1/nowhere", "wrong").await;
    get("/livez", "none").await;
    get("/v1/accounts/default/queues/nowhere", "boss").await;
    let decided = &lines(&server, "decided", 1).await[0];
    assert_eq!(decided["account"], "default");
    assert_eq!(decided["call"], "one");
    assert_eq!(decided["rule"], "to sales");
    assert_eq!(decided["outcome"], "nobody");
    let micros = |name: &str| decided[name].as_u64().unwrap();
    assert!(micros("match_us") + micros("store_us") <= micros("took_us"));
    let requested = lines(&server, "requested", 2).await;
    assert_eq!(requested.len(), 2, "{requested:?}");
    let line = &requested[0];
    assert_eq!(line["route"], "/v1/accounts/{account}/agents/{id}");
    assert_eq!(line["status"], 404);
    assert_eq!(line["account"], "default");
    assert_eq!(line["token"], "anita");
    assert!(line["took_us"].is_u64());
    // Strangers, who may come as often as they like, are not in it.
    let last = &requested[1];
    assert_eq!(last["route"], "/v1/accounts/{account}/queues/{name}");
    assert_eq!(last["account"], "default");
    let log = server.log();
    for secret in ["9876501234", "key=key", "boss", "wrong"] {
        assert!(!log.contains(secret), "{secret}\n{log}");
    }
}
