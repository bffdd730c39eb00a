//! Sessions: from a token to a cookie, what the cookie is good for, and how it ends.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ETAG, IF_NONE_MATCH, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};

use super::{Browser, status};
use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;
use crate::support::server::{RULES, TestServer};

const AGENTS: &str = "/v1/accounts/default/agents";

async fn code(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    (
        status,
        problem["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn a_right_token_gets_a_cookie_that_does_not_hold_it() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let browser = Browser::of(&server);
    let (status, page) = browser.page().await;
    assert!(
        status == 200 && page.contains("action=\"/console/sign-in\""),
        "{page}"
    );
    assert!(!page.contains("asha"), "{page}");
    let response = browser.sign_in("default", "anita-key").await;
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    for part in [
        "ringmaster=default.",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("anita-key") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let browser = Browser::signed_in(&server.url(""), "anita-key").await;
    let (status, page) = browser.page().await;
    assert_eq!(status, 200, "{page}");
    for part in [
        "data-role=\"admin\"",
        "anita, admin",
        "data-agent=\"asha\"",
        "Ready",
        "Queue sales",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Nothing in it acts but what comes from files of ours.
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="));
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script type=\"module\" src=\"/console/")
            .count()
    );
}

#[tokio::test]
async fn over_https_the_cookie_is_for_https_alone() {
    let server = TestServer::start().await;
    let browser = Browser::of(&server);
    let host = server.address().to_string();
    let request = browser.plain(Method::POST, "/console/sign-in");
    let request = request
        .header(ORIGIN, format!("https://{host}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("account=default&token=boss");
    let response = request.send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-ringmaster=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    // Any host of the domain could have set the one without the prefix.
    let cookie = cookie.split(';').next().unwrap();
    let plain = cookie.trim_start_matches("__Host-");
    for (cookie, expected) in [(cookie, 200), (plain, 401)] {
        let request = browser.plain(Method::GET, AGENTS).header("cookie", cookie);
        let request = request.header("x-forwarded-proto", "https");
        assert_eq!(status(request).await, expected, "{cookie}");
    }
    let page = browser.plain(Method::GET, "/").header("cookie", plain);
    let page = page
        .header("x-forwarded-proto", "https")
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains("Sign in"));
}

#[tokio::test]
async fn wrong_tokens_are_counted_as_those_of_the_api_are() {
    let server = TestServer::with_settings("limits = { refused_per_minute = 3 }", "").await;
    let browser = Browser::of(&server);
    for (account, token) in [
        ("default", "sesame"),
        ("default", "stranger"),
        ("No One", "boss"),
    ] {
        let response = browser.sign_in(account, token).await;
        assert_eq!(response.status(), 401, "{account} {token}");
        let page = response.text().await.unwrap();
        assert!(page.contains("The account has no such token."), "{page}");
        assert!(!page.contains(token), "{page}");
    }
    assert_eq!(browser.sign_in("default", "sesame").await.status(), 429);
    let strangers = server.client.get(server.url(AGENTS)).send().await.unwrap();
    assert_eq!(strangers.status(), 429, "they are counted together");
    assert_eq!(
        browser.sign_in("default", "boss").await.status(),
        303,
        "a right one passes"
    );
}

#[tokio::test]
async fn the_session_does_what_its_token_may_and_only_for_its_account() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let presence = format!("{AGENTS}/asha/presence");
    let release = format!("{AGENTS}/asha/release");
    let on_break = json!({ "status": "on_break", "reason": "lunch", "for": "30m" });
    for (token, reads, sets, removes) in [
        ("wallboard", 200, 403, 403),
        ("desk", 200, 200, 403),
        ("boss", 200, 200, 204),
    ] {
        let browser = Browser::signed_in(&server.url(""), token).await;
        assert_eq!(
            status(browser.asks(Method::GET, AGENTS)).await,
            reads,
            "{token}"
        );
        let put = browser.asks(Method::PUT, &presence).json(&on_break);
        assert_eq!(status(put).await, sets, "{token}");
        assert_eq!(
            status(browser.asks(Method::POST, &release)).await,
            sets,
            "{token}"
        );
        let remove = browser.asks(Method::DELETE, &format!("{AGENTS}/asha"));
        assert_eq!(status(remove).await, removes, "{token}");
        let of_another = browser.asks(Method::GET, "/v1/accounts/other/agents");
        assert_eq!(code(of_another).await, (403, "wrong-account".to_owned()));
    }
}

#[tokio::test]
async fn what_other_sites_have_a_browser_send_is_refused() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let browser = Browser::signed_in(&server.url(""), "boss").await;
    let refused = (403, "cross-site".to_owned());
    for site in ["cross-site", "same-site", "none"] {
        for method in [Method::GET, Method::DELETE] {
            let path = format!("{AGENTS}/asha");
            let request = browser.plain(method, &path).header("sec-fetch-site", site);
            assert_eq!(code(request).await, refused, "{site}");
        }
    }
    let path = format!("{AGENTS}/asha/release");
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let request = browser.plain(Method::POST, &path).header(ORIGIN, origin);
        assert_eq!(code(request).await, refused, "{origin}");
    }
    assert_eq!(
        code(browser.plain(Method::POST, &path)).await,
        refused,
        "of nobody"
    );
    let own = browser
        .plain(Method::POST, &path)
        .header(ORIGIN, &browser.address);
    assert_eq!(status(own).await, 200);
    assert_eq!(
        status(browser.plain(Method::GET, AGENTS)).await,
        200,
        "it changes nothing"
    );
    // No other site's page is let in either, and none may read what is answered.
    let sign_in = browser
        .plain(Method::POST, "/console/sign-in")
        .header(ORIGIN, "https://evil.example");
    let form = sign_in.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(status(form.body("account=default&token=boss")).await, 403);
    let sign_out = browser
        .plain(Method::POST, "/console/sign-out")
        .header(ORIGIN, "https://evil.example");
    assert_eq!(status(sign_out).await, 403);
    let preflight = browser
        .plain(Method::OPTIONS, AGENTS)
        .header(ORIGIN, "https://evil.example");
    let response = preflight.send().await.unwrap();
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );
}

