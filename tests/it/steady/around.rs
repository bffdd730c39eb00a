//! Who else asks while calls come in: agents' applications, wallboards, Prometheus, a load balancer.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep;

use super::AGENTS;
use super::connection::{Connection, api, get};
use super::traffic::Traffic;

fn id(number: usize) -> String {
    format!("a{}", number % AGENTS)
}

/// All agents are there and available.
pub(super) async fn staff(address: SocketAddr) {
    let mut connection = Connection::new(address);
    let profile = |number: usize| {
        let group = if number.is_multiple_of(2) {
            "sales"
        } else {
            "support"
        };
        json!({ "id": id(number), "name": id(number), "destinations": [format!("sip:{}", id(number))],
            "groups": [group] })
    };
    let all: Vec<_> = (0..AGENTS).map(profile).collect();
    good(&mut connection, "PUT", "/agents", &json!(all).to_string()).await;
    for number in 0..AGENTS {
        let path = format!("/agents/{}/presence", id(number));
        good(&mut connection, "PUT", &path, r#"{"status":"available"}"#).await;
    }
}

async fn good(connection: &mut Connection, method: &str, path: &str, body: &str) {
    let reply = connection.ask(&api(method, path, body)).await.unwrap();
    assert!(
        (200..300).contains(&reply.status),
        "{method} {path}: {} {}",
        reply.status,
        reply.body
    );
}

/// All of them, until nothing goes on any more.
pub(super) fn begin(traffic: &Rc<Traffic>, goes_on: &Rc<Cell<bool>>) -> Vec<JoinHandle<()>> {
    let every = |pause, request: fn(usize) -> String, stays| {
        let (traffic, goes_on) = (Rc::clone(traffic), Rc::clone(goes_on));
        spawn_local(ask(traffic, goes_on, pause, request, stays))
    };
    let millis = Duration::from_millis;
    vec![
        every(millis(25), heartbeat, true),
        every(millis(200), one_agent, true),
        every(millis(500), presence, true),
        every(millis(1_000), waiting, true),
        every(millis(5_000), wallboard, true),
        every(millis(5_000), |_| get("/metrics"), true),
        // Whoever comes with a connection of its own each time.
        every(millis(100), |_| get("/readyz"), false),
        every(millis(250), call, false),
    ]
}

/// Asks again and again; with one connection that stays, or each time with another.
async fn ask(
    traffic: Rc<Traffic>,
    goes_on: Rc<Cell<bool>>,
    pause: Duration,
    request: fn(usize) -> String,
    stays: bool,
) {
    let mut connection = Connection::new(traffic.address);
    for number in 0.. {
        sleep(pause).await;
        if !goes_on.get() {
            return;
        }
        traffic.expect_good(&mut connection, &request(number)).await;
        traffic.others.set(traffic.others.get() + 1);
        if !stays {
            connection = Connection::new(traffic.address);
        }
    }
}

fn heartbeat(number: usize) -> String {
    api("POST", &format!("/agents/{}/heartbeat", id(number)), "")
}

fn one_agent(number: usize) -> String {
    api("GET", &format!("/agents/{}", id(number * 7)), "")
}

/// One after the other has a break, and comes back.
fn presence(number: usize) -> String {
    let path = format!("/agents/{}/presence", id(number / 2));
    let body = if number.is_multiple_of(2) {
        r#"{"status":"on_break","reason":"tea"}"#
    } else {
        r#"{"status":"available"}"#
    };
    api("PUT", &path, body)
}

fn waiting(_number: usize) -> String {
    api("GET", "/queues/sales", "")
}

fn wallboard(_number: usize) -> String {
    api("GET", "/agents?state=in_call", "")
}

/// One of the first calls, which stay known for longer than this lasts.
fn call(number: usize) -> String {
    let path = format!("/calls/steady{:026}", number % 50);
    api("GET", &path, "")
}
