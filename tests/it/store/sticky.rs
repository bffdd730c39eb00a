//! Who answered a caller last, on both stores.

use std::sync::Arc;
use std::time::Duration;

use ringmaster::presence::{
    AgentState, Customer, DialOutcome, Erased, LegEvent, OfferRequest, OfferTarget, Presence,
    QueueTerms, Sticky, Strategy,
};
use ringmaster::telephony::PhoneNumber;

use super::world::*;

/// The longest that any rule of the account asks for.
const BOUND_FOR: Duration = Duration::from_hours(3);

pub(super) fn caller(last: u8) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+9198000000{last:02}")).unwrap()
}

/// A first fetch of a call by this caller, under a rule that doesn't ask who answered them last.
fn by(call: &str, number: u8) -> OfferRequest {
    OfferRequest {
        customer: Some(Customer {
            number: caller(number),
            bound_for: BOUND_FOR,
            sticky: None,
        }),
        ..fetch(call, vec![sales()])
    }
}

/// The same under one that asks, for an hour.
pub(super) fn back(call: &str, number: u8) -> OfferRequest {
    sticky(
        by(call, number),
        Sticky {
            lasts: Duration::from_hours(1),
            exclusive: false,
            wait: None,
        },
    )
}

pub(super) fn exclusively(call: &str, number: u8, wait: Option<u64>) -> OfferRequest {
    sticky(
        by(call, number),
        Sticky {
            lasts: Duration::from_hours(1),
            exclusive: true,
            wait: wait.map(Duration::from_secs),
        },
    )
}

fn sticky(mut request: OfferRequest, sticky: Sticky) -> OfferRequest {
    request.customer.as_mut().unwrap().sticky = Some(sticky);
    request
}

impl World {
    /// The caller talks to whom the call rings, for ten seconds.
    pub(super) async fn talk(&self, request: &OfferRequest) -> String {
        let who = self.rings(request).await.remove(0);
        let call = request.call.as_str();
        self.event(call, &who, LegEvent::Dial).await;
        self.event(call, &who, LegEvent::Answered).await;
        self.pass(10);
        self.event(call, &who, LegEvent::Terminal).await;
        self.pass(1);
        who
    }

    async fn bound_to(&self, number: u8) -> Option<String> {
        let binding = self.store.binding(&self.account, caller(number)).await;
        binding.unwrap().map(|binding| binding.agent.to_string())
    }
}

