//! Redis is frozen, killed, emptied, slow, refuses the password, or at the other end of a connection that is dead.

use std::time::Duration;

use rstest::rstest;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::book::{Book, Outcome, Record};
use super::house::House;
use super::load::{signal, under_load};
use super::{BRIEFLY, LASTS, LONG};
use crate::support::nodes::{LOGIN, Node};
use crate::support::proxy::{Proxy, Weather};
use crate::support::redis::RedisServer;

/// What is left of the time for which agents were held before the fault, and some more of it.
const AFTERWARDS: Duration = LONG.saturating_sub(LASTS);

/// How many of these are no decision.
fn fallbacks(records: &[Record]) -> usize {
    let is_fallback = |one: &&Record| one.outcome == Outcome::Fallback;
    records.iter().filter(is_fallback).count()
}

/// Lets a fault last, and gives what callers were answered while it did.
async fn lasts(book: &Book) -> Vec<Record> {
    lasts_for(LASTS, book).await
}

async fn lasts_for(duration: Duration, book: &Book) -> Vec<Record> {
    let from = book.now();
    sleep(duration).await;
    let records = book.between(from, book.now());
    assert!(records.len() > 50, "{} fetches are no load", records.len());
    records
}

/// Waits until there are decisions again, and then until those are over who were held before.
async fn recovers(house: &House, book: &Book) -> Duration {
    let back = book.back(house.instances.len(), book.now()).await;
    sleep(AFTERWARDS).await;
    back
}

/// Starts Redis again, without holding up the callers.
async fn restarted(mut redis: RedisServer) -> RedisServer {
    let start = move || {
        redis.restart();
        redis
    };
    spawn_blocking(start).await.unwrap()
}

/// Nobody is answered later than the first few: the store is left alone.
fn are_fallbacks(meanwhile: &[Record]) {
    let count = fallbacks(meanwhile);
    assert!(
        count > meanwhile.len() * 9 / 10,
        "{count} fallbacks of {} answers",
        meanwhile.len()
    );
}

#[rstest]
#[case::whose_requests_are_lost(Weather::LosesRequests)]
#[case::whose_replies_are_lost(Weather::LosesReplies)]
#[case::that_is_cut(Weather::Cut)]
#[case::that_is_frozen(Weather::Frozen)]
#[case::slow_by_three_seconds_on_the_way_there(Weather::SlowRequests(Duration::from_secs(3)))]
#[case::slow_by_three_seconds_on_the_way_back(Weather::SlowReplies(Duration::from_secs(3)))]
#[tokio::test]
async fn a_way_to_redis(#[case] weather: Weather) {
    let redis = RedisServer::start();
    let proxy = Proxy::start(&redis.socket());
    let house = House::open(&proxy.redis_url()).await;
    let mut back = Duration::ZERO;
    let book = under_load(&house.doors(), async |book| {
        proxy.becomes(weather);
        are_fallbacks(&lasts(book).await);
        proxy.becomes(Weather::Clear);
        back = recovers(&house, book).await;
    })
    .await;
    book.show(&format!("{weather:?}"), back);
    book.all_were_answered();
    book.nobody_was_promised_twice();
}

#[tokio::test]
async fn a_redis_slow_by_300_ms_still_decides() {
    let redis = RedisServer::start();
    let proxy = Proxy::start(&redis.socket());
    let house = House::open(&proxy.redis_url()).await;
    let mut back = Duration::ZERO;
    let book = under_load(&house.doors(), async |book| {
        proxy.becomes(Weather::SlowReplies(Duration::from_millis(300)));
        let meanwhile = lasts(book).await;
        assert_eq!(fallbacks(&meanwhile), 0, "of {} answers", meanwhile.len());
        proxy.becomes(Weather::Clear);
        back = recovers(&house, book).await;
    })
    .await;
    book.show("slow by 300 ms", back);
    book.all_were_answered();
    book.nobody_was_promised_twice();
}

#[tokio::test]
async fn a_redis_that_is_frozen_and_thawed() {
    let redis = RedisServer::start();
    let house = House::open(&redis.url()).await;
    let mut back = Duration::ZERO;
    let book = under_load(&house.doors(), async |book| {
        signal(redis.pid(), "STOP").await;
        are_fallbacks(&lasts(book).await);
        signal(redis.pid(), "CONT").await;
        back = recovers(&house, book).await;
    })
    .await;
    book.show("frozen", back);
    book.all_were_answered();
    book.nobody_was_promised_twice();
}

/// As when a password is changed in the wrong order: whoever has to log in meanwhile is refused, and must not stay so.
#[tokio::test]
async fn a_redis_that_refuses_the_password_for_a_while() {
    let redis = Node::server(&[]);
    redis.admit();
    let url = format!("redis://{LOGIN}127.0.0.1:{}/1", redis.port);
    let house = House::open(&url).await;
    let mut back = Duration::ZERO;
    let book = under_load(&house.doors(), async |book| {
        redis.ask::<()>("ACL SETUSER ringmaster resetpass >another");
        redis.ask::<u32>("CLIENT KILL USER ringmaster");
        are_fallbacks(&lasts(book).await);
        redis.ask::<()>("ACL SETUSER ringmaster resetpass >change-me");
        back = recovers(&house, book).await;
    })
    .await;
    book.show("refused", back);
    book.all_were_answered();
    book.nobody_was_promised_twice();
}

/// With the settings of `deploy/redis/redis.conf` a Redis that dies has lost nothing that its machine has not.
#[tokio::test]
async fn a_redis_that_is_killed_and_reads_what_it_has_written() {
    let mut redis = Some(RedisServer::start_lasting());
    let house = House::open(&redis.as_ref().unwrap().url()).await;
    let mut back = Duration::ZERO;
    let book = under_load(&house.doors(), async |book| {
        redis.as_mut().unwrap().kill();
        are_fallbacks(&lasts(book).await);
        redis = Some(restarted(redis.take().unwrap()).await);
        back = recovers(&house, book).await;
    })
    .await;
    book.show("killed", back);
    book.all_were_answered();
    book.nobody_was_promised_twice();
}

/// Who was reserved before is forgotten with all the rest, so what came before and what came after are judged apart.
#[tokio::test]
async fn a_redis_that_is_killed_and_comes_back_empty() {
    let mut redis = Some(RedisServer::start());
    let house = House::open(&redis.as_ref().unwrap().url()).await;
    let (mut back, mut lost) = (Duration::ZERO, Duration::ZERO);
    let book = under_load(&house.doors(), async |book| {
        sleep(BRIEFLY).await;
        redis.as_mut().unwrap().kill();
        lost = book.now();
        are_fallbacks(&lasts_for(LASTS / 2, book).await);
        redis = Some(restarted(redis.take().unwrap()).await);
        back = book.back(house.instances.len(), book.now()).await;
        house.staff().await;
        sleep(BRIEFLY * 3).await;
    })
    .await;
    book.show("emptied", back);
    book.all_were_answered();
    book.nobody_was_promised_twice_but_for_losses(&[lost]);
}
