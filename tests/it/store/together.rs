//! The calls of a queue together, on both stores: how many it may have, who waits, and who goes first.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use ringmaster::presence::{
    AgentState, DialOutcome, LegEvent, News, OfferRequest, OfferTarget, QueueCalls, QueueTerms,
    Release, Strategy, Traffic,
};

use super::reports::ended;
use super::sticky::exclusively;
use super::world::*;

/// The target, under a name and with a cap on its calls.
pub(super) fn capped(target: OfferTarget, name: &str, most: u16) -> OfferTarget {
    let terms = QueueTerms {
        max_calls: NonZeroU16::new(most),
        ..named(name)
    };
    OfferTarget {
        terms: Some(Arc::new(terms)),
        ..target
    }
}

pub(super) fn named(name: &str) -> QueueTerms {
    QueueTerms {
        name: name.into(),
        max_calls: None,
        oldest_first: false,
    }
}

/// The sales queue, in which the oldest call goes first.
pub(super) fn fair() -> OfferTarget {
    let terms = QueueTerms {
        oldest_first: true,
        ..named("sales")
    };
    OfferTarget {
        terms: Some(Arc::new(terms)),
        ..sales()
    }
}

/// The sales queue for at most two calls.
fn two() -> OfferTarget {
    capped(sales(), "sales", 2)
}

impl World {
    async fn traffic(&self) -> Traffic {
        let names = ["sales".into(), "other".into()];
        self.store.traffic(&self.account, &names).await.unwrap()
    }

    async fn sales_calls(&self) -> QueueCalls {
        self.traffic().await.queues["sales"].clone()
    }

    /// The calls that hold agents of the sales queue.
    pub(super) async fn holding(&self) -> Vec<String> {
        let calls = self.sales_calls().await.holding;
        calls.iter().map(ToString::to_string).collect()
    }

    /// The calls that wait in the sales queue, with for how many seconds, and how many ago they asked.
    async fn waiting(&self) -> Vec<(String, u64, u64)> {
        let traffic = self.traffic().await;
        let (at, calls) = (traffic.at.unwrap(), traffic.queues["sales"].clone());
        assert_eq!(calls.waiting, calls.longest.len());
        let row = |call: &ringmaster::presence::WaitingCall| {
            let (waited, asked) = (at.since(call.since), at.since(call.asked));
            (call.call.to_string(), waited.as_secs(), asked.as_secs())
        };
        calls.longest.iter().map(row).collect()
    }

    /// Asks every eight seconds, so often; whom the last answer rang.
    pub(super) async fn asks(&self, request: &OfferRequest, times: usize) -> Vec<String> {
        let mut rung = self.rings(request).await;
        for _ in 1..times {
            self.pass(8);
            rung = self.rings(request).await;
        }
        rung
    }
}

pub(super) async fn four(world: &World) {
    world
        .staff(&[agent("a"), agent("b"), agent("c"), agent("d")])
        .await;
}

