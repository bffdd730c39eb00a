//! Live, as server-sent events.

use std::time::Duration;

use reqwest::{Method, Response};

use super::{call, soon, until};
use crate::metrics::Scrape;
use crate::support::server::TestServer;

async fn watch(server: &TestServer, query: &str, last: Option<&str>) -> Response {
    let request = server.api(
        Method::GET,
        &format!("/decisions/stream{query}"),
        "wallboard",
    );
    let request = match last {
        Some(id) => request.header("Last-Event-ID", id),
        None => request,
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_viewer_sees_what_is_decided_and_after_a_break_what_it_has_missed() {
    let server = TestServer::start().await;
    let mut response = watch(&server, "", None).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    until(&mut response, &mut text, "retry: 2000\n\n").await;
    server.connect(&call("one")).await;
    until(&mut response, &mut text, "\n\n").await;
    until(&mut response, &mut text, "\"call\":\"one\"").await;
    assert!(text.contains("event: decision\ndata: {\"id\":\""), "{text}");
    let (_, id) = text.split_once("\nid: ").unwrap();
    let id = id.lines().next().unwrap().to_owned();
    drop(response);

    for number in 0..150 {
        server.connect(&call(&format!("missed-{number}"))).await;
    }
    soon(&server, "?call=missed-149", 1).await;
    let mut response = watch(&server, "", Some(&id)).await;
    let mut text = String::new();
    until(&mut response, &mut text, "\"call\":\"missed-149\"").await;
    server.connect(&call("live")).await;
    until(&mut response, &mut text, "\"call\":\"live\"").await;
    assert!(
        !text.contains("event: gap") && !text.contains("\"call\":\"one\""),
        "{text}"
    );
    let ids: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("id: "))
        .collect();
    assert_eq!(ids.len(), 151, "each once");

    let mut since = watch(&server, "?since=1h", None).await;
    let mut text = String::new();
    until(&mut since, &mut text, "\"call\":\"live\"").await;
    assert!(text.contains("\"call\":\"one\""));
}

#[tokio::test]
async fn a_viewer_who_was_away_too_long_is_told_of_the_gap() {
    let server = TestServer::with_settings("history = { decisions = 3 }", "").await;
    server.connect(&call("one")).await;
    let first = soon(&server, "", 1).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for number in 0..5 {
        server.connect(&call(&format!("call-{number}"))).await;
    }
    soon(&server, "?call=call-4", 1).await;
    let mut response = watch(&server, "", Some(&first)).await;
    let mut text = String::new();
    until(&mut response, &mut text, "\"call\":\"call-4\"").await;
    let gap = format!("event: gap\ndata: {{\"after\":\"{first}\"}}\n\n");
    assert!(text.contains(&gap), "{text}");
    let mut unknown = watch(&server, "", Some("99999999999999-7")).await;
    let mut text = String::new();
    until(&mut unknown, &mut text, "event: gap").await;
}

#[tokio::test]
async fn as_many_watch_as_may_and_the_stream_ends_when_the_service_does() {
    let server =
        TestServer::with_settings("drain_seconds = 2\nhistory = { viewers = 2 }", "").await;
    let mut one = watch(&server, "", None).await;
    let two = watch(&server, "", None).await;
    assert_eq!(
        (one.status(), two.status()),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    assert_eq!(watch(&server, "", None).await.status(), 429);
    let viewers = "ringmaster_log_viewers{account=\"default\"}";
    assert!((Scrape::of(&server).await.of_line(viewers) - 2.0).abs() < 1e-9);
    drop(two);
    let mut tries = 0;
    let mut three = loop {
        let three = watch(&server, "", None).await;
        if three.status() == 200 {
            break three;
        }
        // It shows with the next event that cannot be sent.
        server.connect(&call(&format!("call-{tries}"))).await;
        tries += 1;
        assert!(tries < 400, "whoever has gone makes room");
        tokio::time::sleep(Duration::from_millis(25)).await;
    };
    let ((), ()) = tokio::join!(server.running.drain(), async {
        for response in [&mut one, &mut three] {
            let mut text = String::new();
            until(response, &mut text, "retry: 1000\n").await;
            while response.chunk().await.unwrap().is_some() {}
        }
        assert_eq!(watch(&server, "", None).await.status(), 503);
    });
}
