//! A click is carried to its end: also when whoever clicked has hung up, and when the service stops meanwhile.

use std::time::{Duration, Instant};

use reqwest::Method;
use ringmaster::presence::store::View;
use ringmaster::presence::{AgentState, Store};
use ringmaster::telephony::{AccountName, AgentId};
use serde_json::json;

use super::desk::*;

/// An application clicks for Asha, and hangs up as soon as Exotel is asked.
async fn clicked_and_hung_up(desk: &Desk, key: &str) {
    let body = json!({ "agent": "asha", "to": CUSTOMER });
    let request = desk.server.api(Method::POST, "/calls", "boss");
    let click = request.header("Idempotency-Key", key).json(&body).send();
    let asked = async {
        while desk.made().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        response = click => panic!("answered before Exotel was: {response:?}"),
        () = asked => {}
    }
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
    let delay = Duration::from_millis(300);
    let desk = Desk::patient(Keeping::Memory, success().set_delay(delay)).await;
    clicked_and_hung_up(&desk, "order-7").await;
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
    clicked_and_hung_up(&desk, "order-7").await;
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
