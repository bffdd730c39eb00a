//! What is answered is what is described: what the examples get, and every refusal.

use std::collections::BTreeMap;
use std::fs;

use reqwest::{Method, RequestBuilder};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::support::flaky::Mood;
use crate::support::server::RULES;

const SUCCESS: &str = include_str!("../../data/make-call-success.json");
/// The fetch that makes the call of the examples known.
const CALL: &str = "CallSid=07a971107d0f3ee459a21b90c0d616ba&From=08516043026&To=01135124157";

/// A server that may start calls, with its document and the statuses that it was seen to answer with.
struct Asked {
    server: TestServer,
    document: Document,
    seen: BTreeMap<String, BTreeSet<u16>>,
    _exotel: MockServer,
}

impl Asked {
    async fn start(exotel: ResponseTemplate) -> Self {
        let mock = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(exotel)
            .mount(&mock)
            .await;
        let server = TestServer::with_exotel(RULES, &mock.uri()).await;
        Self::on(server, mock).await
    }

    async fn where_all_goes_well() -> Self {
        Self::start(ResponseTemplate::new(200).set_body_raw(SUCCESS, "application/json")).await
    }

    async fn on(server: TestServer, exotel: MockServer) -> Self {
        let document = Document::of(&server).await;
        Self {
            server,
            document,
            seen: BTreeMap::new(),
            _exotel: exotel,
        }
    }

    /// What the operations are asked, as far as the account `default` goes.
    fn operations(&self) -> Vec<(String, String)> {
        let operations = self.document.operations().into_iter();
        operations
            .map(|one| (one.method.to_owned(), one.path.to_owned()))
            .collect()
    }

    /// The example of a parameter, its own or that of its schema.
    fn example(&self, parameter: &Value) -> Option<String> {
        let schema = self.document.resolved(&parameter["schema"]);
        let examples = [
            &parameter["example"],
            &schema["example"],
            &schema["examples"][0],
        ];
        let example = examples.into_iter().find(|example| !example.is_null())?;
        Some(
            example
                .as_str()
                .map_or_else(|| example.to_string(), str::to_owned),
        )
    }

    /// The path with the examples of its parameters, and those of the query with theirs.
    fn path_and_query(&self, operation: &Operation<'_>) -> (String, Vec<(String, String)>) {
        let (mut path, mut query) = (operation.path.to_owned(), Vec::new());
        for parameter in operation.said["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let name = parameter["name"].as_str().unwrap().to_owned();
            let example = self.example(parameter);
            match parameter["in"].as_str().unwrap() {
                "path" => {
                    let example = example.unwrap_or_else(|| panic!("{path}: {name}"));
                    path = path.replace(&format!("{{{name}}}"), &example);
                }
                "query" => query.extend(example.map(|example| (name, example))),
                _ => {}
            }
        }
        (path, query)
    }

    /// The bodies that the document shows.
    fn bodies(operation: &Operation<'_>) -> Vec<Value> {
        let content = &operation.said["requestBody"]["content"]["application/json"];
        let several = content["examples"].as_object().into_iter().flatten();
        let mut bodies: Vec<_> = several
            .map(|(_, example)| example["value"].clone())
            .collect();
        bodies.extend(
            [&content["example"]]
                .into_iter()
                .filter(|one| !one.is_null())
                .cloned(),
        );
        bodies
    }

    /// Asha is there and free, and the call of the examples is known.
    async fn ready(&self) {
        self.server.becomes_well().await;
        self.server.agent("asha", "9812345001").await;
        let released = self
            .server
            .admin(Method::POST, "/agents/asha/release", None)
            .await;
        assert!(released.status().is_success());
        assert!(self.server.connect(CALL).await.status().is_success());
        let released = self
            .server
            .admin(Method::POST, "/agents/asha/release", None)
            .await;
        assert!(released.status().is_success());
    }

    fn request(&self, operation: (&str, &str), asked: &str) -> RequestBuilder {
        let method = Method::from_bytes(operation.0.to_uppercase().as_bytes()).unwrap();
        self.server.client.request(method, self.server.url(asked))
    }

    /// Sends it, and sees to it that the answer is described.
    async fn send(&mut self, operation: (&str, &str), request: RequestBuilder) -> u16 {
        let response = request.send().await.unwrap();
        let status = self
            .document
            .foresees(operation.0, operation.1, response)
            .await;
        let id = self.document.operation(operation.0, operation.1).said["operationId"].clone();
        self.seen
            .entry(id.as_str().unwrap().to_owned())
            .or_default()
            .insert(status);
        status
    }
}

