//! Liveness and readiness, asked over HTTP and with `ringmaster health`.

use std::net::TcpListener;

use futures_util::FutureExt;
use insta::assert_snapshot;

use crate::metrics::Scrape;
use crate::support::desk::{Desk, rules};
use crate::support::flaky::Mood;
use crate::support::process::{ServerProcess, ringmaster};
use crate::support::server::{RULES, TestServer, laid_out, shown};

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
        "failing_lines": 0,
        "refuses_decisions": false,
        "status": "ok"
      }
    }
    "#);
}

/// What `/readyz` says as soon as this is its status: the store is asked once a second at most.
async fn once(server: &TestServer, status: &str) -> reqwest::Response {
    for _ in 0..200 {
        let ready = || server.client.get(server.url("/readyz")).send();
        let said: serde_json::Value = ready().await.unwrap().json().await.unwrap();
        if said["status"] == status {
            return ready().await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it is never {status}");
}

#[tokio::test]
async fn however_many_ask_whether_it_is_ready_the_store_is_asked_once_a_second() {
    let server = TestServer::start().await;
    let pings = async || {
        let line = "ringmaster_store_seconds_count{operation=\"ping\"}";
        Scrape::of(&server).await.of_line(line)
    };
    let began = std::time::Instant::now();
    let before = pings().await;
    for _ in 0..200 {
        let ready = server.client.get(server.url("/readyz")).send();
        assert_eq!(ready.await.unwrap().status(), 200);
    }
    let asked = pings().await - before;
    let seconds = began.elapsed().as_secs_f64();
    assert!(
        asked >= 1.0 && asked <= seconds + 1.0,
        "{asked} in {seconds} s"
    );
}

/// The fallback is worth more than no instance, unless somebody has something better in its place.
#[tokio::test]
async fn whether_it_is_ready_without_its_store_is_for_the_settings_to_say() {
    for (settings, status) in [("", 200), ("ready_when_degraded = false", 503)] {
        let server = TestServer::with_settings(settings, "").await;
        let ready = || server.client.get(server.url("/readyz")).send();
        assert_eq!(ready().await.unwrap().status(), 200, "{settings}");
        server.store.becomes(Mood::Failing);
        let degraded = once(&server, "degraded").await;
        assert_eq!(degraded.status(), status, "{settings}");
        let said = laid_out(degraded).await;
        assert!(said.contains("\"status\": \"degraded\""), "{said}");
    }
}

#[tokio::test]
async fn without_any_rules_it_is_alive_but_not_ready() {
    let desk = Desk::comparing(|folder| std::fs::create_dir(folder.join("rules")).unwrap());
    let status = async |path: &str| {
        let url = desk.server.url(path);
        reqwest::get(url).await.unwrap().status().as_u16()
    };
    assert_eq!(
        (status("/livez").await, status("/readyz").await),
        (200, 503)
    );
    desk.write("rules/default.yaml", &rules(1));
    desk.soon("ready", async || status("/readyz").await == 200)
        .await;
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

/// Exit code, output and what was complained of.
fn health(arguments: &[&str]) -> (i32, String, String) {
    let arguments: Vec<_> = ["health"].iter().chain(arguments).copied().collect();
    let output = ringmaster(&arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn health_says_what_the_server_says() {
    let server = ServerProcess::serve("accounts.default.keys = ['key']", RULES);
    let url = format!("http://{}", server.address());
    let (code, said, _) = health(&["--url", &url]);
    assert_eq!(code, 0);
    assert!(said.starts_with(r#"{"status":"ready""#), "{said}");
    let (code, said, _) = health(&["--live", "--url", &url]);
    assert_eq!((code, said.as_str()), (0, "ok\n"));
}

#[test]
fn health_finds_the_server_of_the_settings() {
    let server = ServerProcess::serve("accounts.default.keys = ['key']", RULES);
    let mut command = ringmaster(&["health"]);
    let listen = format!("0.0.0.0:{}", server.address().port());
    // A proxy of the machine's has no part in it.
    let asked = command
        .env("RINGMASTER__LISTEN", listen)
        .env("http_proxy", "http://127.0.0.1:9");
    assert_eq!(asked.output().unwrap().status.code(), Some(0));
}

#[test]
fn health_tells_of_a_server_that_is_on_its_way_out() {
    let settings = "drain_seconds = 30\naccounts.default.keys = ['key']";
    let server = ServerProcess::serve(settings, RULES);
    let url = format!("http://{}", server.address());
    server.program.terminate();
    let told = |_| {
        let (code, _, complaint) = health(&["--url", &url]);
        (code == 1 && complaint.contains("answered 503")).then_some(())
    };
    (0..100).find_map(told).expect("it never said so");
    assert_eq!(health(&["--live", "--url", &url]).0, 0);
}

#[test]
fn health_tells_of_a_server_that_does_not_answer() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    // Lets connections in, and says nothing.
    let (code, said, complaint) = health(&["--url", &url]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(
        complaint.contains("does not say that it is well"),
        "{complaint}"
    );
    drop(nobody);
    assert_eq!(health(&["--url", &url]).0, 1);
}

#[test]
fn health_needs_to_know_whom_to_ask() {
    for arguments in [&["--url", "127.0.0.1:8080"][..], &["--config", "gone.toml"]] {
        let (code, _, complaint) = health(arguments);
        assert_eq!(code, 2, "{complaint}");
    }
}
