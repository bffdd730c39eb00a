//! From where somebody may ask.

use crate::support::server::{TestServer, shown};

const PROXIED: &str = "trusted_proxies = '127.0.0.0/8'";
const LISTS: &str = "sources = ['203.0.113.0/24', '2001:db8::/32']\napi_sources = ['10.0.0.0/8']";

async fn asked(
    server: &TestServer,
    path: &str,
    token: Option<&str>,
    header: (&str, &str),
) -> String {
    let request = server
        .client
        .get(server.url(path))
        .header(header.0, header.1);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    shown(request.send().await.unwrap()).await
}

#[tokio::test]
async fn exotel_is_let_in_from_the_accounts_networks_only() {
    let server = TestServer::with_settings(PROXIED, LISTS).await;
    let from = async |path: &str, source: &str| {
        asked(&server, path, None, ("x-forwarded-for", source)).await
    };
    for path in [
        "/ccm-programmable-connect?key=key&CallSid=one",
        "/exotel/default/events?key=key",
    ] {
        for good in [
            "203.0.113.7",
            "[2001:db8::7]:443",
            "10.9.9.9, 203.0.113.7",
            "203.0.113.7, 127.0.0.2",
        ] {
            assert!(from(path, good).await.starts_with("200"), "{path} {good}");
        }
        for bad in [
            "203.0.114.7",
            "203.0.113.7, 198.51.100.1",
            "203.0.113.7, garbage",
            "_hidden",
            "",
        ] {
            assert_eq!(from(path, bad).await, "403", "{path} {bad}");
        }
        // The other header is a stranger's, for the proxies do not write it.
        let other = asked(&server, path, None, ("forwarded", "for=203.0.113.7")).await;
        assert_eq!(other, "403");
    }
    let open = from(
        "/exotel/other/connect?key=elsewhere&CallSid=one",
        "198.51.100.1",
    )
    .await;
    assert!(
        open.starts_with("200"),
        "an account without a list lets in everybody: {open}"
    );
}

#[tokio::test]
async fn the_api_has_a_list_of_its_own_and_says_why() {
    let settings = format!("{PROXIED}\nproxy_header = 'forwarded'");
    let server = TestServer::with_settings(&settings, LISTS).await;
    let from = async |source: &str, token| {
        let path = "/v1/accounts/default/queues";
        asked(&server, path, Some(token), ("forwarded", source)).await
    };
    assert!(
        from("for=\"10.1.2.3:4711\";proto=https", "wallboard")
            .await
            .starts_with("200")
    );
    insta::assert_snapshot!(from("for=10.1.2.3, for=203.0.113.7", "boss").await, @r#"
    403 application/problem+json
    {"type":"about:blank","title":"Forbidden","status":403,"detail":"this account may not be used from this network","code":"source-not-allowed"}
    "#);
    assert!(
        from("for=10.1.2.3", "sesame").await.starts_with("401"),
        "nobody learns of lists without a token"
    );
}

#[tokio::test]
async fn without_trusted_proxies_only_the_connection_counts() {
    let server =
        TestServer::with_settings("", "sources = '127.0.0.1'\napi_sources = '10.0.0.0/8'").await;
    let claims = ("x-forwarded-for", "10.1.2.3");
    let connect = asked(
        &server,
        "/ccm-programmable-connect?key=key&CallSid=one",
        None,
        claims,
    )
    .await;
    assert!(connect.starts_with("200"), "{connect}");
    let api = asked(&server, "/v1/accounts/default/queues", Some("boss"), claims).await;
    assert!(api.starts_with("403"), "{api}");
}
