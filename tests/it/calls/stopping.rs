//! A click is carried to its end: also when whoever clicked has hung up, and when the service stops meanwhile.

use std::time::{Duration, Instant};

use ringmaster::presence::store::View;
use ringmaster::presence::{AgentState, Store};
use ringmaster::telephony::{AccountName, AgentId};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::desk::*;

/// An application clicks for Asha, and its machine breaks down as soon as Exotel is asked: the connection is reset.
async fn clicked_and_gone(desk: &Desk) {
    let mut stream = TcpStream::connect(desk.server.address()).await.unwrap();
    let body = json!({ "agent": "asha", "to": CUSTOMER }).to_string();
    let length = body.len();
    let head =
        "POST /v1/accounts/default/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer boss\r\n";
    let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    while desk.made().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stream.set_zero_linger().unwrap();
    drop(stream);
    // Time for the server to notice. On a busy machine it may be too short, and the test then shows less.
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn state_of_asha(store: &dyn Store) -> AgentState {
    let view = View {
        heartbeat: None,
        utc_offset_seconds: 19_800,
    };
    let asha = AgentId::parse("asha").unwrap();
    let agent = store.agent(&AccountName::default(), view, &asha).await;
    agent.unwrap().unwrap().state
}

#[tokio::test]
async fn a_service_that_stops_carries_a_click_to_its_end_though_nobody_waits_for_it() {
    let delay = Duration::from_millis(900);
    let desk = Desk::patient(Keeping::Memory, success().set_delay(delay)).await;
    clicked_and_gone(&desk).await;
    assert_eq!(
        state_of_asha(&*desk.server.store).await,
        AgentState::Reserved
    );
    let store = desk.server.store.clone();
    desk.server.running.stop().await;
    assert_eq!(
        state_of_asha(&*store).await,
        AgentState::Ringing,
        "what Exotel answered has been taken in"
    );
}

#[tokio::test]
async fn a_click_that_takes_longer_than_the_grace_does_not_hold_up_the_end() {
    let delay = Duration::from_secs(15);
    let desk = Desk::patient(Keeping::Memory, success().set_delay(delay)).await;
    clicked_and_gone(&desk).await;
    let began = Instant::now();
    desk.server.running.stop().await;
    // The grace of the settings is two seconds.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(
        state_of_asha(&*desk.server.store).await,
        AgentState::Reserved
    );
}
