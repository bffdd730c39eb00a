//! A session that somebody has signed out of is over, and so is what was opened with it.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};

use super::{Browser, status};
use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;
use crate::support::server::{RULES, TestServer};

const AGENTS: &str = "/v1/accounts/default/agents";
const LIVE: &str = "/v1/accounts/default/live";
const DECISIONS: &str = "/v1/accounts/default/decisions/stream";
/// Three seconds between two looks at the session, and what a busy machine may add.
const SOON: Duration = Duration::from_secs(9);
/// Well below the time between two looks.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A stream that has begun.
async fn opened(browser: &Browser, path: &str) -> Response {
    let response = browser.asks(Method::GET, path).send().await.unwrap();
    let mut response = response.error_for_status().unwrap();
    assert!(goes_on(&mut response).await, "{path}");
    response
}

/// Does more come?
async fn goes_on(stream: &mut Response) -> bool {
    let chunk = tokio::time::timeout(Duration::from_secs(20), stream.chunk());
    matches!(chunk.await.expect("silence"), Ok(Some(_)))
}

/// How long it takes until nothing more comes.
async fn ends_after(mut stream: Response) -> Duration {
    let began = Instant::now();
    while goes_on(&mut stream).await {
        assert!(began.elapsed() < Duration::from_secs(30), "it goes on");
    }
    began.elapsed()
}

#[tokio::test]
async fn who_signs_out_is_shown_nothing_more_and_others_are() {
    let server = TestServer::start().await;
    let browser = Browser::signed_in(&server.url(""), "boss").await;
    let other = Browser::signed_in(&server.url(""), "boss").await;
    let mut streams = Vec::new();
    for path in [LIVE, DECISIONS] {
        streams.push(opened(&browser, path).await);
    }
    let mut others = opened(&other, LIVE).await;
    // The first look at the session is over.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(status(browser.form("/console/sign-out")).await, 303);
    for stream in streams {
        let took = ends_after(stream).await;
        assert!(took < AT_ONCE, "{took:?}");
    }
    for _ in 0..2 {
        assert!(goes_on(&mut others).await, "another session's");
    }
}

#[tokio::test]
async fn who_signs_out_on_another_instance_is_soon_shown_nothing_more() {
    let redis = RedisServer::start();
    let office = Office::on_redis(2, &redis, PATIENT, RULES);
    let browser = Browser::signed_in(&office.processes[0].url(""), "boss").await;
    let mut there = Browser::at(&office.processes[1].url(""));
    there.cookie.clone_from(&browser.cookie);
    let streams = [opened(&there, LIVE).await, opened(&there, DECISIONS).await];
    assert_eq!(status(browser.form("/console/sign-out")).await, 303);
    let took = futures_util::future::join_all(streams.map(ends_after)).await;
    assert!(took.iter().all(|took| *took < SOON), "{took:?}");
}

#[tokio::test]
async fn with_a_session_that_has_expired_goes_what_it_was_shown() {
    let server = TestServer::start().await;
    let browser = Browser::signed_in(&server.url(""), "boss").await;
    let stream = opened(&browser, LIVE).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.clock.advance(Duration::from_hours(13));
    let took = ends_after(stream).await;
    assert!(took < SOON, "{took:?}");
}

/// Pages that are fetched while somebody signs out keep nothing alive.
#[tokio::test]
async fn a_page_that_is_fetched_meanwhile_does_not_undo_that_somebody_signed_out() {
    let redis = RedisServer::start();
    let office = Office::on_redis(1, &redis, PATIENT, RULES);
    let address = office.processes[0].url("");
    for round in 0..25 {
        let browser = Browser::signed_in(&address, "boss").await;
        let pages = futures_util::future::join_all((0..4).map(|_| browser.page()));
        let (_, signed_out) = tokio::join!(pages, status(browser.form("/console/sign-out")));
        assert_eq!(signed_out, 303);
        let after = status(browser.asks(Method::GET, AGENTS)).await;
        assert_eq!(after, 401, "round {round}: the session is alive again");
    }
}
