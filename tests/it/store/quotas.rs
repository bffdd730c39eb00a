//! How often something may be done, counted alike by both stores.

use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::ManualClock;
use ringmaster::presence::{Quota, Store};
use ringmaster::telephony::AccountName;
use tokio::task::JoinSet;

use super::world::*;
use crate::support::redis::RedisServer;

async fn take(world: &World, quota: Quota) -> Option<u64> {
    let wait = world.store.take(&world.account, quota).await.unwrap();
    wait.map(|wait| wait.as_secs())
}

behaviours! {
    async fn within_a_window_there_is_room_for_so_many_and_no_more(world: &World) {
        let quota = quota(3, 60);
        for _ in 0..3 {
            assert_eq!(take(world, quota).await, None);
            world.pass(10);
        }
        assert_eq!(take(world, quota).await, Some(30), "the first leaves the window then");
        world.pass(29);
        assert_eq!(take(world, quota).await, Some(1), "asking in vain counts for nothing");
        world.pass(1);
        assert_eq!(take(world, quota).await, None);
        assert_eq!(take(world, quota).await, Some(10), "now the second is the oldest");
    }

    async fn a_name_and_an_account_have_a_count_of_their_own(world: &World) {
        let mine = quota(1, 60);
        let other = Quota { name: "other", ..mine };
        assert_eq!(take(world, mine).await, None);
        assert_eq!(take(world, other).await, None);
        let account = AccountName::parse("acme").unwrap();
        assert_eq!(world.store.take(&account, mine).await.unwrap(), None);
        assert_eq!(take(world, mine).await, Some(60));
    }

    async fn instances_that_were_told_different_limits_each_keep_their_own(world: &World) {
        for _ in 0..2 {
            assert_eq!(take(world, quota(2, 60)).await, None);
            world.pass(1);
        }
        assert_eq!(take(world, quota(1, 60)).await, Some(59));
        assert_eq!(take(world, quota(3, 60)).await, None);
        assert_eq!(take(world, quota(3, 60)).await, Some(58));
    }

    async fn a_clock_that_went_back_makes_nobody_wait_longer_than_the_window(world: &World) {
        assert_eq!(take(world, quota(1, 60)).await, None);
        world.clock.set(START.minus(Duration::from_hours(1)));
        assert_eq!(take(world, quota(1, 60)).await, Some(60));
    }
}

/// Many instances, each with a connection of its own, ask in the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn instances_on_one_redis_share_one_count_exactly() {
    let server = RedisServer::start();
    let clock = Arc::new(ManualClock::new(START));
    let mut asking = JoinSet::new();
    for _ in 0..4 {
        let store = redis_store(&server, &clock);
        for _ in 0..15 {
            let store = store.clone();
            let account = AccountName::default();
            asking.spawn(async move { store.take(&account, quota(20, 60)).await.unwrap() });
        }
    }
    let answers = asking.join_all().await;
    let granted = answers.iter().filter(|wait| wait.is_none()).count();
    assert_eq!((granted, answers.len()), (20, 60));
}

#[tokio::test]
async fn the_count_in_redis_expires_with_its_window() {
    let server = RedisServer::start();
    let clock = Arc::new(ManualClock::new(START));
    let store = redis_store(&server, &clock);
    let account = AccountName::default();
    assert_eq!(store.take(&account, quota(5, 60)).await.unwrap(), None);
    let client = ::redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let left: i64 = ::redis::cmd("PTTL")
        .arg("rm:{default}:taken:test")
        .query(&mut connection)
        .unwrap();
    assert!((1..=60_000).contains(&left), "{left}");
}
