//! The clock of one instance is wrong by ten minutes. What lasts is reckoned by the store's clock, so nothing changes: not
//! for how long agents are held, not until when the API says so, not who counts as stale. Only the hours in rules are read
//! off the instance's own clock, and the times in its log.

use std::path::PathBuf;
use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::{Client, Method};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::book::Outcome;
use super::house::{House, command, instance, settings};
use super::load::under_load;
use super::{AGENTS, LASTS};
use crate::support::process::ServerProcess;
use crate::support::redis::RedisServer;

const WRONG_BY: i64 = 600;
/// A conversation takes no more seconds, where the rules say nothing of it.
const LONGEST_TALK: i64 = 900;
/// Nobody is held for more seconds, of which the first has begun.
const LONGEST: i64 = 8;

/// The library that shows a process another time, from Debian's package `libfaketime`.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap();
    let places = folders.map(|folder| folder.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    let mut found = places.filter(|place| place.exists());
    found.next().expect("install the package libfaketime")
}

/// An instance whose clock is wrong by so many seconds. Time goes by for it as for everybody.
fn wrong(settings: &str, by: i64) -> ServerProcess {
    let (mut command, folder) = command(settings);
    command
        .env("LD_PRELOAD", library())
        .env("FAKETIME", format!("{by:+}"))
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1");
    ServerProcess::started(command, folder)
}

/// What an instance takes the time to be, in seconds.
async fn time_at(door: &str) -> i64 {
    let answer = Client::new().get(format!("{door}/livez")).send().await;
    let answer = answer.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    rfc2822::parse(date).unwrap().timestamp().as_second()
}

/// What an instance says of all agents, but for what is less from second to second.
async fn seen_by(house: &House, instance: usize) -> Vec<Value> {
    let list = house.admin(instance, Method::GET, "/agents", &Value::Null);
    let mut agents = list.await["agents"].as_array().unwrap().clone();
    for agent in &mut agents {
        agent.as_object_mut().unwrap().remove("remaining");
    }
    agents
}

fn seconds_until(agent: &Value, field: &str, now: i64) -> i64 {
    let until: jiff::Timestamp = agent[field].as_str().unwrap().parse().unwrap();
    until.as_second() - now
}

#[rstest]
#[case::fast(WRONG_BY)]
#[case::slow(-WRONG_BY)]
#[tokio::test]
async fn an_instance_whose_clock_is_wrong_changes_nothing(#[case] by: i64) {
    let redis = RedisServer::start();
    let settings = settings(0, &redis.url());
    let house = House::of(vec![instance(&settings), wrong(&settings, by)]).await;
    let doors = house.doors();
    let now = time_at(&doors[0]).await;
    let off = time_at(&doors[1]).await - now;
    assert!((off - by).abs() <= 2, "{off} s is no such clock");

    let book = under_load(&doors, async |_| sleep(LASTS).await).await;
    book.show("a wrong clock", Duration::ZERO);
    book.all_were_answered();
    book.nobody_was_promised_twice();
    let records = book.between(Duration::ZERO, Duration::MAX);
    assert!(records.iter().all(|one| one.outcome.is_decision()));
    // Who is held for a second is offered again as soon as it is over, by the one as by the other.
    for door in 0..doors.len() {
        let offers = records.iter().filter(|one| {
            one.door == door && matches!(&one.outcome, Outcome::Agent(uri) if uri.contains("brief"))
        });
        let count = offers.count();
        assert!(
            count > AGENTS,
            "instance {door} offered somebody {count} times"
        );
    }
    everybody_is_seen_alike(&house).await;
    // A break of somebody who is in a call begins after it.
    a_break_ends_when_it_should(&house).await;
    a_call_is_one_call_to_both(&house).await;
}

/// Everybody who is held is held until the same moment, and nobody counts as stale.
async fn everybody_is_seen_alike(house: &House) {
    // Those who are held for a second are free by then.
    sleep(super::BRIEFLY).await;
    let (one, mut other) = (seen_by(house, 0).await, seen_by(house, 1).await);
    if one != other {
        // A lease may have ended in between; not another one so soon.
        other = seen_by(house, 0).await;
        assert_eq!(other, seen_by(house, 1).await);
    }
    let now = time_at(&house.doors()[0]).await;
    let held: Vec<_> = one
        .iter()
        .filter(|agent| agent["state"] == "reserved")
        .collect();
    assert!(!held.is_empty(), "nobody is held by now");
    for agent in held {
        let left = seconds_until(agent, "until", now);
        assert!((0..=LONGEST).contains(&left), "{agent} in {left} s");
    }
    let is_there = |agent: &Value| agent["status"] == "available" && agent["stale"] != true;
    assert!(one.iter().all(is_there), "{one:#?}");
}

/// A break is as long as it was asked to be, whoever was asked.
async fn a_break_ends_when_it_should(house: &House) {
    let lunch = json!({ "status": "on_break", "reason": "lunch", "for": "30m" });
    let path = "/agents/brief0/presence";
    let shown = house.admin(1, Method::PUT, path, &lunch).await;
    let now = time_at(&house.doors()[0]).await;
    let left = seconds_until(&shown, "break_until", now);
    assert!((1_795..=1_801).contains(&left), "{shown}: {left} s");
}

/// An answer of the one is replayed by the other, and a talk that the one hears of lasts as long for both.
async fn a_call_is_one_call_to_both(house: &House) {
    let (query, mut bodies) = ("key=key&CallSid=both", Vec::new());
    for door in house.doors() {
        let url = format!("{door}/ccm-programmable-connect?{query}&digits=%221%22");
        let answer = reqwest::get(url).await.unwrap();
        bodies.push(answer.text().await.unwrap());
    }
    assert_eq!(bodies[0], bodies[1]);
    let answer: Value = serde_json::from_str(&bodies[0]).unwrap();
    let uri = answer["destination"][0]["contact_uri"].as_str().unwrap();
    let news = format!("DialWhomNumber={uri}&EventType=Answered&Status=busy");
    let url = format!("{}/exotel/default/events?{query}&{news}", house.doors()[1]);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    let path = format!("/agents/{}", uri.trim_start_matches("sip:"));
    let now = time_at(&house.doors()[0]).await;
    for instance in 0..house.instances.len() {
        let agent = house
            .admin(instance, Method::GET, &path, &Value::Null)
            .await;
        assert_eq!(agent["state"], "in_call", "{agent}");
        let left = seconds_until(&agent, "until", now);
        assert!(
            (LONGEST_TALK - 5..=LONGEST_TALK + 1).contains(&left),
            "{agent}: {left} s"
        );
    }
}
