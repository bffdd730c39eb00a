//! What the store keeps of a person's choice, once for each implementation.

use std::time::Duration;

use ringmaster::presence::{
    AgentState, DialEnd, DialOutcome, News, Presence, Report, Status, StatusSet, Strategy,
};
use ringmaster::telephony::CallSid;

use super::world::*;

fn tea(seconds: u64) -> Presence {
    Presence::OnBreak {
        reason: Some("tea".to_owned()),
        lasting: (seconds > 0).then(|| Duration::from_secs(seconds)),
    }
}

/// Nobody answered the call.
fn unanswered(world: &World, call: &str) -> Report {
    Report {
        account: world.account.clone(),
        call: CallSid::parse(call).unwrap(),
        news: News::End(DialEnd {
            outcome: DialOutcome::NoAnswer,
            who: None,
            talks: Vec::new(),
        }),
        utc_offset_seconds: OFFSET,
    }
}

/// By whom, and how many seconds ago.
async fn set_by(world: &World, id: &str) -> Option<(String, u64)> {
    let agent = world.agent(id).await;
    let StatusSet { by, at } = agent.status_set?;
    Some((by, agent.at.since(at).as_secs()))
}

fn by(name: &str, seconds_ago: u64) -> (String, u64) {
    (name.to_owned(), seconds_ago)
}

