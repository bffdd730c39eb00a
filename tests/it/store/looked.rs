//! What the search for agents says of targets, on both stores: enough to tell why somebody ready was not found.

use std::sync::Arc;

use ringmaster::presence::{
    Looked, LookedAt, OfferRequest, OfferTarget, Presence, QueueTerms, Strategy,
};

use super::sticky::{back, exclusively};
use super::together::{capped, fair, named};
use super::world::*;

fn met(target: usize) -> LookedAt {
    LookedAt {
        target,
        ..LookedAt::default()
    }
}

/// A queue without agents.
fn empty() -> OfferTarget {
    queue(&["nobody"], &[], Strategy::RoundRobin)
}

/// The sales queue under a name, and nothing more.
fn under(name: &str) -> OfferTarget {
    OfferTarget {
        terms: Some(Arc::new(named(name))),
        ..sales()
    }
}

impl World {
    /// Whom it rings, and what the search says of targets.
    async fn looks(&self, request: &OfferRequest) -> (Vec<String>, Looked) {
        let offer = self.offer(request).await;
        (names(&offer), offer.looked)
    }

    async fn met(&self, request: &OfferRequest) -> (Vec<String>, Vec<LookedAt>) {
        let (rung, looked) = self.looks(request).await;
        assert!(!looked.for_last_agent_only);
        (rung, looked.at)
    }
}

behaviours! {
    async fn of_a_target_that_yielded_somebody_there_is_nothing_to_tell(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales(), empty()]);
        let (rung, looked) = world.looks(&request).await;
        assert_eq!((rung, looked), (vec!["a".to_owned()], Looked::default()));
        let (_, again) = world.looks(&request).await;
        assert_eq!(again, Looked::default(), "nor of an answer that is given again");
    }

    async fn nobody_ready_and_closed_targets_are_told_apart_by_the_number(world: &World) {
        world.staff(&[agent("a")]).await;
        let targets = vec![empty(), later(empty(), 3, 0), sales(), empty()];
        let (rung, met_at) = world.met(&fetch("one", targets)).await;
        assert_eq!((rung, met_at), (vec!["a".to_owned()], vec![met(1)]));
        world.pass(10);
        let targets = vec![empty(), numbers(&["+911140001234"]), sales()];
        let (_, met_at) = world.met(&fetch("two", targets)).await;
        assert_eq!(met_at, [met(1)], "the answer was full before the last");
    }

    async fn a_full_queue_is_told(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let targets = || vec![capped(sales(), "few", 1), under("rest")];
        assert_eq!(world.met(&fetch("one", targets())).await.1, []);
        let full = LookedAt { is_full: true, ..met(1) };
        let (rung, met_at) = world.met(&fetch("two", targets())).await;
        assert_eq!((rung, met_at), (vec!["b".to_owned()], vec![full]));
    }

    async fn those_held_back_are_counted(world: &World) {
        world.asks(&fetch("old", vec![fair()]), 2).await;
        world.pass(5);
        world.staff(&[agent("a")]).await;
        let others = queue(&["sales"], &[("hindi", 2)], Strategy::LongestIdle);
        let held_back = LookedAt { held_back: 1, ..met(1) };
        let (rung, met_at) = world.met(&fetch("one", vec![fair(), others])).await;
        assert_eq!((rung, met_at), (vec![], vec![held_back, met(2)]));
        world.staff(&[agent("b")]).await;
        let (rung, met_at) = world.met(&fetch("two", vec![fair()])).await;
        assert_eq!((rung, met_at), (vec!["b".to_owned()], vec![held_back]), "also beside somebody who is rung");
    }

    async fn those_tried_and_those_with_a_lapsed_heartbeat_are_counted(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("s")]).await;
        let terms = QueueTerms { oldest_first: true, ..named("sales") };
        let target = || OfferTarget { terms: Some(Arc::new(terms.clone())), ..sales() };
        let request = |progress: &str| fetch("one", vec![target(), empty()]).agents(2).attempts(9).reporting(progress);
        assert_eq!(world.met(&request("0")).await.1, []);
        world.pass(61);
        world.beat("a").await;
        world.beat("b").await;
        world.set("b", Presence::Offline).await;
        let passed_over = LookedAt { tried: 1, stale: 1, ..met(1) };
        let (rung, met_at) = world.met(&request("1")).await;
        assert_eq!((rung, met_at), (vec!["a".to_owned()], vec![passed_over, met(2)]));
    }

    async fn a_call_for_its_own_agent_alone_looks_nowhere_else(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&back("one", 1)).await;
        let alone = Looked { for_last_agent_only: true, at: Vec::new() };
        assert_eq!(world.looks(&exclusively("two", 1, None)).await, (vec!["a".to_owned()], alone.clone()));
        assert_eq!(world.looks(&exclusively("three", 1, None)).await, (vec![], alone));
        let (rung, looked) = world.looks(&back("four", 1)).await;
        assert_eq!((rung, looked), (vec!["b".to_owned()], Looked::default()));
    }

    async fn a_call_that_has_had_its_attempts_looks_nowhere(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.met(&fetch("one", vec![empty(), sales()])).await;
        world.pass(30);
        let (rung, met_at) = world.met(&fetch("one", vec![empty(), sales()]).reporting("1")).await;
        assert_eq!((rung, met_at), (vec![], vec![]));
    }
}
