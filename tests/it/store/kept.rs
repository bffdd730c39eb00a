//! How much is kept of what agents were, for how long, and what it means when it isn't.

use std::num::NonZeroU32;
use std::time::Duration;

use redis::{FromRedisValue, Value};
use ringmaster::presence::{AgentState, Customer, LegEvent, Presence, Retention, Status};

use super::past::{states, told, unknown};
use super::sticky::caller;
use super::world::*;
use crate::support::redis::RedisServer;

const HOUR: Duration = Duration::from_hours(1);

fn retention(hours: u64, changes: u32) -> Retention {
    Retention {
        kept: HOUR * u32::try_from(hours).unwrap(),
        changes: NonZeroU32::new(changes).unwrap(),
    }
}

#[tokio::test]
async fn of_too_many_changes_the_oldest_go_and_what_they_were_is_unknown() {
    for world in World::keeping(retention(72, 100)) {
        world.staff(&[agent("a"), agent("b")]).await;
        let begun = world.now();
        for number in 0..200 {
            world.pass(1);
            world.set("a", Presence::Offline).await;
            world.pass(1);
            world.set("a", Presence::Available).await;
            if number == 0 {
                world.set("b", Presence::Offline).await;
            }
        }
        let past = world.past().await;
        assert_eq!(unknown(&past, begun), ["a"]);
        assert_eq!(states(past.at(begun)), ["b idle"], "the others are told of");
        let recent = world.now().minus(Duration::from_secs(99));
        assert_eq!(unknown(&past, recent), [""; 0]);
        assert_eq!(told(past.at(recent))[0].status, Status::Offline);
    }
}

#[tokio::test]
async fn switched_off_nothing_is_kept_and_only_now_can_be_told() {
    for world in World::keeping(Retention::NONE) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![sales()])).await;
        world.remove("a").await;
        world.staff(&[agent("b")]).await;
        world.pass(1);
        let past = world.past().await;
        assert_eq!((past.from(), past.to()), (world.now(), world.now()));
        assert_eq!(states(past.at(world.now())), ["b idle"]);
    }
}

#[tokio::test]
async fn what_happened_while_it_was_switched_off_is_unknown() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    world.staff(&[agent("a")]).await;
    let before = world.now();
    let without = world.with(&server, Retention::NONE);
    world.pass(10);
    without.set("a", Presence::Offline).await;
    let unheard = world.now();
    world.pass(10);
    world.set("a", Presence::Available).await;
    let past = world.past().await;
    assert_eq!(unknown(&past, before), ["a"]);
    assert_eq!(unknown(&past, unheard.minus(Duration::from_secs(1))), ["a"]);
    assert_eq!(unknown(&past, unheard), [""; 0]);
    assert_eq!(told(past.at(unheard))[0].status, Status::Offline);
}

fn ask<T: FromRedisValue>(server: &RedisServer, words: &str) -> T {
    let mut words = words.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    command.query(&mut connection).unwrap()
}

#[tokio::test]
async fn switched_off_there_is_no_key_of_it() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::NONE);
    world.staff(&[agent("a")]).await;
    world.rings(&fetch("one", vec![sales()])).await;
    world.remove("a").await;
    let keys: Vec<String> = ask(&server, "KEYS *");
    let is_of_it = |key: &&String| key.contains(":past:") || key.ends_with(":removed");
    assert_eq!(keys.iter().find(is_of_it), None);
}

