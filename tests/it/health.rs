//! Liveness and readiness.

use futures_util::FutureExt;
use insta::assert_snapshot;

use crate::support::server::{TestServer, laid_out, shown};

#[tokio::test]
async fn alive_and_ready_without_naming_an_account() {
    let server = TestServer::start().await;
    let alive = server
        .client
        .get(server.url("/livez"))
        .send()
        .await
        .unwrap();
    assert_snapshot!(shown(alive).await, @r"
    200 text/plain; charset=utf-8
    ok
    ");
    let ready = server
        .client
        .get(server.url("/readyz"))
        .send()
        .await
        .unwrap();
    assert_snapshot!(laid_out(ready).await, @r#"
    200
    {
      "accounts": {
        "with_rules": 1,
        "without_rules": 1
      },
      "rules": {
        "missing_files": 0,
        "refused_files": 0,
        "status": "current"
      },
      "status": "ready",
      "store": {
        "breaker": "closed",
        "status": "ok"
      }
    }
    "#);
}

#[tokio::test]
async fn monitors_may_ask_with_head() {
    let server = TestServer::start().await;
    for path in ["/livez", "/readyz"] {
        let head = server.client.head(server.url(path)).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert_ne!(head.headers()["content-length"], "0", "{path}");
        let post = server.client.post(server.url(path)).send().await.unwrap();
        assert_eq!(post.status(), 405, "{path}");
        assert_eq!(post.headers()["allow"], "GET, HEAD", "{path}");
    }
}

#[tokio::test]
async fn on_the_way_out_it_is_not_ready_any_more() {
    let server = TestServer::start().await;
    // The first poll says so; the rest is waiting.
    let drain = server.running.drain();
    assert!(drain.now_or_never().is_none());
    let ready = server
        .client
        .get(server.url("/readyz"))
        .send()
        .await
        .unwrap();
    assert!(laid_out(ready).await.starts_with("503\n{\n  \"accounts\""));
}