behaviours! {
    async fn who_waits_for_their_own_agent_waits_in_that_agents_queue(world: &World) {
        world.staff(&[agent("a")]).await;
        let for_own = |call, wait| {
            let targets = vec![later(fair(), 3, 0)].into();
            OfferRequest { targets, ..exclusively(call, 7, wait) }
        };
        let first = OfferRequest { targets: vec![fair()].into(), ..for_own("first", None) };
        assert_eq!(world.rings(&first).await, ["a"]);
        world.event("first", "a", LegEvent::Answered).await;
        world.event("first", "a", LegEvent::Terminal).await;
        assert_eq!(world.rings(&fetch("busy", vec![fair()])).await, ["a"]);
        let again = for_own("again", None);
        assert_eq!(world.rings(&again).await, [""; 0]);
        world.pass(8);
        assert_eq!(world.rings(&again).await, [""; 0]);
        assert_eq!(world.waiting().await, [("again".to_owned(), 8, 0)]);
        world.pass(5);
        world.end("busy", DialOutcome::Cancelled, None).await;
        assert_eq!(world.rings(&fetch("younger", vec![fair()])).await, [""; 0], "kept for the older");
        world.pass(3);
        assert_eq!(world.rings(&again).await, ["a"]);
        assert_eq!(world.waiting().await, [("younger".to_owned(), 3, 3)]);
        let impatient = for_own("impatient", Some(2));
        assert_eq!(world.rings(&impatient).await, [""; 0]);
        assert_eq!(world.sales_calls().await.waiting, 2);
        world.pass(6);
        assert_eq!(world.rings(&impatient).await, [""; 0]);
        assert_eq!(world.sales_calls().await.waiting, 1, "the target is not open yet to who takes anybody");
    }

    async fn a_queue_takes_no_more_calls_than_it_may_have(world: &World) {
        four(world).await;
        let overflow = || numbers(&["+911140001234"]);
        let call = |sid| fetch(sid, vec![two(), overflow()]);
        assert_eq!(world.rings(&call("1")).await, ["a"]);
        assert_eq!(world.rings(&call("2")).await, ["b"]);
        assert_eq!(world.holding().await, ["1", "2"]);
        assert_eq!(world.rings(&call("3")).await, ["+911140001234"], "full, so the next target");
        assert_eq!(world.rings(&fetch("4", vec![two()])).await, [""; 0]);
        world.pass(25);
        assert_eq!(world.holding().await, [""; 0], "the reservations have ended by themselves");
        assert_eq!(world.rings(&call("5")).await, ["c"]);
    }

    async fn agents_who_ring_together_for_one_call_are_one_call(world: &World) {
        four(world).await;
        let call = |sid| fetch(sid, vec![two()]).agents(2).at_once(&[2]);
        assert_eq!(world.rings(&call("1")).await, ["a", "b"]);
        assert_eq!(world.rings(&call("2")).await, ["c", "d"]);
        assert_eq!(world.holding().await, ["1", "2"]);
    }

    async fn a_call_counts_until_its_conversation_ends_and_not_in_wrap_up(world: &World) {
        four(world).await;
        let one_call = || fetch("1", vec![OfferTarget { terms: capped(sales(), "sales", 1).terms, ..super::reports::handled() }]);
        let other = || fetch("2", vec![capped(sales(), "sales", 1)]);
        world.rings(&one_call()).await;
        world.event("1", "a", LegEvent::Dial).await;
        world.event("1", "a", LegEvent::Answered).await;
        world.pass(600);
        for id in ["b", "c", "d"] {
            world.beat(id).await;
        }
        assert_eq!(world.rings(&other()).await, [""; 0], "still talking");
        world.event("1", "a", LegEvent::Terminal).await;
        assert_eq!(world.agent("a").await.state, AgentState::WrapUp);
        assert_eq!(world.holding().await, [""; 0]);
        world.pass(6);
        assert_eq!(world.rings(&other()).await, ["b"]);
    }

    async fn an_answer_frees_no_room_while_somebody_talks_and_a_loser_does(world: &World) {
        four(world).await;
        let call = fetch("1", vec![capped(sales(), "sales", 1)]).agents(2).at_once(&[2]);
        world.rings(&call).await;
        world.event("1", "b", LegEvent::Answered).await;
        assert_eq!(world.agent("a").await.state, AgentState::Idle);
        assert_eq!(world.holding().await, ["1"]);
        world.hear("1", News::End(ended(DialOutcome::Answered, Some("b")))).await;
        assert_eq!(world.holding().await, [""; 0]);
    }

    async fn a_new_attempt_and_an_administrator_give_room_back_at_once(world: &World) {
        four(world).await;
        let one = |sid, target| fetch(sid, vec![target]).attempts(3);
        world.rings(&one("1", capped(sales(), "sales", 1))).await;
        let elsewhere = one("1", sales()).reporting("a-failed");
        assert_eq!(world.rings(&elsewhere).await, ["b"]);
        assert_eq!(world.holding().await, [""; 0], "the call went on to another queue");
        world.rings(&one("2", capped(sales(), "sales", 1))).await;
        assert_eq!(world.holding().await, ["2"]);
        let account = &world.account;
        let held = world.sales_calls().await.holding.len();
        for id in ["a", "b", "c", "d"] {
            world.store.release(account, &agent_id(id), Release::Any).await.unwrap();
        }
        assert_eq!((held, world.holding().await), (1, vec![]));
        assert_eq!(world.rings(&one("3", capped(sales(), "sales", 1))).await.len(), 1);
    }

    async fn a_calls_own_agents_do_not_keep_it_out(world: &World) {
        four(world).await;
        let request = || fetch("1", vec![capped(sales(), "sales", 1)]).attempts(3);
        assert_eq!(world.rings(&request()).await, ["a"]);
        assert_eq!(world.rings(&request().reporting("a-failed")).await, ["b"]);
        assert_eq!(world.holding().await, ["1"]);
    }

    async fn a_call_that_gets_nobody_waits_in_the_open_queues_and_not_once_it_got_somebody(world: &World) {
        let other = capped(later(queue(&["x"], &[], Strategy::Random), 0, 10), "other", 1);
        let request = || fetch("1", vec![two(), other.clone()]);
        assert_eq!(world.asks(&request(), 3).await, [""; 0]);
        world.pass(3);
        assert_eq!(world.waiting().await, [("1".to_owned(), 19, 3)]);
        let traffic = world.traffic().await;
        assert_eq!(traffic.queues["other"].waiting, 1, "open since the third time");
        assert_eq!(traffic.usual_interval, Some(Duration::from_secs(8)));
        assert_eq!(traffic.queues["sales"].longest[0].interval, Some(Duration::from_secs(8)));
        world.pass(5);
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&request()).await, ["a"]);
        assert_eq!(world.waiting().await, []);
        assert_eq!(world.traffic().await.queues["other"].waiting, 0);
    }

    async fn who_was_there_first_stands_in_front(world: &World) {
        for (sid, pause) in [("2", 1), ("1", 1), ("3", 4)] {
            world.rings(&fetch(sid, vec![two()])).await;
            world.pass(pause);
        }
        world.rings(&fetch("2", vec![two()])).await;
        let row = |sid: &str, waited, asked| (sid.to_owned(), waited, asked);
        assert_eq!(world.waiting().await, [row("2", 6, 0), row("1", 5, 5), row("3", 4, 4)]);
    }

    async fn a_call_that_asks_no_more_is_forgotten(world: &World) {
        world.rings(&fetch("1", vec![two()])).await;
        world.pass(29);
        assert_eq!(world.waiting().await.len(), 1);
        world.pass(1);
        assert_eq!(world.waiting().await.len(), 0, "half a minute");
        world.rings(&fetch("1", vec![two()])).await;
        assert_eq!(world.waiting().await, [("1".to_owned(), 30, 0)], "it has waited all the same");
        world.pass(59);
        assert_eq!(world.waiting().await.len(), 1, "it asks every 30 s");
        world.pass(1);
        assert_eq!(world.waiting().await.len(), 0);
    }

    async fn a_caller_who_hangs_up_waits_no_longer(world: &World) {
        for outcome in [DialOutcome::Cancelled, DialOutcome::Answered] {
            world.rings(&fetch("1", vec![two()])).await;
            assert!(!world.hear("1", News::End(ended(DialOutcome::NoAnswer, None))).await);
            assert_eq!(world.waiting().await.len(), 1);
            assert!(world.hear("1", News::End(ended(outcome, None))).await, "that is news");
            assert!(!world.hear("1", News::End(ended(outcome, None))).await, "once");
            assert_eq!(world.waiting().await.len(), 0);
            world.pass(6);
        }
    }

    async fn a_call_that_has_had_its_attempts_and_one_that_gets_a_number_do_not_wait(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("1", vec![two()])).await;
        world.rings(&fetch("1", vec![two()]).reporting("a-failed")).await;
        world.rings(&fetch("2", vec![two(), numbers(&["+911140001234"])]).agents(2)).await;
        world.rings(&fetch("3", Vec::new())).await;
        assert_eq!(world.waiting().await, []);
    }

    async fn a_hundred_waiting_calls_are_listed_and_all_are_counted(world: &World) {
        for call in 0..150 {
            world.rings(&fetch(&format!("call-{call:03}"), vec![two()])).await;
            world.clock.advance(Duration::from_millis(10));
        }
        let calls = world.sales_calls().await;
        assert_eq!((calls.waiting, calls.longest.len()), (150, 100));
        assert_eq!(calls.longest[99].call.as_str(), "call-099");
    }

    async fn an_agent_who_becomes_ready_is_kept_for_the_call_that_waits_longest(world: &World) {
        let old = || fetch("old", vec![fair()]);
        let young = |sid| fetch(sid, vec![fair()]);
        assert_eq!(world.asks(&old(), 2).await, [""; 0]);
        world.pass(6);
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&young("young")).await, [""; 0], "the old one asks in 2 s");
        assert_eq!(world.agent("a").await.state, AgentState::Idle);
        world.pass(2);
        assert_eq!(world.rings(&old()).await, ["a"]);
        world.pass(5);
        assert_eq!(world.waiting().await.iter().map(|row| row.0.clone()).collect::<Vec<_>>(), ["young"]);
    }

    async fn one_agent_is_kept_for_each_older_call_and_the_others_are_offered(world: &World) {
        let old = || fetch("old", vec![fair()]);
        world.asks(&old(), 2).await;
        world.pass(6);
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&fetch("young", vec![fair()]).agents(2)).await, ["b"]);
    }

    async fn nobody_is_kept_for_a_call_that_comes_later_or_not_at_all(world: &World) {
        let old = || fetch("old", vec![fair()]);
        world.asks(&old(), 2).await;
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&fetch("1", vec![fair()])).await, ["a"], "it asks in 8 s only");
        world.pass(7);
        world.staff(&[agent("b")]).await;
        world.pass(2);
        assert_eq!(world.rings(&fetch("2", vec![fair()])).await, [""; 0], "a second late");
        world.pass(1);
        assert_eq!(world.rings(&fetch("3", vec![fair()])).await, ["b"], "more than 2 s late");
    }

    async fn a_call_that_asked_once_is_expected_after_the_usual_time(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("taker", vec![fair()])).await;
        world.rings(&fetch("once", vec![fair()])).await;
        world.pass(1);
        let account = &world.account;
        world.store.release(account, &agent_id("a"), Release::Any).await.unwrap();
        world.beat("a").await;
        assert_eq!(world.rings(&fetch("1", vec![fair()])).await, ["a"], "nothing is known yet");
        world.asks(&fetch("usual", vec![fair()]), 2).await;
        world.rings(&fetch("once", vec![fair()])).await;
        world.pass(4);
        world.rings(&fetch("twice", vec![fair()])).await;
        world.store.release(account, &agent_id("a"), Release::Any).await.unwrap();
        assert_eq!(world.rings(&fetch("2", vec![fair()])).await, [""; 0]);
    }

    async fn the_agent_whom_a_caller_goes_back_to_counts_and_is_not_offered_beyond_the_cap(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let one_call = || capped(sales(), "sales", 1);
        let from = |sid: &str, number: u8| {
            let targets = [one_call(), numbers(&["+911140001234"])];
            OfferRequest { targets: targets.into(), ..super::sticky::back(sid, number) }
        };
        assert_eq!(world.rings(&from("1", 1)).await, ["a"]);
        world.event("1", "a", LegEvent::Answered).await;
        world.event("1", "a", LegEvent::Terminal).await;
        assert_eq!(world.holding().await, [""; 0]);
        assert_eq!(world.rings(&from("2", 2)).await, ["b"]);
        assert_eq!(world.rings(&from("3", 1)).await, ["+911140001234"], "full for the caller's own agent too");
        world.pass(25);
        for id in ["a", "b", "c"] {
            world.beat(id).await;
        }
        assert_eq!(world.rings(&from("4", 1)).await, ["a"]);
        assert_eq!(world.holding().await, ["4"]);
    }

    async fn a_queue_without_fairness_keeps_nobody(world: &World) {
        let plain = || OfferTarget { terms: Some(Arc::new(named("sales"))), ..sales() };
        world.asks(&fetch("old", vec![plain()]), 2).await;
        world.pass(6);
        world.staff(&[agent("a")]).await;
        assert_eq!(world.waiting().await.len(), 1);
        assert_eq!(world.rings(&fetch("young", vec![plain()])).await, ["a"]);
    }

    async fn who_is_kept_is_kept_from_the_next_target_too(world: &World) {
        world.asks(&fetch("old", vec![fair()]), 2).await;
        world.pass(6);
        world.staff(&[agent("a")]).await;
        let everybody = queue(&[], &[], Strategy::RoundRobin);
        let young = fetch("young", vec![fair(), everybody, numbers(&["+911140001234"])]);
        assert_eq!(world.rings(&young).await, ["+911140001234"]);
    }
}