#[tokio::test]
async fn a_stream_expires_with_the_last_that_is_kept_and_has_no_heartbeats() {
    let server = RedisServer::start();
    let world = World::on(&server, retention(2, 100));
    world.staff(&[agent("a")]).await;
    let length: usize = ask(&server, "XLEN rm:{default}:3:past:a");
    assert_eq!(length, 2, "made, and available");
    for _ in 0..20 {
        world.pass(30);
        world.beat("a").await;
        world.set("a", Presence::Available).await;
    }
    assert_eq!(ask::<usize>(&server, "XLEN rm:{default}:3:past:a"), length);
    world.rings(&fetch("one", vec![sales()])).await;
    assert_eq!(
        ask::<usize>(&server, "XLEN rm:{default}:3:past:a"),
        length + 1
    );
    let left: u64 = ask(&server, "PTTL rm:{default}:3:past:a");
    assert!((7_000_000..=7_200_000).contains(&left), "{left} ms");
    world.pass(7_201);
    world.beat("a").await;
    assert_eq!(
        ask::<usize>(&server, "XLEN rm:{default}:3:past:a"),
        1,
        "older ones went"
    );
    world.remove("a").await;
    let left: u64 = ask(&server, "PTTL rm:{default}:3:removed");
    assert!((7_000_000..=7_200_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn nothing_of_a_caller_is_in_it() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    world.staff(&[agent("a")]).await;
    let mut call = fetch("one", vec![sales()]).keyed("42424242");
    call.customer = Some(Customer {
        number: caller(0),
        bound_for: HOUR,
        sticky: None,
    });
    world.rings(&call).await;
    assert!(world.event("one", "a", LegEvent::Answered).await);
    assert!(world.event("one", "a", LegEvent::Terminal).await);
    let entries: Value = ask(&server, "XRANGE rm:{default}:3:past:a - +");
    let dump: Vec<u8> = ask(&server, "DUMP rm:{default}:3:past:a");
    let text = format!("{entries:?}{}", String::from_utf8_lossy(&dump));
    assert!(text.contains("one"), "the call's name is: {text}");
    for secret in [&caller(0).to_string()[1..], "42424242"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// As after an upgrade, when the rights of the user are those of before.
#[tokio::test]
async fn without_the_right_to_keep_it_agents_are_rung_all_the_same() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    ask::<()>(
        &server,
        "ACL SETUSER default -xadd -xtrim -xlen -xrange -xrevrange",
    );
    world.staff(&[agent("a")]).await;
    assert_eq!(world.rings(&fetch("one", vec![sales()])).await, ["a"]);
    assert_eq!(world.agent("a").await.state, AgentState::Reserved);
    assert!(world.event("one", "a", LegEvent::Answered).await);
    let refused = world.store.past(&world.account, START, world.now()).await;
    assert_eq!(refused.unwrap_err().code(), "refused");
}

#[tokio::test]
async fn an_entry_of_another_form_makes_one_agent_unknown_and_no_more() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    world.staff(&[agent("a"), agent("b")]).await;
    let before = world.now();
    world.pass(1);
    let at = world.now().as_millis();
    ask::<String>(
        &server,
        &format!("XADD rm:{{default}}:3:past:a {at}-0 r rshort"),
    );
    world.pass(1);
    world.set("a", Presence::Offline).await;
    let past = world.past().await;
    assert_eq!(unknown(&past, before), ["a"]);
    assert_eq!(states(past.at(before)), ["b idle"]);
    assert_eq!(told(past.at(world.now()))[0].status, Status::Offline);
}

/// A new layout keeps profiles and what people chose, and nothing of what was.
#[tokio::test]
async fn before_a_new_layout_agents_are_unknown() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    world.staff(&[agent("a")]).await;
    let before = world.now();
    for key in ["records", "cards", "registry", "built", "past:a"] {
        ask::<usize>(&server, &format!("DEL rm:{{default}}:3:{key}"));
    }
    world.pass(10);
    let call = fetch("one", vec![sales()]);
    world
        .store
        .prepare(&world.account, &queues_of(&call))
        .await
        .unwrap();
    let anew = world.now();
    world.pass(1);
    let past = world.past().await;
    assert_eq!(unknown(&past, before), ["a"]);
    assert_eq!(told(past.at(anew))[0].status, Status::Available);
}

#[tokio::test]
async fn many_agents_are_read_in_pages() {
    let server = RedisServer::start();
    let world = World::on(&server, Retention::USUAL);
    let everybody: Vec<_> = (0..450).map(|n| agent(&format!("agent-{n:03}"))).collect();
    world.staff(&everybody).await;
    let there = world.now();
    for profile in &everybody[..430] {
        world.pass(1);
        world.remove(profile.id.as_str()).await;
    }
    let past = world.past().await;
    assert_eq!(told(past.at(there)).len(), 450);
    assert_eq!(told(past.at(world.now())).len(), 20);
}