behaviours! {
    async fn an_override_is_kept_with_who_and_when_until_the_person_chooses(world: &World) {
        world.staff(&[agent("a")]).await;
        assert_eq!(set_by(world, "a").await, None);
        world.set_for("a", tea(0), "anita").await;
        world.pass(10);
        assert_eq!(set_by(world, "a").await, Some(by("anita", 10)));
        assert_eq!(world.agent("a").await.reason.as_deref(), Some("tea"));
        world.set("a", tea(0)).await;
        assert_eq!(set_by(world, "a").await, None);
    }

    async fn an_override_to_the_same_status_has_its_own_moment(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set("a", Presence::Offline).await;
        let since = world.agent("a").await.status_since;
        world.pass(10);
        world.set_for("a", Presence::Offline, "anita").await;
        world.pass(5);
        assert_eq!(set_by(world, "a").await, Some(by("anita", 5)));
        world.set_for("a", Presence::Offline, "bo").await;
        assert_eq!(set_by(world, "a").await, Some(by("bo", 0)));
        assert_eq!(world.agent("a").await.status_since, since);
    }

    async fn an_override_outlives_calls_heartbeats_and_a_new_profile(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set_for("a", Presence::Available, "anita").await;
        world.rings(&fetch("1", vec![sales()])).await;
        world.pass(30);
        world.beat("a").await;
        world.store.put_agents(&world.account, &[agent("a")]).await.unwrap();
        world.pass(70);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, [""; 0], "stale, and left out");
        assert_eq!(set_by(world, "a").await, Some(by("anita", 100)));
    }

    async fn what_comes_about_by_itself_is_nobodys_override(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.set_for("a", tea(30), "anita").await;
        world.set_for("b", Presence::Available, "anita").await;
        let mut target = sales();
        target.handling.most_missed = Some(one(1));
        assert_eq!(world.rings(&fetch("1", vec![target])).await, ["b"]);
        world.store.report(&unanswered(world, "1")).await.unwrap();
        let missed = world.agent("b").await;
        assert_eq!((missed.status, missed.status_set), (Status::OnBreak, None));
        world.pass(30);
        let back = world.agent("a").await;
        assert_eq!((back.status, back.status_set), (Status::Available, None));
        world.beat("a").await;
        assert_eq!(set_by(world, "a").await, None);
    }

    async fn a_timed_break_ends_into_offline_when_the_heartbeat_had_lapsed_by_then(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.set_for("a", tea(100), "anita").await;
        world.pass(99);
        assert_eq!(world.agent("a").await.status, Status::OnBreak);
        world.pass(1);
        let gone = world.agent("a").await;
        assert_eq!((gone.status, gone.status_since, gone.stale), (Status::Offline, gone.at, false));
        assert_eq!((gone.reason, gone.break_until, gone.status_set), (None, None, None));
        world.pass(10);
        world.beat("a").await;
        let still = world.agent("a").await;
        assert_eq!((still.status, still.status_since), (Status::Offline, gone.status_since));
        assert_eq!(world.rings(&fetch("1", vec![sales()])).await, [""; 0]);
        world.set("a", Presence::Available).await;
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
    }

    async fn a_heartbeat_shortly_before_its_end_makes_a_break_end_into_available(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set("a", tea(100)).await;
        world.pass(40);
        world.beat("a").await;
        world.pass(60);
        let back = world.agent("a").await;
        assert!(back.is_ready(), "heard of 60 s ago, which is just in time");
        assert_eq!(back.idle_since, Some(back.at));
        assert_eq!(world.rings(&fetch("1", vec![sales()])).await, ["a"]);
    }

    async fn a_break_that_ended_well_is_not_ended_otherwise_by_later_silence(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set("a", tea(50)).await;
        world.pass(500);
        let silent = world.agent("a").await;
        assert_eq!((silent.status, silent.stale), (Status::Available, true));
        assert_eq!(world.rings(&fetch("1", vec![sales()])).await, [""; 0]);
        world.beat("a").await;
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
    }

    async fn who_left_during_a_break_is_not_found_by_rules_without_heartbeats_either(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set("a", tea(100)).await;
        world.pass(200);
        for strategy in [Strategy::LongestIdle, Strategy::RoundRobin] {
            let mut request = fetch(strategy.as_str(), vec![queue(&[], &[], strategy)]);
            request.heartbeat = None;
            assert_eq!(world.rings(&request).await, [""; 0]);
        }
    }

    async fn a_break_without_heartbeats_ends_into_available(world: &World) {
        world.staff(&[agent("a")]).await;
        let view = ringmaster::presence::store::View { heartbeat: None, ..VIEW };
        let id = agent_id("a");
        world.store.set_presence(&world.account, &id, &tea(100), None, view).await.unwrap();
        world.pass(200);
        let back = world.store.agent(&world.account, view, &id).await.unwrap().unwrap();
        assert!(back.is_ready());
        let mut request = fetch("1", vec![sales()]);
        request.heartbeat = None;
        assert_eq!(world.rings(&request).await, ["a"]);
    }

    async fn what_is_chosen_during_a_break_counts_and_not_its_end(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.set("a", tea(100)).await;
        world.set("b", tea(100)).await;
        world.pass(50);
        world.set("a", Presence::Available).await;
        world.set("b", tea(0)).await;
        world.pass(200);
        let (a, b) = (world.agent("a").await, world.agent("b").await);
        assert_eq!((a.status, a.stale), (Status::Available, true));
        assert_eq!((b.status, b.break_until), (Status::OnBreak, None));
    }

    async fn a_status_set_during_a_call_shows_at_once_and_takes_effect_behind_the_call(world: &World) {
        world.staff(&[agent("a")]).await;
        assert_eq!(world.rings(&fetch("1", vec![sales()])).await, ["a"]);
        world.set("a", Presence::Offline).await;
        let held = world.agent("a").await;
        assert_eq!((held.status, held.state), (Status::Offline, AgentState::Reserved));
        assert_eq!(held.until.unwrap().since(held.at), Duration::from_secs(25));
        world.pass(25);
        assert_eq!(world.agent("a").await.state, AgentState::Idle);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, [""; 0]);
        world.set("a", Presence::Available).await;
        assert_eq!(world.rings(&fetch("3", vec![sales()])).await, ["a"]);
        world.set("a", Presence::Available).await;
        assert_eq!(world.rings(&fetch("4", vec![sales()])).await, [""; 0], "the call holds on");
    }

    async fn breaks_set_during_a_call_let_it_go_on_and_each_ends_after_its_own_time(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        assert_eq!(world.rings(&fetch("1", vec![sales()]).agents(2).at_once(&[2])).await, ["a", "b"]);
        world.set("a", tea(10)).await;
        world.set("b", tea(55)).await;
        world.pass(20);
        let a = world.agent("a").await;
        assert_eq!((a.status, a.state), (Status::OnBreak, AgentState::Reserved));
        world.pass(14);
        world.beat("b").await;
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, [""; 0]);
        world.pass(1);
        assert_eq!(world.rings(&fetch("3", vec![sales()]).agents(2)).await, ["a"]);
        world.pass(44);
        assert_eq!(world.rings(&fetch("4", vec![sales()]).agents(2)).await, [""; 0]);
        world.pass(1);
        world.beat("b").await;
        assert_eq!(world.rings(&fetch("5", vec![sales()]).agents(2)).await, ["b"]);
    }

    async fn who_is_made_anew_has_chosen_for_themselves(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set_for("a", Presence::Available, "anita").await;
        world.rings(&fetch("1", vec![sales()])).await;
        assert!(world.store.remove_agent(&world.account, &agent_id("a")).await.unwrap());
        world.store.put_agents(&world.account, &[agent("a")]).await.unwrap();
        let anew = world.agent("a").await;
        assert_eq!((anew.status, anew.status_set), (Status::Offline, None));
    }
}
