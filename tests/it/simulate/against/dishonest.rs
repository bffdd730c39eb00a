//! A server that takes agents and reports as ours does, and answers every fetch the same.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Everybody gets the same agent.
pub(super) const SAME_AGENT: &str =
    r#"{"fetch_after_attempt":false,"destination":[{"contact_uri":"sip:desk-1"}]}"#;

/// What is answered when nobody waits any more.
pub(super) const LATE: &str = r#"{"fetch_after_attempt":false,"destination":[]}"#;

/// Each answer is said to be of this kind.
pub(super) async fn server(answer: &str, kind: &str) -> MockServer {
    let server = MockServer::start().await;
    serve(&server, answer, kind).await;
    server
}

/// One that takes a minute to forget an agent.
pub(super) async fn slow_to_forget() -> MockServer {
    let server = MockServer::start().await;
    let minute = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    mount(&server, "DELETE", "/agents/desk-.$", minute).await;
    serve(&server, SAME_AGENT, "application/json").await;
    server
}

async fn serve(server: &MockServer, answer: &str, kind: &str) {
    let agents: Vec<_> = (1..=7)
        .map(|number| idle(&format!("desk-{number}")))
        .collect();
    let late = Duration::from_secs(if answer == LATE { 6 } else { 0 });
    let fetch = ResponseTemplate::new(200)
        .set_delay(late)
        .set_body_raw(answer, kind);
    let one = ResponseTemplate::new(200).set_body_json(idle("desk-1"));
    let no_agents = ResponseTemplate::new(200).set_body_json(json!({ "agents": [] }));
    let all = ResponseTemplate::new(200).set_body_json(json!({ "agents": agents }));
    let fine = ResponseTemplate::new(200).set_body_json(json!({}));
    for (verb, path, response) in [
        ("GET", "/connect$", fetch),
        ("GET", "/agents/desk-.$", one),
        ("POST", "/(explain|heartbeat)$", fine.clone()),
        ("PUT", "/(agents|presence)$", fine.clone()),
        ("DELETE", "/agents/desk-.$", fine.clone()),
        ("GET", "/events$", fine),
    ] {
        mount(server, verb, path, response).await;
    }
    // Before it has been given agents, it has none.
    let listing = Mock::given(method("GET")).and(path_regex("/agents$"));
    let first = listing.respond_with(no_agents).up_to_n_times(1);
    first.mount(server).await;
    mount(server, "GET", "/agents$", all).await;
}

async fn mount(server: &MockServer, verb: &str, path: &str, response: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path_regex(path));
    mock.respond_with(response).mount(server).await;
}

fn idle(id: &str) -> serde_json::Value {
    json!({ "id": id, "status": "available", "state": "idle" })
}
