//! Calls that we start, on both stores: `answered` says that the agent is there, the end whether anybody was talked to.

use std::time::Duration;

use ringmaster::presence::{
    AgentState, Customer, DialEnd, DialOutcome, LegEvent, News, OfferRequest, Status, Sticky,
};

use super::reports::{ended, handled, uri};
use super::sticky::caller;
use super::world::*;

/// A click for one of the queue who calls that customer.
fn click(call: &str, customer: u8) -> OfferRequest {
    let mut request = fetch(call, vec![handled()]);
    request.dialling.reports_answers = false;
    request.dialling.is_outbound = true;
    request.customer = Some(Customer {
        number: caller(customer),
        bound_for: Duration::from_hours(1),
        sticky: None,
    });
    request
}

/// The customer calls back.
fn back(call: &str, customer: u8) -> OfferRequest {
    let mut request = fetch(call, vec![handled()]);
    request.customer = Some(Customer {
        number: caller(customer),
        bound_for: Duration::from_hours(1),
        sticky: Some(Sticky {
            lasts: Duration::from_hours(1),
            exclusive: false,
            wait: None,
        }),
    });
    request
}

/// They talked for so long.
fn talked(agent: &str, seconds: u64) -> News {
    News::End(DialEnd {
        talks: vec![(uri(agent), Duration::from_secs(seconds))],
        ..ended(DialOutcome::Answered, Some(agent))
    })
}

impl World {
    /// Agent `a` clicks, is rung, and after five seconds reported to have answered.
    async fn clicked_and_answered(&self, call: &str) {
        assert_eq!(self.rings(&click(call, 1)).await, ["a"]);
        assert!(self.event(call, "a", LegEvent::Dial).await);
        self.pass(5);
        assert!(self.event(call, "a", LegEvent::Answered).await);
        assert_eq!(self.state("a").await, AgentState::InCall);
    }

    /// Calls answered and missed today, misses in a row, seconds talked.
    async fn counted(&self, agent: &str) -> (u32, u32, u8, u64) {
        let agent = self.agent(agent).await;
        let talked = agent.talked_today.as_secs();
        (
            agent.answered_today,
            agent.missed_today,
            agent.misses,
            talked,
        )
    }
}

behaviours! {
    async fn an_answer_holds_the_agent_and_counts_for_nothing_yet(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.clicked_and_answered("out").await;
        assert_eq!(world.counted("a").await, (0, 0, 0, 0));
        assert_eq!(world.store.binding(&world.account, caller(1)).await.unwrap(), None);
        let until = world.agent("a").await.until.unwrap();
        world.clock.set(until.minus(Duration::from_millis(1)));
        assert_eq!(world.state("a").await, AgentState::InCall);
        world.clock.set(until);
        assert_eq!(world.state("a").await, AgentState::Idle, "the lease ends by itself");
    }

    async fn a_customer_who_does_not_answer_leaves_the_agent_free_and_nothing_behind(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.clicked_and_answered("out").await;
        world.pass(30);
        assert!(world.end("out", DialOutcome::Cancelled, Some("a")).await);
        assert_eq!(world.state("a").await, AgentState::Idle);
        assert_eq!(world.counted("a").await, (0, 0, 0, 0));
        assert_eq!(world.store.binding(&world.account, caller(1)).await.unwrap(), None);
        assert_eq!(world.rings(&back("in", 1)).await, ["b"], "who is idle longest");
    }

    async fn an_agent_who_did_not_answer_has_missed_whatever_was_said_before(world: &World) {
        world.staff(&[agent("a")]).await;
        world.clicked_and_answered("out").await;
        assert!(world.end("out", DialOutcome::NoAnswer, Some("a")).await);
        assert_eq!(world.state("a").await, AgentState::BackOff);
        assert_eq!(world.counted("a").await, (0, 1, 0, 0), "of the day, and none in a row");
    }

    async fn a_click_that_the_agent_does_not_pick_up_leads_to_no_break(world: &World) {
        world.staff(&[agent("a")]).await;
        let missed = async |request: OfferRequest| {
            assert_eq!(world.rings(&request).await, ["a"]);
            assert!(world.end(request.call.as_str(), DialOutcome::NoAnswer, Some("a")).await);
            world.pass(10);
            world.beat("a").await;
        };
        for call in ["click-1", "click-2", "click-3", "click-4"] {
            missed(click(call, 1)).await;
        }
        for (call, misses) in [("in-1", 1), ("in-2", 2)] {
            missed(back(call, 2)).await;
            assert_eq!(world.counted("a").await.2, misses);
        }
        missed(click("click-5", 1)).await;
        assert_eq!(world.counted("a").await, (0, 7, 2, 0));
        assert_eq!(world.agent("a").await.status, Status::Available);
        missed(back("in-3", 2)).await;
        assert_eq!(world.agent("a").await.status, Status::OnBreak, "three customers waited for nothing");
    }

    async fn the_end_says_how_long_was_talked_and_binds_the_customer(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.clicked_and_answered("out").await;
        world.pass(300);
        assert!(world.hear("out", talked("a", 240)).await);
        assert_eq!(world.state("a").await, AgentState::WrapUp);
        assert_eq!(world.counted("a").await, (1, 0, 0, 240), "not the clock's 300");
        assert!(!world.hear("out", talked("a", 240)).await, "an end counts but once");
        assert_eq!(world.counted("a").await, (1, 0, 0, 240));
        let bound = world.store.binding(&world.account, caller(1)).await.unwrap().unwrap();
        assert_eq!(bound.agent, agent_id("a"));
        world.pass(20);
        world.beat("a").await;
        world.beat("b").await;
        assert_eq!(world.rings(&back("in", 1)).await, ["a"], "though b is idle longer");
    }

    async fn an_end_without_an_answer_before_it_counts_the_same(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&click("out", 1)).await;
        assert!(world.hear("out", talked("a", 60)).await);
        assert_eq!(world.counted("a").await, (1, 0, 0, 60));
        assert!(!world.event("out", "a", LegEvent::Answered).await, "late");
        assert_eq!(world.state("a").await, AgentState::WrapUp);
        assert!(world.store.binding(&world.account, caller(1)).await.unwrap().is_some());
    }

    async fn a_leg_that_ends_without_a_word_on_how_is_no_conversation(world: &World) {
        world.staff(&[agent("a")]).await;
        world.clicked_and_answered("out").await;
        world.pass(60);
        assert!(world.event("out", "a", LegEvent::Terminal).await);
        assert_eq!(world.state("a").await, AgentState::Idle);
        assert_eq!(world.counted("a").await, (0, 0, 0, 0));
        assert!(world.hear("out", talked("a", 50)).await, "the end tells it later");
        assert_eq!(world.counted("a").await, (1, 0, 0, 50));
    }
}
