//! What those who watch are told.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use ringmaster::presence::store::View;
use ringmaster::presence::{Presence, Store as _};
use ringmaster::telephony::{AccountName, AgentId};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;

use super::{Browser, status};
use crate::support::flaky::Mood;
use crate::support::server::TestServer;

const LIVE: &str = "/v1/accounts/default/live";

/// Somebody who watches.
struct Watching {
    response: Response,
    text: String,
}

impl Watching {
    async fn of(server: &TestServer) -> Self {
        let response = server.api(Method::GET, "/live", "wallboard").send().await;
        let response = response.unwrap().error_for_status().unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event with its data; none when there will be none.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some((event, data)) = frame.split_once("\ndata: ") {
                    let event = event.strip_prefix("event: ").unwrap().to_owned();
                    return Some((event, serde_json::from_str(data).unwrap()));
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk());
            let chunk = chunk.await.expect("nothing is told any more").ok()??;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The next event that says something of this part.
    async fn part(&mut self, name: &str) -> (String, Value, String) {
        loop {
            let (event, told) = self.next().await.expect("the stream goes on");
            if let Some(html) = told["parts"][name].as_str() {
                let html = html.to_owned();
                return (event, told, html);
            }
        }
    }
}

#[tokio::test]
async fn a_viewer_is_told_everything_first_and_then_what_changes_and_no_more() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let mut watching = Watching::of(&server).await;
    let (event, told, html) = watching.part("agent:asha").await;
    assert_eq!(event, "board");
    assert!(html.contains("Ready"), "{html}");
    assert_eq!(told["clock"], "11:00:00", "the account's clocks");
    for part in [
        "agent:bilal",
        "queue:sales",
        "queue:hindi",
        "now",
        "today",
        "waiting",
        "rules",
    ] {
        assert!(told["parts"][part].is_string(), "{part}: {told:#}");
    }
    server
        .connect("CallSid=one&From=09800012345&To=01135124157")
        .await;
    let (event, told, html) = watching.part("agent:asha").await;
    assert_eq!(event, "change");
    assert!(
        html.contains("Reserved") && html.contains("data-until"),
        "{html}"
    );
    assert!(told["parts"]["agent:bilal"].is_null(), "{told:#}");
    assert!(told["parts"]["queue:hindi"].is_null(), "{told:#}");
    // It comes with the agent's row, or a moment later.
    let mut told = told;
    while told["decisions"].as_array().is_some_and(Vec::is_empty) {
        (_, told) = watching.next().await.unwrap();
    }
    let decision = told["decisions"][0]["html"].as_str().unwrap();
    assert!(
        decision.contains("rings asha") && decision.contains("data-call=\"one\""),
        "{decision}"
    );
    assert!(
        decision.contains("+9198xxxxx345") && !decision.contains("9800012345"),
        "{decision}"
    );
    // Whoever comes later has all of it at once.
    let (event, told) = Watching::of(&server).await.next().await.unwrap();
    assert_eq!(event, "board");
    assert_eq!(told["decisions"].as_array().unwrap().len(), 1);
    let shape = told["shape"].clone();
    server.agent("chitra", "9812345680").await;
    loop {
        let (_, told) = watching.next().await.unwrap();
        if told["shape"] != shape {
            break;
        }
    }
    // The page says the same as the stream.
    let (event, told) = Watching::of(&server).await.next().await.unwrap();
    let (_, page) = Browser::signed_in(&server.url(""), "boss")
        .await
        .page()
        .await;
    assert!(event == "board" && page.contains(told["parts"]["agent:asha"].as_str().unwrap()));
    assert!(page.contains(&format!("data-shape={}", told["shape"])));
    assert!(page.contains("data-clock=\"11:00:0") && page.contains("data-zone=\"Asia/Kolkata\""));
}