impl TestServer {
    async fn becomes_well(&self) {
        self.store.becomes(Mood::Well);
        // The breaker's probe closes it.
        for _ in 0..1_000 {
            let ready = self.client.get(self.url("/readyz")).send().await.unwrap();
            let ready: Value = ready.json().await.unwrap();
            if ready["store"]["status"] == "ok" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("the store is not well again");
    }
}

#[tokio::test]
async fn the_examples_are_true() {
    let mut asked = Asked::where_all_goes_well().await;
    for (method, path) in asked.operations() {
        let operation = asked.document.operation(&method, &path);
        // Its rules are built in; the next test has a file.
        if operation.said["operationId"] == "reloadRules" {
            continue;
        }
        let (at, query) = asked.path_and_query(&operation);
        let mut bodies: Vec<_> = Asked::bodies(&operation).into_iter().map(Some).collect();
        let needs_body = operation.said["requestBody"].is_object();
        assert!(
            !path.starts_with("/v1") || !needs_body || !bodies.is_empty(),
            "{path}"
        );
        if bodies.is_empty() {
            bodies.push(None);
        }
        // Each part of the query alone: together, they may be fit by nothing.
        let mut queries: Vec<_> = query.into_iter().map(|one| vec![one]).collect();
        queries.push(Vec::new());
        for (body, query) in bodies
            .iter()
            .flat_map(|body| queries.iter().map(move |query| (body, query)))
        {
            asked.ready().await;
            let request = asked.request((&method, &path), &at).bearer_auth("boss");
            let request = request.query(query);
            let request = if path.starts_with("/v1") {
                request
            } else {
                request.query(&[("key", "key")])
            };
            let request = match body {
                Some(body) => request.json(body),
                None => request,
            };
            let status = asked.send((&method, &path), request).await;
            assert!(
                (200..300).contains(&status),
                "{method} {path} {query:?} {body:?}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn what_comes_of_a_rules_file_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("default.yaml");
    fs::write(&file, RULES).unwrap();
    let server = TestServer::in_folder(folder.path()).await;
    let mut asked = Asked::on(server, MockServer::start().await).await;
    let operation = ("post", "/v1/accounts/{account}/rules/reload");
    for (text, expected) in [(RULES, 200), ("rulse: []", 422)] {
        fs::write(&file, text).unwrap();
        let request = asked.request(operation, "/v1/accounts/default/rules/reload");
        assert_eq!(
            asked.send(operation, request.bearer_auth("boss")).await,
            expected
        );
    }
}

/// What the API refuses, at the door and behind it.
async fn refused(asked: &mut Asked, method: &str, path: &str) {
    let operation = (method, path);
    let described = asked.document.operation(method, path);
    let (at, _) = asked.path_and_query(&described);
    let body = Asked::bodies(&described).into_iter().next();
    let has_body = body.is_some();
    let with_body = |request: RequestBuilder| match &body {
        Some(body) => request.json(body),
        None => request,
    };
    asked.ready().await;
    let request = asked.request(operation, &at);
    assert_eq!(asked.send(operation, with_body(request)).await, 401, "{at}");
    for (token, expected) in [("sesame", 401), ("stranger", 403)] {
        let request = asked.request(operation, &at).bearer_auth(token);
        assert_eq!(
            asked.send(operation, with_body(request)).await,
            expected,
            "{at}"
        );
    }
    let request = asked.request(operation, &at).bearer_auth("wallboard");
    asked.send(operation, with_body(request)).await;
    for strange in ["nobody", "", "%FF", "a%20b", "%2B"] {
        let at = at.replace("asha", strange).replace("sales", strange);
        let at = at
            .replace("07a971107d0f3ee459a21b90c0d616ba", strange)
            .replace("09812345678", strange);
        let request = asked.request(operation, &at).bearer_auth("boss");
        asked.send(operation, with_body(request)).await;
    }
    let request = asked
        .request(operation, &format!("{at}?strange=1"))
        .bearer_auth("boss");
    asked.send(operation, with_body(request)).await;
    if has_body {
        let huge = "x".repeat(1024 * 1024 + 1);
        for (body, expected) in [("{", 400), ("7", 400), (huge.as_str(), 413)] {
            let request = asked
                .request(operation, &at)
                .bearer_auth("boss")
                .body(body.to_owned());
            assert_eq!(asked.send(operation, request).await, expected, "{at}");
        }
    }
    for mood in [Mood::Failing, Mood::Corrupt] {
        asked.ready().await;
        asked.server.store.becomes(mood);
        let request = asked.request(operation, &at).bearer_auth("boss");
        asked.send(operation, with_body(request)).await;
    }
    asked.server.becomes_well().await;
}

#[tokio::test]
async fn every_refusal_of_the_api_is_described() {
    let mut asked = Asked::where_all_goes_well().await;
    let operations = asked.operations();
    for (method, path) in operations
        .iter()
        .filter(|(_, path)| path.starts_with("/v1"))
    {
        refused(&mut asked, method, path).await;
    }
    let mut never = BTreeMap::new();
    for operation in asked
        .document
        .operations()
        .iter()
        .filter(|one| one.path.starts_with("/v1"))
    {
        let id = operation.said["operationId"].as_str().unwrap();
        let responses = operation.said["responses"].as_object().unwrap().keys();
        let described: BTreeSet<u16> = responses.map(|status| status.parse().unwrap()).collect();
        // In other tests, here or elsewhere: a body that comes too slowly, and too many requests.
        let elsewhere = BTreeSet::from([200, 201, 204, 408, 429]);
        let seen = asked.seen.get(id).unwrap();
        let unseen: Vec<_> = described
            .difference(seen)
            .filter(|status| !elsewhere.contains(status))
            .copied()
            .collect();
        if !unseen.is_empty() {
            never.insert(id, unseen);
        }
    }
    insta::assert_debug_snapshot!(never);
}

#[tokio::test]
async fn what_has_its_own_reason_is_described() {
    let no_history = TestServer::with_settings("history = { kept = '0' }", "").await;
    let mut asked = Asked::on(no_history, MockServer::start().await).await;
    for path in [
        "/v1/accounts/{account}/decisions",
        "/v1/accounts/{account}/decisions/stream",
    ] {
        let request = asked.request(("get", path), &path.replace("{account}", "default"));
        assert_eq!(
            asked.send(("get", path), request.bearer_auth("boss")).await,
            409
        );
    }
    let once = TestServer::with_settings("limits = { api_per_second = 1 }", "").await;
    let mut asked = Asked::on(once, MockServer::start().await).await;
    for (method, path) in asked
        .operations()
        .into_iter()
        .filter(|(_, path)| path.starts_with("/v1"))
    {
        let (at, _) = asked.path_and_query(&asked.document.operation(&method, &path));
        let mut statuses = BTreeSet::new();
        for _ in 0..3 {
            let request = asked
                .request((&method, &path), &at)
                .bearer_auth("wallboard");
            statuses.insert(asked.send((&method, &path), request).await);
        }
        assert!(statuses.contains(&429), "{method} {path}: {statuses:?}");
    }
}

/// What Exotel makes of a call, as Exotel says it.
#[tokio::test]
async fn what_comes_of_a_call_is_described() {
    let failure = |status: u16, code: u16| {
        let body = json!({ "http_code": status, "response": { "error_data": { "code": code, "message": "", "description": "" } } });
        ResponseTemplate::new(status).set_body_json(body)
    };
    let calls = ("post", "/v1/accounts/{account}/calls");
    for (exotel, expected) in [
        (failure(403, 10717), 422),
        (failure(404, 10731), 502),
        (failure(429, 10724).insert_header("retry-after", "1"), 429),
        (ResponseTemplate::new(500), 504),
    ] {
        let mut asked = Asked::start(exotel).await;
        asked.ready().await;
        let body = Asked::bodies(&asked.document.operation(calls.0, calls.1)).remove(0);
        let request = asked
            .request(calls, "/v1/accounts/default/calls")
            .bearer_auth("boss");
        assert_eq!(asked.send(calls, request.json(&body)).await, expected);
        let nobody =
            json!({ "agent": "nobody", "to": "09812345678", "virtual_number": "01135124157" });
        let unknown = asked
            .request(calls, "/v1/accounts/default/calls")
            .bearer_auth("boss");
        assert_eq!(asked.send(calls, unknown.json(&nobody)).await, 404);
        let busy = asked
            .request(calls, "/v1/accounts/default/calls")
            .bearer_auth("boss");
        asked.send(calls, busy.json(&body)).await;
    }
}

#[tokio::test]
async fn what_exotel_is_refused_is_described() {
    let mut asked = Asked::where_all_goes_well().await;
    for (method, path) in asked.operations() {
        let needs_key =
            asked.document.operation(&method, &path).said["security"][0]["key"].is_array();
        if !needs_key {
            continue;
        }
        let at = path.replace("{account}", "default");
        let key = format!("{at}?key=key");
        let many = "&a=b".repeat(2_000);
        let long = "x".repeat(40_000);
        for query in ["", "?key=wrong"] {
            let request = asked.request((&method, &path), &format!("{at}{query}"));
            assert_eq!(
                asked.send((&method, &path), request).await,
                403,
                "{at}{query}"
            );
        }
        for query in ["&%FF=%FF", many.as_str(), &format!("&a={long}")] {
            let request = asked.request((&method, &path), &format!("{key}{query}"));
            asked.send((&method, &path), request).await;
        }
        if method == "post" {
            let request = asked
                .request((&method, &path), &key)
                .body("x".repeat(300_000));
            asked.send((&method, &path), request).await;
        }
    }
    let of_connect = &asked.seen["connectWithBody"];
    assert!(
        of_connect.is_superset(&BTreeSet::from([200, 400, 403, 413, 414])),
        "{of_connect:?}"
    );
}
