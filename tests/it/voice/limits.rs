//! The account's requests a minute, over all instances.

use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::{Clock, ManualClock};
use ringmaster::presence::Store;
use ringmaster::presence::memory::MemoryStore;
use ringmaster::voice::{NotTaken, Placed, VoiceClient, VoiceError};

use super::desk::*;
use crate::store::world::{START, redis_store};
use crate::support::flaky::{FlakyStore, Mood};
use crate::support::redis::RedisServer;

fn limited(url: &str, store: Arc<dyn Store>, most: u32) -> VoiceClient {
    VoiceClient::new(settings(url), rate(store, most), clock()).unwrap()
}

#[tokio::test]
async fn what_is_over_the_limit_is_not_sent_until_there_is_room() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let clock = Arc::new(ManualClock::new(START));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let client = limited(&server.uri(), store, 2);
    let call = sample_call();
    for _ in 0..2 {
        client.make_call(&call).await.unwrap();
    }
    clock.advance(Duration::from_secs(20));
    let error = client.make_call(&call).await.unwrap_err();
    assert_eq!((error.code(), error.placed()), ("rate_limited", Placed::No));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
    assert_eq!(requests(&server).await.len(), 2);
    clock.advance(Duration::from_secs(40));
    client.make_call(&call).await.unwrap();
}

#[tokio::test]
async fn two_instances_on_one_redis_share_the_limit() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let redis = RedisServer::start();
    let clock = Arc::new(ManualClock::new(START));
    let instance = || limited(&server.uri(), Arc::new(redis_store(&redis, &clock)), 3);
    let (one, other, call) = (instance(), instance(), sample_call());
    let outcomes = tokio::join!(
        one.make_call(&call),
        other.make_call(&call),
        one.make_call(&call),
        other.make_call(&call),
    );
    let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn a_request_that_is_sent_again_counts_again() {
    let server = exotel(vec![html(502)]).await;
    let clock = Arc::new(ManualClock::new(START));
    let client = limited(&server.uri(), Arc::new(MemoryStore::new(clock)), 3);
    let call = ringmaster::telephony::CallSid::parse("c1").unwrap();
    let error = client.call_details(&call).await.unwrap_err();
    assert_eq!(error.code(), "rate_limited");
    assert_eq!(requests(&server).await.len(), 2);
}

/// As many as three quarters of the limit: 150 of Exotel's 200.
#[tokio::test]
async fn looks_leave_a_quarter_of_the_requests_for_making_calls() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let clock = Arc::new(ManualClock::new(START));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let client = limited(&server.uri(), store, 200);
    let look = ringmaster::telephony::CallSid::parse("c1").unwrap();
    client.make_call(&sample_call()).await.unwrap();
    for _ in 0..99 {
        client.check(&look).await.unwrap();
    }
    let error = client.check(&look).await.unwrap_err();
    assert_eq!(
        error.code(),
        "rate_limited",
        "at half, those who wait go first"
    );
    for _ in 0..50 {
        client.call_details(&look).await.unwrap();
    }
    for _ in 0..2 {
        let error = client.call_details(&look).await.unwrap_err();
        assert_eq!(error.code(), "rate_limited");
    }
    for _ in 0..50 {
        client.make_call(&sample_call()).await.unwrap();
    }
    let error = client.make_call(&sample_call()).await.unwrap_err();
    assert_eq!(error.code(), "rate_limited");
    assert_eq!(requests(&server).await.len(), 200);
    clock.advance(Duration::from_mins(1));
    client.call_details(&look).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_counted_is_not_sent() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let clock = Arc::new(ManualClock::new(START));
    let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock))));
    store.becomes(Mood::Failing);
    let client = limited(&server.uri(), store, 2);
    let error = client.make_call(&sample_call()).await.unwrap_err();
    assert!(
        matches!(error, VoiceError::NotTaken(NotTaken::Uncounted(_))),
        "{error:?}"
    );
    assert_eq!(requests(&server).await.len(), 0);
}
