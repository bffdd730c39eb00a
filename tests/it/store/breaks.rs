//! A timed break that is set during a call, on both stores: it begins when the call is over for the agent.

use std::time::Duration;

use ringmaster::clock::Clock;
use ringmaster::presence::{
    AgentState, DialOutcome, LegEvent, News, OfferTarget, Presence, Release, Status,
};

use super::reports::{ended, handled};
use super::world::*;

fn minute() -> Presence {
    Presence::OnBreak {
        reason: None,
        lasting: Some(Duration::from_mins(1)),
    }
}

impl World {
    /// The agent `a`, whom call 1 rings for 25 s at most, has set a break of a minute.
    async fn breaks_off(&self, target: OfferTarget) {
        self.staff(&[agent("a")]).await;
        assert_eq!(self.rings(&fetch("1", vec![target])).await, ["a"]);
        self.set("a", minute()).await;
    }

    /// In how many seconds the break of `a` ends, and how many of them are left behind the state's end.
    async fn break_left(&self) -> (u64, Option<u64>) {
        let agent = self.agent("a").await;
        assert_eq!(agent.status, Status::OnBreak);
        let end = agent.break_until.unwrap();
        let behind = agent.until.map(|until| end.since(until).as_secs());
        (end.since(self.clock.now()).as_secs(), behind)
    }
}

behaviours! {
    async fn a_break_that_is_set_during_a_call_begins_after_it(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("1", vec![sales()])).await;
        world.event("1", "a", LegEvent::Answered).await;
        world.set("a", minute()).await;
        world.pass(61);
        world.event("1", "a", LegEvent::Terminal).await;
        world.beat("a").await;
        assert_eq!(world.break_left().await, (60, None), "no minute of the break was had");
        world.pass(59);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, [""; 0]);
        world.pass(1);
        assert_eq!(world.rings(&fetch("3", vec![sales()])).await, ["a"]);
        assert_eq!(world.agent("a").await.status, Status::Available);
    }

    async fn a_break_moves_along_with_the_call_before_it(world: &World) {
        world.breaks_off(sales()).await;
        assert_eq!(world.break_left().await, (25 + 60, Some(60)));
        world.pass(5);
        world.event("1", "a", LegEvent::Dial).await;
        assert_eq!(world.break_left().await, (25 + 60, Some(60)));
        world.event("1", "a", LegEvent::Answered).await;
        assert_eq!(world.break_left().await, (905 + 60, Some(60)));
        world.pass(100);
        world.beat("a").await;
        assert_eq!(world.break_left().await, (805 + 60, Some(60)));
    }

    async fn a_break_begins_when_the_lease_ends_if_nothing_is_heard(world: &World) {
        world.breaks_off(sales()).await;
        world.pass(35);
        assert_eq!(world.break_left().await, (50, None));
        world.event("1", "a", LegEvent::Answered).await;
        assert_eq!(world.break_left().await, (50, Some(0)), "it has begun, and goes on");
        world.event("1", "a", LegEvent::Terminal).await;
        world.beat("a").await;
        world.pass(49);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, [""; 0]);
        world.pass(1);
        assert_eq!(world.rings(&fetch("3", vec![sales()])).await, ["a"]);
    }

    async fn a_wrap_up_is_part_of_the_break_and_so_is_what_follows_a_miss(world: &World) {
        for (call, outcome, state) in [
            ("1", DialOutcome::Answered, AgentState::WrapUp),
            ("2", DialOutcome::Declined, AgentState::BackOff),
        ] {
            world.staff(&[agent("a")]).await;
            world.rings(&fetch(call, vec![handled()])).await;
            world.set("a", minute()).await;
            world.pass(10);
            world.hear(call, News::End(ended(outcome, Some("a")))).await;
            assert_eq!(world.agent("a").await.state, state);
            assert_eq!(world.break_left().await.0, 60);
            world.pass(3);
            assert_eq!(world.break_left().await.0, 57);
            world.pass(57);
            world.beat("a").await;
        }
    }

    async fn a_release_and_another_attempt_of_the_call_begin_the_break(world: &World) {
        world.breaks_off(sales()).await;
        world.pass(10);
        let (account, a) = (&world.account, agent_id("a"));
        world.store.release(account, &a, Release::Any).await.unwrap();
        assert_eq!(world.break_left().await, (60, None));
        world.beat("a").await;
        world.pass(60);
        let request = fetch("2", vec![sales()]).attempts(2);
        assert_eq!(world.rings(&request).await, ["a"]);
        world.set("a", minute()).await;
        world.pass(20);
        assert_eq!(world.rings(&request.reporting("a-failed")).await, [""; 0]);
        assert_eq!(world.break_left().await, (60, None));
    }

    async fn a_status_that_is_set_later_in_the_call_takes_the_place_of_the_break(world: &World) {
        world.breaks_off(sales()).await;
        world.set("a", Presence::Available).await;
        world.event("1", "a", LegEvent::Terminal).await;
        let agent = world.agent("a").await;
        assert_eq!((agent.status, agent.break_until), (Status::Available, None));
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
    }

    async fn a_break_that_is_over_has_no_part_in_the_next_call(world: &World) {
        world.breaks_off(sales()).await;
        let lasting = Some(Duration::from_secs(30));
        world.set("a", Presence::OnBreak { reason: None, lasting }).await;
        world.pass(25 + 30);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
        world.store.put_agents(&world.account, &[agent("a")]).await.unwrap();
        world.event("2", "a", LegEvent::Answered).await;
        world.event("2", "a", LegEvent::Terminal).await;
        assert_eq!(world.agent("a").await.status, Status::Available);
        assert_eq!(world.rings(&fetch("3", vec![sales()])).await, ["a"]);
    }

    async fn a_caller_goes_back_to_an_agent_whose_break_was_set_during_the_call_before(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&super::sticky::back("1", 1)).await, ["a"]);
        world.event("1", "a", LegEvent::Answered).await;
        let lasting = Some(Duration::from_secs(10));
        world.set("a", Presence::OnBreak { reason: None, lasting }).await;
        world.pass(900);
        world.beat("a").await;
        world.beat("b").await;
        world.pass(20);
        assert_eq!(world.rings(&super::sticky::back("2", 1)).await, ["a"]);
    }
}