#[tokio::test]
async fn answered_calls_are_counted_with_how_long_their_callers_waited() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let mut watching = Watching::of(&server).await;
    server
        .connect("CallSid=one&From=09800012345&To=01135124157")
        .await;
    server.clock.advance(Duration::from_secs(6));
    for event in ["Dial", "Answered"] {
        let report = format!(
            "/exotel/default/events?key=key&CallSid=one&DialWhomNumber=%2B919812345678&EventType={event}"
        );
        server.client.get(server.url(&report)).send().await.unwrap();
    }
    loop {
        let (_, _, html) = watching.part("today").await;
        if html.contains("6.0 s") {
            assert!(
                html.contains("of 1 call that asked") && html.contains("100 %"),
                "{html}"
            );
            assert!(
                html.contains("Answered today by the hour: 11:00 1"),
                "{html}"
            );
            break;
        }
    }
}

#[tokio::test]
async fn when_the_store_fails_viewers_are_told_and_see_all_of_it_when_it_is_back() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let mut watching = Watching::of(&server).await;
    watching.part("agent:asha").await;
    server.store.becomes(Mood::Failing);
    while watching.next().await.unwrap().0 != "blind" {}
    let page = Browser::of(&server);
    assert_eq!(
        status(page.plain(Method::GET, "/")).await,
        200,
        "the door needs no store"
    );
    server.store.becomes(Mood::Well);
    let (event, _, html) = watching.part("agent:asha").await;
    assert_eq!(event, "board");
    assert!(html.contains("Ready"), "{html}");
}

#[tokio::test]
async fn as_many_watch_as_may_and_the_stream_ends_with_the_session_and_with_the_service() {
    let server =
        TestServer::with_settings("drain_seconds = 2\nhistory = { viewers = 1 }", "").await;
    server.agent("asha", "9812345678").await;
    let mut watching = Watching::of(&server).await;
    watching.part("agent:asha").await;
    let browser = Browser::signed_in(&server.url(""), "wallboard").await;
    assert_eq!(status(browser.asks(Method::GET, LIVE)).await, 429);
    let ((), ()) = tokio::join!(server.running.drain(), async {
        while watching.next().await.is_some() {}
        assert!(watching.text.is_empty(), "{}", watching.text);
        assert_eq!(status(browser.asks(Method::GET, LIVE)).await, 503);
    });
}

/// Three hundred agents change all together, again and again, beside somebody who takes nothing of it.
#[tokio::test]
async fn whoever_takes_nothing_is_let_go_and_the_others_notice_nothing() {
    let server = TestServer::with_settings("history = { viewers = 2 }", "").await;
    let agents: Vec<_> = (0..300)
        .map(|n| json!({ "id": format!("agent-{n}"), "name": "A", "destinations": [format!("sip:agent-{n}")], "groups": ["sales"] }))
        .collect();
    let put = server
        .admin(Method::PUT, "/agents", Some(json!(agents)))
        .await;
    put.error_for_status().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stalled = socket.connect(server.address()).await.unwrap();
    let request =
        format!("GET {LIVE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer wallboard\r\n\r\n");
    stalled.write_all(request.as_bytes()).await.unwrap();
    let mut watching = Watching::of(&server).await;
    let third = || status(server.api(Method::GET, "/live", "wallboard"));
    assert_eq!(third().await, 429);
    let (view, account) = (
        View {
            heartbeat: None,
            utc_offset_seconds: 0,
        },
        AccountName::default(),
    );
    let began = Instant::now();
    let mut round = 0;
    let room = loop {
        round += 1;
        let reason = Some(format!(
            "{round} {}",
            "for a reason that is told at length ".repeat(2)
        ));
        let presence = Presence::OnBreak {
            reason,
            lasting: None,
        };
        for n in 0..300 {
            let id = AgentId::parse(&format!("agent-{n}")).unwrap();
            server
                .store
                .set_presence(&account, &id, &presence, None, view)
                .await
                .unwrap();
        }
        let told = Instant::now();
        loop {
            let (_, _, html) = watching.part("agent:agent-299").await;
            if html.contains(&format!(">{round} for")) {
                break;
            }
        }
        assert!(told.elapsed() < Duration::from_secs(10), "the others wait");
        if third().await == 200 {
            break began.elapsed();
        }
        assert!(
            began.elapsed() < Duration::from_mins(2),
            "it is still there"
        );
    };
    println!("let go after {room:?}");
}
