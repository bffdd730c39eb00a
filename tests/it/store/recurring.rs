//! What an equal, an overlapping and a recurring fetch mean, on both stores.

use ringmaster::presence::{AgentState, DialNews, DialOutcome, LegEvent, OfferRequest};

use super::reports::{ended, handled, telling};
use super::world::*;

/// The next fetch of a call: how the last dial ended, for whom.
fn after(request: &OfferRequest, said: &str, outcome: DialOutcome, who: &str) -> OfferRequest {
    telling(request, said, ended(outcome, Some(who)))
}

/// A fetch that says that the dial is under way.
fn overlapping(request: &OfferRequest, status: &str) -> OfferRequest {
    let mut request = request.clone().reporting(status).template("another");
    request.told = DialNews::GoesOn;
    request
}

behaviours! {
    async fn a_fetch_that_overlaps_with_the_ringing_ends_nothing(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![handled()]).attempts(3);
        let first = world.offer(&request).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(5);
        let again = world.offer(&overlapping(&request, "ringing")).await;
        assert_eq!((names(&again), again.attempt, again.replayed), (vec!["a".to_owned()], 1, true));
        assert_eq!(again.template, first.template);
        assert_eq!(world.state("a").await, AgentState::Ringing);
        assert_eq!(world.state("b").await, AgentState::Idle);
    }

    async fn a_fetch_that_overlaps_with_the_conversation_ends_nothing(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![handled()]).attempts(3);
        world.rings(&request).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.event("one", "a", LegEvent::Answered).await;
        world.pass(300);
        let again = world.offer(&overlapping(&request, "in-progress")).await;
        assert_eq!((names(&again), again.attempt, again.replayed), (vec!["a".to_owned()], 1, true));
        assert_eq!(world.state("a").await, AgentState::InCall);
    }

    async fn an_overlapping_fetch_gets_the_latest_attempt_that_rang_somebody(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![handled()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        assert_eq!(world.rings(&after(&request, "1", DialOutcome::NoAnswer, "a")).await, ["b"]);
        world.pass(1);
        assert_eq!(world.rings(&overlapping(&request, "ringing")).await, ["b"]);
        // Even with the fingerprint of an earlier attempt, or when the latest answer had nobody.
        let mut early = overlapping(&request, "ringing");
        "0".clone_into(&mut early.progress);
        assert_eq!(world.rings(&early).await, ["b"]);
        assert_eq!(world.rings(&after(&request, "2", DialOutcome::NoAnswer, "b")).await, [""; 0]);
        assert_eq!(world.rings(&overlapping(&request, "ringing")).await, ["b"]);
    }

    /// Where the fallback was answered before, nothing is known of the dial that goes on.
    async fn an_overlapping_fetch_of_a_call_that_rang_nobody_is_decided(world: &World) {
        world.staff(&[agent("a")]).await;
        let request = fetch("one", vec![handled()]);
        let offer = world.offer(&overlapping(&request, "ringing")).await;
        assert_eq!((names(&offer), offer.replayed), (vec!["a".to_owned()], false));
    }

    async fn whom_an_earlier_attempt_rang_is_not_named_again_once_another_call_has_them(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let one = fetch("one", vec![sales()]).attempts(4);
        assert_eq!(world.rings(&one).await, ["a"]);
        world.pass(1);
        let a_failed = after(&one, "a failed, 1 s", DialOutcome::Failed, "a");
        assert_eq!(world.rings(&a_failed).await, ["b"]);
        world.pass(1);
        let b_failed = after(&one, "b failed, 1 s", DialOutcome::Failed, "b");
        assert_eq!(world.rings(&b_failed).await, [""; 0], "both rest for 10 s");
        world.pass(9);
        assert_eq!(world.rings(&b_failed).await, ["a"]);
        world.pass(1);
        assert_eq!(world.rings(&fetch("two", vec![sales()])).await, ["b"]);
        let again = world.offer(&a_failed).await;
        assert_eq!((names(&again), again.replayed), (vec![], false));
        assert_eq!(world.state("a").await, AgentState::BackOff);
    }

    async fn who_rang_out_in_turn_again_and_again_has_missed_each_time(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let one = fetch("one", vec![sales()]).attempts(5);
        assert_eq!(world.rings(&one).await, ["a"]);
        let mut rung = "a";
        for (attempt, other) in (2..).zip(["b", "a", "b", "a"]) {
            world.pass(21);
            world.beat("a").await;
            world.beat("b").await;
            let said = format!("{rung} did not answer for 20 s");
            let offer = world.offer(&after(&one, &said, DialOutcome::NoAnswer, rung)).await;
            assert_eq!((names(&offer), offer.attempt), (vec![other.to_owned()], attempt));
            rung = other;
        }
        assert_eq!((world.counters("a").await.1, world.counters("b").await.1), (2, 2));
    }

    async fn a_report_that_recurs_ends_no_conversation(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let one = fetch("one", vec![handled()]).attempts(5);
        assert_eq!(world.rings(&one).await, ["a"]);
        assert_eq!(world.rings(&after(&one, "1", DialOutcome::Failed, "a")).await, ["b"]);
        world.event("one", "b", LegEvent::Answered).await;
        world.pass(6);
        world.offer(&one).await;
        assert_eq!(world.state("b").await, AgentState::InCall);
        // Nor when that got nobody, and is asked once more.
        world.offer(&one.clone().attempts(1)).await;
        world.pass(6);
        world.offer(&one).await;
        assert_eq!(world.state("b").await, AgentState::InCall);
    }

    async fn when_all_its_legs_are_reported_to_be_over_an_equal_fetch_is_a_new_attempt(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let one = fetch("one", vec![handled()]).attempts(3);
        assert_eq!(world.rings(&one).await, ["a"]);
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(1);
        world.event("one", "a", LegEvent::Terminal).await;
        assert!(world.offer(&one).await.replayed, "a duplicate may still be under way");
        world.pass(1);
        assert_eq!(world.rings(&fetch("two", vec![sales()])).await, ["b"]);
        assert_eq!(world.rings(&fetch("three", vec![sales()])).await, ["a"]);
        let again = world.offer(&one).await;
        assert_eq!((names(&again), again.replayed), (vec![], false));
    }

    async fn while_one_leg_goes_on_an_equal_fetch_gets_the_same(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let one = fetch("one", vec![handled()]).agents(2).at_once(&[2]);
        assert_eq!(world.rings(&one).await, ["a", "b"]);
        world.event("one", "a", LegEvent::Dial).await;
        world.event("one", "a", LegEvent::Terminal).await;
        world.pass(19);
        assert!(world.offer(&one).await.replayed);
        world.event("one", "b", LegEvent::Terminal).await;
        assert!(!world.offer(&one).await.replayed);
    }

    /// Ringing for a second leaves the agents to others before the replay window ends.
    async fn an_answer_whose_agents_are_free_again_is_not_given_again(world: &World) {
        world.staff(&[agent("a")]).await;
        let mut one = fetch("one", vec![sales()]).attempts(3);
        one.dialling.ring = std::time::Duration::from_secs(1);
        assert_eq!(world.rings(&one).await, ["a"]);
        world.pass(5);
        assert!(world.offer(&one).await.replayed);
        world.pass(1);
        assert_eq!(world.rings(&fetch("two", vec![sales()])).await, ["a"]);
        assert_eq!(world.rings(&one).await, [""; 0]);
    }
}