behaviours! {
    async fn a_caller_goes_back_to_the_agent_of_the_last_answered_call(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        assert_eq!(world.talk(&by("one", 1)).await, "a");
        assert_eq!(world.rings(&back("two", 1)).await, ["a"], "though b and c are idle longer");
        assert_eq!(world.rings(&back("three", 2)).await, ["b"], "another caller is another's");
    }

    async fn the_last_agent_comes_first_and_the_others_fill_the_answer(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        world.talk(&by("one", 1)).await;
        assert_eq!(world.rings(&back("two", 1).agents(3)).await, ["a", "b", "c"]);
    }

    async fn a_last_agent_who_is_not_ready_leaves_it_to_the_targets(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        world.set("a", Presence::Offline).await;
        assert_eq!(world.rings(&back("two", 1)).await, ["b"]);
        world.set("a", Presence::Available).await;
        world.rings(&fetch("three", vec![sales()])).await;
        assert!(world.rings(&back("four", 1)).await.is_empty(), "a is reserved for another call");
    }

    async fn a_stale_last_agent_is_passed_over(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        world.pass(50);
        world.beat("b").await;
        world.pass(11);
        assert_eq!(world.rings(&back("two", 1)).await, ["b"]);
    }

    async fn only_an_agent_of_the_rules_queues_is_gone_back_to(world: &World) {
        let mut hindi = agent("h");
        hindi.skills.insert("hindi".to_owned(), 4);
        world.staff(&[agent("a"), hindi]).await;
        assert_eq!(world.talk(&by("one", 1)).await, "a");
        let hindi_only = || queue(&["sales"], &[("hindi", 2)], Strategy::LongestIdle);
        let elsewhere = OfferRequest { targets: vec![hindi_only()].into(), ..back("two", 1) };
        assert_eq!(world.rings(&elsewhere).await, ["h"]);
        let closed: OfferTarget = super::world::later(sales(), 3, 0);
        let later = OfferRequest { targets: vec![hindi_only(), closed].into(), ..back("three", 1) };
        assert_eq!(world.rings(&later).await, ["a"], "also of a target that is not open yet");
    }

    async fn a_binding_counts_as_long_as_the_rule_says_and_is_then_forgotten(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        world.pass(3_588);
        world.beat("a").await;
        world.beat("b").await;
        assert_eq!(world.rings(&back("two", 1)).await, ["a"]);
        world.pass(26);
        assert_eq!(world.rings(&back("three", 1)).await, ["b"], "an hour has passed");
        assert_eq!(world.bound_to(1).await.as_deref(), Some("a"));
        world.pass(7_200);
        assert_eq!(world.bound_to(1).await, None);
    }

    async fn an_exclusive_caller_is_offered_nobody_else(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        assert_eq!(world.rings(&exclusively("two", 1, None).agents(2)).await, ["a"]);
        let fixed = OfferRequest {
            targets: vec![sales(), numbers(&["+911140001234"])].into(),
            ..exclusively("three", 1, None)
        };
        assert!(world.rings(&fixed).await.is_empty(), "a rings for another call");
        assert_eq!(world.rings(&exclusively("four", 2, None)).await, ["b"], "nobody is bound to this caller");
    }

    async fn an_exclusive_caller_who_has_waited_long_enough_is_offered_anybody(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        let ask = |progress| exclusively("two", 1, Some(30)).attempts(3).reporting(progress);
        assert_eq!(world.rings(&ask("0")).await, ["a"]);
        world.pass(29);
        world.beat("a").await;
        world.beat("b").await;
        assert_eq!(world.rings(&ask("1")).await, ["a"], "still alone, though rung before");
        world.pass(20);
        assert_eq!(world.rings(&ask("2")).await, ["b"]);
    }

    async fn an_agent_who_was_rung_in_vain_does_not_come_first_again(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        assert_eq!(world.rings(&back("two", 1).attempts(2)).await, ["a"]);
        world.pass(20);
        assert_eq!(world.rings(&back("two", 1).attempts(2).reporting("1")).await, ["b"]);
    }

    async fn an_agent_who_is_gone_binds_nobody(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        world.store.remove_agent(&world.account, &agent_id("a")).await.unwrap();
        assert_eq!(world.rings(&exclusively("two", 1, None)).await, ["b"]);
    }

    async fn an_older_call_never_takes_the_place_of_a_newer_one(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&by("old", 1)).await, ["a"]);
        world.event("old", "a", LegEvent::Dial).await;
        world.pass(2);
        assert_eq!(world.talk(&by("new", 1)).await, "b");
        world.event("old", "a", LegEvent::Answered).await;
        assert_eq!(world.bound_to(1).await.as_deref(), Some("b"));
        world.end("old", DialOutcome::Answered, Some("a")).await;
        assert_eq!(world.bound_to(1).await.as_deref(), Some("b"));
    }

    async fn of_several_that_ring_the_one_who_answers_is_bound(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let request = by("one", 1).agents(3).at_once(&[3]);
        assert_eq!(world.rings(&request).await, ["a", "b", "c"]);
        for agent in ["a", "b", "c"] {
            world.event("one", agent, LegEvent::Dial).await;
        }
        world.event("one", "b", LegEvent::Answered).await;
        assert_eq!(world.bound_to(1).await.as_deref(), Some("b"));
        assert!(world.agent("a").await.is_ready());
        assert!(world.agent("c").await.is_ready());
    }

    async fn a_call_that_nobody_answered_binds_nobody(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&by("one", 1)).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(20);
        world.event("one", "a", LegEvent::Terminal).await;
        world.end("one", DialOutcome::NoAnswer, Some("a")).await;
        assert_eq!(world.bound_to(1).await, None);
    }

    async fn the_end_of_a_dial_binds_where_answers_are_not_reported(world: &World) {
        world.staff(&[agent("a")]).await;
        let mut request = by("one", 1);
        request.dialling.reports_answers = false;
        world.rings(&request).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(12);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.bound_to(1).await, None, "it may have been a decline");
        world.end("one", DialOutcome::Answered, Some("a")).await;
        assert_eq!(world.bound_to(1).await.as_deref(), Some("a"));
    }

    async fn the_caller_is_remembered_from_the_fetch_that_named_them(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&by("one", 1).attempts(2)).await, ["a"]);
        world.pass(20);
        let hidden = OfferRequest { customer: None, ..by("one", 1).attempts(2).reporting("1") };
        assert_eq!(world.rings(&hidden).await, ["b"]);
        world.event("one", "b", LegEvent::Answered).await;
        assert_eq!(world.bound_to(1).await.as_deref(), Some("b"));
    }

    async fn a_caller_who_is_forgotten_is_known_by_nothing(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.talk(&by("one", 1)).await;
        world.talk(&by("two", 2)).await;
        let erase = || world.store.erase(&world.account, caller(1));
        assert_eq!(erase().await.unwrap(), Erased { binding: true, calls: 1 });
        assert_eq!((world.bound_to(1).await, world.bound_to(2).await.as_deref()), (None, Some("b")));
        assert_eq!(erase().await.unwrap(), Erased::default(), "nothing is left");
        assert_eq!(world.rings(&back("three", 1)).await, ["a"], "as for any caller: idle longest");
    }

    async fn a_caller_is_forgotten_among_more_calls_than_a_page_has(world: &World) {
        world.offer(&by("first", 2)).await;
        for n in 0..700 {
            let offered = world.store.offer(&by(&format!("call-{n}"), 1 + u8::from(n % 100 == 0))).await;
            offered.unwrap();
        }
        let erase = |number| world.store.erase(&world.account, caller(number));
        assert_eq!(erase(1).await.unwrap().calls, 693);
        assert_eq!(erase(2).await.unwrap().calls, 8);
        assert_eq!((erase(1).await.unwrap(), erase(2).await.unwrap()), Default::default());
    }

    async fn a_call_that_goes_on_keeps_its_agent_when_its_caller_is_forgotten(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&by("one", 1)).await, ["a"]);
        world.event("one", "a", LegEvent::Dial).await;
        world.store.erase(&world.account, caller(1)).await.unwrap();
        world.event("one", "a", LegEvent::Answered).await;
        assert_eq!(world.agent("a").await.state, AgentState::InCall);
        assert_eq!(world.bound_to(1).await, None, "nobody is bound to a caller who is not known");
    }

    async fn a_call_that_waits_gives_its_place_up_when_its_caller_is_forgotten(world: &World) {
        let waits = |call, number| {
            let mut target = sales();
            target.terms = Some(Arc::new(QueueTerms { name: "sales".into(), max_calls: None, oldest_first: true }));
            OfferRequest { targets: vec![target].into(), ..by(call, number) }
        };
        for (call, number) in [("one", 1), ("two", 2)] {
            world.offer(&waits(call, number)).await;
        }
        assert_eq!(world.store.erase(&world.account, caller(1)).await.unwrap().calls, 1);
        let traffic = world.store.traffic(&world.account, &["sales".into()]).await.unwrap();
        let waiting: Vec<_> = traffic.queues["sales"].longest.iter().map(|call| call.call.as_str()).collect();
        assert_eq!(waiting, ["two"]);
    }
}