#[tokio::test]
async fn a_token_that_is_sent_counts_and_the_cookie_beside_it_does_not() {
    let server = TestServer::start().await;
    let browser = Browser::signed_in(&server.url(""), "boss").await;
    let request = browser.asks(Method::DELETE, &format!("{AGENTS}/asha"));
    assert_eq!(
        code(request.bearer_auth("wallboard")).await.1,
        "role-too-low"
    );
    let request = browser
        .plain(Method::GET, AGENTS)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(status(request.bearer_auth("wallboard")).await, 200);
}

#[tokio::test]
async fn a_session_ends_when_somebody_signs_out_and_when_nobody_uses_it() {
    let server = TestServer::start().await;
    let over = (401, "session-over".to_owned());
    let browser = Browser::signed_in(&server.url(""), "boss").await;
    let response = browser.form("/console/sign-out").send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        response.status() == 303 && cookie.contains("Max-Age=0"),
        "{cookie}"
    );
    assert_eq!(
        code(browser.asks(Method::GET, AGENTS)).await,
        over,
        "the cookie is worth nothing"
    );
    assert!(browser.page().await.1.contains("Sign in"));

    let browser = Browser::signed_in(&server.url(""), "boss").await;
    for _ in 0..3 {
        server.clock.advance(Duration::from_hours(11));
        assert!(
            browser.page().await.1.contains("data-role=\"admin\""),
            "it is in use"
        );
    }
    server.clock.advance(Duration::from_hours(13));
    assert_eq!(code(browser.asks(Method::GET, AGENTS)).await, over);
    let made_up = format!("default.{}", "0".repeat(43));
    let request = server
        .client
        .get(server.url(AGENTS))
        .header("cookie", format!("ringmaster={made_up}"));
    assert_eq!(code(request).await, over);
}

#[tokio::test]
async fn every_instance_knows_the_session() {
    let redis = RedisServer::start();
    let office = Office::on_redis(2, &redis, PATIENT, RULES);
    let browser = Browser::signed_in(&office.processes[0].url(""), "boss").await;
    let mut other = Browser::at(&office.processes[1].url(""));
    other.cookie.clone_from(&browser.cookie);
    assert_eq!(status(other.asks(Method::GET, AGENTS)).await, 200);
    assert_eq!(status(other.form("/console/sign-out")).await, 303);
    assert_eq!(status(browser.asks(Method::GET, AGENTS)).await, 401);
}

#[tokio::test]
async fn style_and_script_are_kept_by_browsers_as_long_as_they_are_the_same() {
    let server = TestServer::start().await;
    let browser = Browser::of(&server);
    for (name, kind) in [
        ("console.css", "text/css; charset=utf-8"),
        ("live.js", "text/javascript; charset=utf-8"),
    ] {
        let path = format!("/console/assets/{name}");
        let response = browser.plain(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], kind);
        let tag = response.headers()[ETAG].clone();
        let again = browser.plain(Method::GET, &path).header(IF_NONE_MATCH, tag);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304);
        assert!(again.text().await.unwrap().is_empty());
        let other = browser
            .plain(Method::GET, &path)
            .header(IF_NONE_MATCH, "\"other\"");
        assert_eq!(status(other).await, 200);
    }
    assert_eq!(
        status(browser.plain(Method::GET, "/console/assets/none.js")).await,
        404
    );
}
