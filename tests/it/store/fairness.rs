//! What is kept for the call that waits longest, on both stores: an agent who has just become ready, and a place.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use ringmaster::presence::{DialOutcome, LegEvent, News, OfferRequest, OfferTarget, QueueTerms};

use super::reports::ended;
use super::together::{fair, four, named};
use super::world::*;

/// The sales queue for so many calls at most, in which the oldest call goes first.
fn places(most: u16) -> OfferTarget {
    let terms = QueueTerms {
        max_calls: NonZeroU16::new(most),
        oldest_first: true,
        ..named("sales")
    };
    OfferTarget {
        terms: Some(Arc::new(terms)),
        ..sales()
    }
}

impl World {
    fn pass_millis(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    /// A call that holds an agent takes the only place; another one asks twice, and will ask again in eight seconds.
    async fn one_talks_and_one_waits(&self, queue: &OfferTarget) {
        four(self).await;
        let talks = self.rings(&fetch("talks", vec![queue.clone()])).await;
        assert_eq!(talks, ["a"]);
        self.event("talks", "a", LegEvent::Answered).await;
        let old = fetch("old", vec![queue.clone()]);
        assert_eq!(self.asks(&old, 2).await, [""; 0], "full");
    }

    async fn hangs_up(&self, call: &str) {
        let end = News::End(ended(DialOutcome::Cancelled, None));
        assert!(self.hear(call, end).await);
    }
}

behaviours! {
    async fn an_agent_is_held_back_until_five_seconds_after_becoming_ready(world: &World) {
        world.asks(&fetch("old", vec![fair()]), 2).await;
        // Ready five seconds before the old call is expected.
        world.pass_millis(2_999);
        world.staff(&[agent("a")]).await;
        world.pass_millis(4_899);
        assert_eq!(world.rings(&fetch("1", vec![fair()])).await, [""; 0], "4.9 s");
        world.pass_millis(100);
        assert_eq!(world.rings(&fetch("2", vec![fair()])).await, ["a"], "5.0 s");
    }

    async fn nobody_is_held_back_for_a_call_that_asks_after_these_five_seconds(world: &World) {
        world.asks(&fetch("old", vec![fair()]), 2).await;
        world.pass_millis(2_998);
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&fetch("1", vec![fair()])).await, ["a"]);
    }

    async fn a_call_is_expected_until_it_is_two_seconds_late(world: &World) {
        world.asks(&fetch("old", vec![fair()]), 2).await;
        world.pass_millis(8_000 + 1_799);
        world.staff(&[agent("a")]).await;
        world.pass_millis(99);
        assert_eq!(world.rings(&fetch("1", vec![fair()])).await, [""; 0], "1.9 s late");
        world.pass_millis(200);
        assert_eq!(world.rings(&fetch("2", vec![fair()])).await, ["a"], "2.1 s late");
    }

    async fn a_place_in_a_full_queue_is_kept_for_the_call_that_waits_longest(world: &World) {
        world.one_talks_and_one_waits(&places(1)).await;
        world.pass(6);
        world.event("talks", "a", LegEvent::Terminal).await;
        assert_eq!(world.holding().await, [""; 0]);
        let young = fetch("young", vec![places(1), numbers(&["+911140001234"])]);
        assert_eq!(world.rings(&young).await, ["+911140001234"], "full for now, so the next target");
        world.pass(2);
        assert_eq!(world.rings(&fetch("old", vec![places(1)])).await, ["b"]);
    }

    async fn a_place_is_kept_from_five_seconds_before_until_two_seconds_after(world: &World) {
        world.one_talks_and_one_waits(&places(1)).await;
        world.event("talks", "a", LegEvent::Terminal).await;
        world.pass_millis(2_999);
        assert_eq!(world.rings(&fetch("1", vec![places(1)])).await, ["b"], "a millisecond before");
        world.event("1", "b", LegEvent::Terminal).await;
        world.pass_millis(1);
        assert_eq!(world.rings(&fetch("2", vec![places(1)])).await, [""; 0], "in 5.0 s");
        world.hangs_up("2").await;
        world.pass_millis(6_900);
        assert_eq!(world.rings(&fetch("3", vec![places(1)])).await, [""; 0], "1.9 s late");
        world.hangs_up("3").await;
        world.pass_millis(200);
        assert_eq!(world.rings(&fetch("4", vec![places(1)])).await, ["c"], "2.1 s late");
    }

    async fn one_place_is_kept_for_each_older_call_and_the_others_are_had(world: &World) {
        world.one_talks_and_one_waits(&places(1)).await;
        world.event("talks", "a", LegEvent::Terminal).await;
        world.pass(6);
        assert_eq!(world.rings(&fetch("1", vec![places(2)])).await, ["b"]);
        assert_eq!(world.rings(&fetch("2", vec![places(2)])).await, [""; 0], "the other one is kept");
        assert_eq!(world.rings(&fetch("3", vec![places(4)])).await, ["c"], "two have waited longer");
    }

    async fn no_place_is_kept_from_a_caller_who_goes_back_to_an_agent_of_the_queue(world: &World) {
        let back = |call| OfferRequest { targets: vec![places(1)].into(), ..super::sticky::back(call, 1) };
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        assert_eq!(world.rings(&back("before")).await, ["a"]);
        world.event("before", "a", LegEvent::Answered).await;
        assert_eq!(world.asks(&fetch("old", vec![places(1)]), 2).await, [""; 0]);
        world.event("before", "a", LegEvent::Terminal).await;
        world.pass(6);
        let together = back("young").agents(2).at_once(&[2]);
        assert_eq!(world.rings(&together).await, ["a", "b"], "one call, one place");
        assert_eq!(world.holding().await, ["young"]);
    }
}
