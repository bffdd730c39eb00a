//! What was decided can be read afterwards, and watched as it happens.

mod kept;
mod listed;
mod watched;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;

use crate::support::server::TestServer;

/// A call from a caller whose number must not be seen.
fn call(sid: &str) -> String {
    format!("CallSid={sid}&From=09800012345&To=01135124157")
}

async fn page(server: &TestServer, query: &str) -> Value {
    let request = server.api(Method::GET, &format!("/decisions{query}"), "wallboard");
    let response = request.send().await.unwrap();
    response.error_for_status().unwrap().json().await.unwrap()
}

/// Waits until there are so many entries, and gives them back, the newest first.
async fn soon(server: &TestServer, query: &str, count: usize) -> Vec<Value> {
    for _ in 0..2_000 {
        let page = page(server, query).await;
        let decisions = page["decisions"].as_array().unwrap();
        assert!(decisions.len() <= count, "{page:#}");
        if decisions.len() == count {
            return decisions.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not {count} of {query}: {:#}", page(server, query).await);
}

/// The call's story in words: what happened, and what came of it.
async fn story(server: &TestServer, sid: &str) -> (Value, Vec<String>) {
    let response = server
        .api(Method::GET, &format!("/calls/{sid}"), "wallboard")
        .send()
        .await;
    let shown: Value = response
        .unwrap()
        .error_for_status()
        .unwrap()
        .json()
        .await
        .unwrap();
    let told = shown["timeline"].as_array().cloned().unwrap_or_default();
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let told = told.iter().map(|entry| {
        ["kind", "event", "outcome"]
            .map(|name| word(entry, name))
            .join(" ")
    });
    (shown, told.collect())
}

/// The text of a stream until it has this.
async fn until(response: &mut Response, text: &mut String, what: &str) {
    while !text.contains(what) {
        let chunk = tokio::time::timeout(Duration::from_secs(20), response.chunk());
        let chunk = chunk
            .await
            .unwrap_or_else(|_| panic!("no {what:?} in {text}"));
        match chunk.unwrap() {
            Some(chunk) => text.push_str(&String::from_utf8_lossy(&chunk)),
            None => panic!("the stream has ended without {what:?}: {text}"),
        }
    }
}
