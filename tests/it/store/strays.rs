//! Reports that are lost, late, or about somebody else than it seems, on both stores.

use std::num::NonZeroU8;
use std::time::Duration;

use ringmaster::presence::{
    AgentState, DialOutcome, Handling, LegEvent, News, OfferRequest, OfferTarget, Presence, Status,
};
use ringmaster::telephony::ContactUri;

use super::reports::{ended, handled, telling, uri, without_answers};
use super::world::*;

/// The next fetch of a call that reports how the last dial ended.
fn again(request: &OfferRequest, progress: &str, who: &str) -> OfferRequest {
    telling(request, progress, ended(DialOutcome::NoAnswer, Some(who)))
}

fn reserved_by(agent: &ringmaster::presence::Agent) -> Option<(AgentState, &str)> {
    Some((agent.state, agent.call.as_ref()?.as_str()))
}

behaviours! {
    /// The end of the first ring may be told after the fetch that rings the same phone again.
    async fn a_late_terminal_of_the_first_ring_does_not_end_the_second(world: &World) {
        world.staff(&[agent("a")]).await;
        let request = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(20);
        assert_eq!(world.rings(&again(&request, "1", "a")).await, ["a"]);
        assert!(!world.event("one", "a", LegEvent::Terminal).await);
        let held = world.agent("a").await;
        assert_eq!(reserved_by(&held), Some((AgentState::Reserved, "one")));
        assert!(world.event("one", "a", LegEvent::Dial).await);
        assert!(world.rings(&fetch("two", vec![sales()])).await.is_empty(), "one phone, one call");
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.state("a").await, AgentState::Idle);
    }

    async fn a_late_end_of_an_earlier_dial_does_not_end_the_one_under_way(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![handled()]).attempts(2);
        assert_eq!(world.rings(&request).await, ["a"]);
        assert_eq!(world.rings(&again(&request, "1", "a")).await, ["b"]);
        world.end("one", DialOutcome::NoAnswer, Some("a")).await;
        assert_eq!(world.state("b").await, AgentState::Reserved);
        world.end("one", DialOutcome::Cancelled, Some("a")).await;
        assert_eq!(world.state("b").await, AgentState::Idle, "with the caller gone, nobody is held");
    }

    async fn an_agent_is_known_by_each_of_their_destinations(world: &World) {
        let mut both = agent("a");
        let second = ContactUri::from_canonical("+919812345670").unwrap();
        both.destinations.push(second.clone());
        world.staff(&[both, agent("b")]).await;
        let request = without_answers("one").agents(2).at_once(&[2]);
        assert_eq!(world.rings(&request).await, ["a", "b"]);
        let leg = |event| News::Leg { who: second.clone(), event, rang: None };
        assert!(world.hear("one", leg(LegEvent::Dial)).await);
        assert_eq!(world.state("a").await, AgentState::Ringing);
        assert!(world.hear("one", leg(LegEvent::Terminal)).await);
        let mut end = ended(DialOutcome::Answered, None);
        end.who = Some(second.clone());
        end.talks.push((second.clone(), Duration::from_secs(7)));
        world.hear("one", News::End(end)).await;
        assert_eq!(world.state("a").await, AgentState::WrapUp);
        assert_eq!(world.agent("a").await.talked_today, Duration::from_secs(7));
        assert_eq!(world.state("b").await, AgentState::Idle);
    }

    /// When the store was out of reach, a fetch is answered with fixed numbers that it does not know of.
    async fn what_a_stranger_answered_no_agent_answered(world: &World) {
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&fetch("one", vec![handled()])).await, ["a"]);
        world.end("one", DialOutcome::Answered, Some("stranger")).await;
        assert_eq!(world.state("a").await, AgentState::Idle);
        assert_eq!(world.counters("a").await, (0, 0));
    }

    /// Where phones ring one after the other and the end of the first goes unreported.
    async fn who_was_rung_in_turn_before_another_is_free_when_the_other_is_dialled(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let mut request = without_answers("one");
        request = request.agents(3);
        assert_eq!(world.rings(&request).await, ["a", "b", "c"]);
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(20);
        world.event("one", "b", LegEvent::Dial).await;
        assert_eq!(world.state("a").await, AgentState::BackOff);
        world.pass(10);
        assert_eq!(world.state("c").await, AgentState::Reserved);
        world.event("one", "c", LegEvent::Dial).await;
        assert_eq!(world.state("b").await, AgentState::Idle, "it did not ring out");
        world.event("one", "c", LegEvent::Answered).await;
        let counters = [world.counters("a").await, world.counters("b").await, world.counters("c").await];
        assert_eq!(counters, [(0, 1), (0, 0), (1, 0)]);
    }

    async fn when_the_second_of_three_in_turn_answers_only_the_first_has_missed(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        world.rings(&fetch("one", vec![handled()]).agents(3)).await;
        world.end("one", DialOutcome::Answered, Some("b")).await;
        let states = [world.state("a").await, world.state("b").await, world.state("c").await];
        assert_eq!(states, [AgentState::BackOff, AgentState::WrapUp, AgentState::Idle]);
    }

    async fn a_conversation_that_ends_frees_whom_the_call_still_rings(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.rings(&without_answers("one").agents(2).at_once(&[2])).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.event("one", "b", LegEvent::Dial).await;
        world.pass(60);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.state("a").await, AgentState::WrapUp);
        assert_eq!(world.state("b").await, AgentState::Idle);
        assert_eq!(world.counters("b").await, (0, 0));
    }

    async fn a_conversation_whose_answer_was_lost_is_no_miss(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(120);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.counters("a").await, (0, 0));
        assert_eq!(world.state("a").await, AgentState::Idle);
    }

    /// Two misses where three make a break, then a lost race where one would.
    async fn only_a_miss_leads_to_the_break_for_misses(world: &World) {
        world.staff(&[agent("a")]).await;
        for call in ["one", "two"] {
            world.rings(&fetch(call, vec![handled()])).await;
            world.end(call, DialOutcome::NoAnswer, None).await;
            world.pass(10);
        }
        let strict = Handling { most_missed: NonZeroU8::new(1), ..handled().handling };
        let strict = OfferTarget { handling: strict, ..sales() };
        assert_eq!(world.rings(&fetch("three", vec![strict.clone()])).await, ["a"]);
        world.end("three", DialOutcome::Cancelled, None).await;
        assert_eq!(world.agent("a").await.status, Status::Available);
        world.rings(&fetch("four", vec![strict])).await;
        world.end("four", DialOutcome::NoAnswer, None).await;
        assert_eq!(world.agent("a").await.status, Status::OnBreak);
    }

    async fn misses_are_forgotten_when_a_timed_break_ends_by_itself(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.set("a", Presence::OnBreak { reason: None, lasting: Some(Duration::from_secs(40)) }).await;
        world.pass(20);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.agent("a").await.misses, 1);
        world.beat("a").await;
        // The break began when the call was over.
        world.pass(40);
        assert_eq!(world.agent("a").await.misses, 0);
        assert_eq!(world.rings(&fetch("two", vec![handled()])).await, ["a"]);
        world.end("two", DialOutcome::NoAnswer, None).await;
        assert_eq!(world.agent("a").await.misses, 1, "the row begins anew");
    }

    /// An account where Exotel no longer reports answers must not stay one where nobody is ever held while talking.
    async fn that_answers_are_reported_is_forgotten_after_a_day_without_any(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&without_answers("one")).await;
        world.event("one", "a", LegEvent::Answered).await;
        world.pass(24 * 3_600);
        world.beat("a").await;
        world.rings(&without_answers("two")).await;
        world.hear("two", News::Leg { who: uri("a"), event: LegEvent::Dial, rang: None }).await;
        world.pass(25);
        let talking = world.agent("a").await;
        assert_eq!((talking.state, talking.assumed), (AgentState::InCall, true));
    }
}
