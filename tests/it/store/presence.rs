//! What the store keeps of a person's choice, once for each implementation.

use std::time::Duration;

use ringmaster::presence::{DialEnd, DialOutcome, News, Presence, Report, Status, StatusSet};
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

fn by(name: &str, seconds_ago: u64) -> Option<(String, u64)> {
    Some((name.to_owned(), seconds_ago))
}

behaviours! {
    async fn an_override_is_kept_with_who_and_when_until_the_person_chooses(world: &World) {
        world.staff(&[agent("a")]).await;
        assert_eq!(set_by(world, "a").await, None);
        world.set_for("a", tea(0), "anita").await;
        world.pass(10);
        assert_eq!(set_by(world, "a").await, by("anita", 10));
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
        assert_eq!(set_by(world, "a").await, by("anita", 5));
        world.set_for("a", Presence::Offline, "bo").await;
        assert_eq!(set_by(world, "a").await, by("bo", 0));
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
        assert_eq!(set_by(world, "a").await, by("anita", 100));
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
