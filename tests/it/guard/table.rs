//! Every route with every kind of credential. The routes are those of the README, which is compared with the code.

use reqwest::{Method, StatusCode};

use crate::readme::documented_routes;
use crate::support::server::TestServer;

/// The page of the API's description runs Swagger UI, which has pictures in its style sheet.
const DESCRIPTION: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What somebody may come with, and the highest role that it is good for on the account `default`.
const CREDENTIALS: [(&str, Came, Good); 10] = [
    (
        "nothing",
        Came {
            token: None,
            key: None,
        },
        Good::Nothing,
    ),
    (
        "a wrong token",
        Came {
            token: Some("sesame"),
            key: None,
        },
        Good::Nothing,
    ),
    (
        "a token that reads",
        Came {
            token: Some("wallboard"),
            key: None,
        },
        Good::Role(1),
    ),
    (
        "a token that sets presence",
        Came {
            token: Some("desk"),
            key: None,
        },
        Good::Role(2),
    ),
    (
        "a token that may do everything",
        Came {
            token: Some("boss"),
            key: None,
        },
        Good::Role(3),
    ),
    (
        "a token of another account",
        Came {
            token: Some("stranger"),
            key: None,
        },
        Good::Nothing,
    ),
    (
        "the key as a token",
        Came {
            token: Some("key"),
            key: None,
        },
        Good::Nothing,
    ),
    (
        "a wrong key and no token",
        Came {
            token: None,
            key: Some("kez"),
        },
        Good::Nothing,
    ),
    (
        "the key of another account",
        Came {
            token: Some("sesame"),
            key: Some("elsewhere"),
        },
        Good::Nothing,
    ),
    (
        "the second key and no token",
        Came {
            token: None,
            key: Some("second"),
        },
        Good::Key,
    ),
];

#[derive(Clone, Copy)]
struct Came {
    token: Option<&'static str>,
    key: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Good {
    Nothing,
    Key,
    Role(u8),
}

/// What a route asks for, in the README's word.
fn lets_in(needed: &str, came: Good) -> bool {
    let least = match needed {
        "none" => return true,
        "key" => return came == Good::Key,
        "read" => 1,
        "presence" => 2,
        "admin" => 3,
        other => panic!("the README has the role {other:?}"),
    };
    matches!(came, Good::Role(role) if role >= least)
}

fn filled(path: &str, account: &str) -> String {
    path.replace("{account}", account)
        .replace("{id}", "asha")
        .replace("{name}", "sales")
        .replace("{call}", "one")
        .replace("{number}", "9812345678")
        .replace("{asset}", "console.css")
        .replace("{part}", "start.js")
}

async fn status(server: &TestServer, method: &str, path: &str, came: Came) -> StatusCode {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let key = came
        .key
        .map(|key| format!("?key={key}"))
        .unwrap_or_default();
    let request = server
        .client
        .request(method, server.url(&format!("{path}{key}")));
    let request = match came.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap().status()
}

/// What a browser may do with a page of the console.
const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// As many may be wrong as like.
async fn server() -> TestServer {
    TestServer::with_settings("limits = { refused_per_minute = 100000 }", "").await
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let server = server().await;
    let routes = documented_routes();
    assert!(routes.len() > 20, "{routes:?}");
    for (method, path, needed) in &routes {
        for (name, came, good) in CREDENTIALS {
            let status = status(&server, method, &filled(path, "default"), came).await;
            let is_in = !matches!(status.as_u16(), 401 | 403);
            assert_eq!(
                is_in,
                lets_in(needed, good),
                "{method} {path} with {name}: {status}"
            );
        }
        // The same credentials at the door of another account, and of one that does not exist.
        for account in ["other", "nobody", "No%20One"] {
            for (name, came, _) in CREDENTIALS
                .into_iter()
                .filter(|(name, ..)| !name.contains("another"))
            {
                let path_there = filled(path, account);
                let is_same = path_there == filled(path, "default");
                let status = status(&server, method, &path_there, came).await;
                let is_in = !matches!(status.as_u16(), 401 | 403);
                assert!(
                    is_same || !is_in,
                    "{method} {path_there} with {name}: {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_route_takes_a_method_that_is_not_in_the_table() {
    let server = server().await;
    let routes = documented_routes();
    let all = Came {
        token: Some("boss"),
        key: Some("key"),
    };
    for (_, path, _) in &routes {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            let is_documented = routes.iter().any(|(m, p, _)| m == method && p == path);
            let status = status(&server, method, &filled(path, "default"), all).await;
            let is_taken = !matches!(status.as_u16(), 404 | 405);
            // An agent or a call that nobody has is 404 as well.
            let names_one = path.contains("{id}") || path.contains("{call}");
            let is_unknown = status == 404 && names_one;
            assert!(
                is_taken == is_documented || (is_documented && is_unknown),
                "{method} {path}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn whatever_a_browser_may_show_is_guarded_and_exotels_answers_pay_nothing() {
    let server = server().await;
    for (method, path, needed) in documented_routes() {
        let came = Came {
            token: Some("boss"),
            key: Some("key"),
        };
        for came in [
            came,
            Came {
                token: None,
                key: came.key,
            },
        ] {
            let url = server.url(&format!("{}?key=key", filled(&path, "default")));
            let request = server.client.request(method.parse().unwrap(), url);
            let request = came.token.map_or(request.try_clone().unwrap(), |token| {
                request.bearer_auth(token)
            });
            let headers = request.send().await.unwrap().headers().clone();
            let has =
                |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
            // Pages show more, and forms on them say where they come from; style and script may be kept.
            let is_page = ["/", "/console/sign-in", "/console/sign-out"].contains(&path.as_str());
            let may_be_kept = path.starts_with("/console/assets/");
            let (shows_the_api, is_part_of_it) = (path == "/docs", path == "/docs/{part}");
            let is_guarded = has("x-content-type-options", "nosniff")
                && has(
                    "cache-control",
                    match (may_be_kept, is_part_of_it) {
                        (true, _) => "no-cache",
                        (_, true) => "max-age=3600",
                        _ => "no-store",
                    },
                )
                && has(
                    "referrer-policy",
                    if is_page {
                        "same-origin"
                    } else {
                        "no-referrer"
                    },
                )
                && has(
                    "content-security-policy",
                    if is_page {
                        PAGES
                    } else if shows_the_api {
                        DESCRIPTION
                    } else {
                        "default-src 'none'; frame-ancestors 'none'"
                    },
                );
            assert_eq!(is_guarded, needed != "key", "{method} {path}: {headers:?}");
            assert!(!headers.contains_key("strict-transport-security"), "{path}");
        }
    }
}
