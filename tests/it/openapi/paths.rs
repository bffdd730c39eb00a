//! What is served is described, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::*;
use crate::readme::documented_routes;

/// Pages for people are no part of the API; nor is what they are made of.
const PAGES: [&str; 6] = [
    "/docs",
    "/docs/{part}",
    "/",
    "/console/sign-in",
    "/console/sign-out",
    "/console/assets/{asset}",
];

const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
];

/// The readme's table of paths is compared with the code elsewhere.
#[tokio::test]
async fn every_path_is_described_with_what_it_takes_to_use_it() {
    let document = Document::of(&TestServer::start().await).await;
    let mut served = BTreeSet::new();
    for (method, path, needed) in documented_routes() {
        if !PAGES.contains(&path.as_str()) {
            served.insert((method.to_lowercase(), path, needed));
        }
    }
    let operations = document.operations().into_iter();
    let described: BTreeSet<_> = operations
        .map(|operation| {
            let security = &operation.said["security"][0];
            let needed = match (&security["key"], security["token"][0].as_str()) {
                (_, Some(role)) => role,
                (Value::Array(_), None) => "key",
                _ => "none",
            };
            let (method, path) = (operation.method.to_owned(), operation.path.to_owned());
            (method, path, needed.to_owned())
        })
        .collect();
    assert_eq!(described, served);
}

#[tokio::test]
async fn a_path_takes_the_methods_that_are_described_and_refuses_the_others_by_name() {
    let server = TestServer::start().await;
    let document = Document::of(&server).await;
    let mut by_path: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for operation in document.operations() {
        let methods = by_path.entry(operation.path).or_default();
        methods.insert(operation.method.to_uppercase());
    }
    for (path, methods) in by_path {
        let url = server.url(&path.replace("{account}", "default").replace(['{', '}'], ""));
        for method in METHODS {
            let request = server.client.request(method.clone(), &url);
            let response = request.bearer_auth("boss").send().await.unwrap();
            let is_refused = response.status() == 405;
            assert_eq!(
                is_refused,
                !methods.contains(method.as_str()),
                "{method} {path}"
            );
            if is_refused {
                let allowed = response.headers()["allow"].to_str().unwrap();
                let allowed: BTreeSet<_> = allowed.split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, methods, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let document = Document::of(&TestServer::start().await).await;
    assert_eq!(document.0["openapi"], "3.1.0");
    assert_eq!(document.0["info"]["version"], env!("CARGO_PKG_VERSION"));
    let text = document.0.to_string();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let reference = reference.split('"').next().unwrap();
        document.resolved(&json!({ "$ref": reference }));
    }
    let tags = document.0["tags"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for operation in document.operations() {
        let said = operation.said;
        assert!(
            names.insert(said["operationId"].as_str().unwrap()),
            "{said:#}"
        );
        assert!(
            tags.iter().any(|tag| tag["name"] == said["tags"][0]),
            "{said:#}"
        );
        assert!(
            said["summary"].as_str().is_some_and(|text| text.len() > 8),
            "{said:#}"
        );
        let responses = said["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| is_success(status)),
            "{said:#}"
        );
        for response in responses.values() {
            assert!(
                !response["description"].as_str().unwrap().is_empty(),
                "{said:#}"
            );
        }
    }
    assert!(
        !text.contains("x-problems"),
        "what is for the code itself is taken out"
    );
}

#[tokio::test]
async fn the_document_knows_nothing_of_the_accounts() {
    let server = TestServer::start().await;
    let text = Document::of(&server).await.0.to_string();
    for secret in ["anita-key", "wallboard", "stranger", "boss", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
