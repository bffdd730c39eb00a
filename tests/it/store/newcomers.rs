//! Who comes in the middle of a day begins with those who are there, in queues whose order counts the day.

use std::collections::BTreeMap;
use std::time::Duration;

use ringmaster::presence::{
    DialEnd, DialOutcome, News, OfferRequest, Presence, QueueId, Report, Strategy, Whom,
};
use ringmaster::telephony::CallSid;

use super::world::*;

fn by(strategy: Strategy, call: &str) -> OfferRequest {
    fetch(call, vec![queue(&["sales"], &[], strategy)])
}

/// The name of the queue of all these tests.
fn id(strategy: Strategy) -> QueueId {
    match queue(&["sales"], &[], strategy).whom {
        Whom::Queue(queue) => queue.id().clone(),
        Whom::Agent(_) | Whom::Numbers(_) => panic!("a queue"),
    }
}

/// So many calls one after the other, each talked about for so long, in which these agents give signs of life: how many
/// each of them got.
async fn calls(
    world: &World,
    strategy: Strategy,
    prefix: &str,
    count: usize,
    talked: u64,
    alive: &[&str],
) -> BTreeMap<String, usize> {
    let mut got = BTreeMap::new();
    for number in 0..count {
        let call = format!("{prefix}-{number}");
        for id in world.rings(&by(strategy, &call)).await {
            *got.entry(id).or_default() += 1;
        }
        answered(world, &call, talked).await;
        world.pass(5);
        for id in alive {
            world.beat(id).await;
        }
    }
    got
}

async fn answered(world: &World, call: &str, talked: u64) {
    let end = DialEnd {
        outcome: DialOutcome::Answered,
        who: None,
        talks: Vec::new(),
    };
    let talks = ["sip:a", "sip:b", "sip:c"].map(|uri| {
        let uri = ringmaster::telephony::ContactUri::from_canonical(uri).unwrap();
        (uri, Duration::from_secs(talked))
    });
    let report = Report {
        account: world.account.clone(),
        call: CallSid::parse(call).unwrap(),
        news: News::End(DialEnd {
            talks: talks.into(),
            ..end
        }),
        utc_offset_seconds: OFFSET,
    };
    world.store.report(&report).await.unwrap();
}

/// What is added for an agent in the queue.
async fn ahead(world: &World, agent: &str, strategy: Strategy) -> Option<u64> {
    let snapshot = world.store.snapshot(&world.account).await.unwrap();
    let standings = snapshot.standings(VIEW);
    let standing = standings
        .iter()
        .find(|standing| standing.agent.profile.id.as_str() == agent);
    standing.unwrap().ahead.get(&id(strategy)).copied()
}

async fn join(world: &World, id: &str) {
    world
        .store
        .put_agents(&world.account, &[agent(id)])
        .await
        .unwrap();
    world.set(id, Presence::Available).await;
}

fn shares(got: &[(&str, usize)]) -> BTreeMap<String, usize> {
    got.iter()
        .map(|(id, count)| ((*id).to_owned(), *count))
        .collect()
}

behaviours! {
    async fn who_comes_at_noon_gets_no_more_calls_than_the_others(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let before = calls(world, Strategy::FewestCalls, "morning", 8, 3, &["a", "b"]).await;
        assert_eq!(before, shares(&[("a", 4), ("b", 4)]));
        join(world, "c").await;
        assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, Some(3));
        let after = calls(world, Strategy::FewestCalls, "noon", 9, 3, &["a", "b", "c"]).await;
        assert_eq!(after, shares(&[("a", 3), ("b", 3), ("c", 3)]));
    }

    async fn who_comes_at_noon_talks_no_more_than_the_others(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        calls(world, Strategy::LeastTalkTime, "morning", 8, 60, &["a", "b"]).await;
        join(world, "c").await;
        assert_eq!(ahead(world, "c", Strategy::LeastTalkTime).await, Some(180_000));
        let after = calls(world, Strategy::LeastTalkTime, "noon", 10, 60, &["a", "b", "c"]).await;
        assert_eq!(after, shares(&[("a", 3), ("b", 3), ("c", 4)]), "the first, as the least of them, and then in turn");
    }

    async fn who_comes_at_noon_gets_a_share_by_weight(world: &World) {
        let mut heavy = agent("a");
        heavy.weight = 2;
        world.staff(&[heavy, agent("b")]).await;
        let before = calls(world, Strategy::Weighted, "morning", 12, 3, &["a", "b"]).await;
        assert_eq!(before, shares(&[("a", 8), ("b", 4)]));
        join(world, "c").await;
        let after = calls(world, Strategy::Weighted, "noon", 17, 3, &["a", "b", "c"]).await;
        assert_eq!(after, shares(&[("a", 8), ("b", 4), ("c", 5)]), "the first, and then by weight");
    }

    async fn who_had_lapsed_begins_with_the_others_and_who_was_on_a_break_where_they_were(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        world.set("b", Presence::OnBreak { reason: None, lasting: None }).await;
        world.pass(61);
        world.beat("a").await;
        let alone = calls(world, Strategy::FewestCalls, "alone", 5, 3, &["a", "b"]).await;
        assert_eq!(alone, shares(&[("a", 5)]));
        world.beat("c").await;
        world.set("b", Presence::Available).await;
        assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, Some(4));
        assert_eq!(ahead(world, "b", Strategy::FewestCalls).await, None);
        assert_eq!(world.rings(&by(Strategy::FewestCalls, "next").agents(3)).await, ["b", "c", "a"]);
    }

    async fn nobody_gains_by_leaving_for_a_moment(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        world.set("b", Presence::OnBreak { reason: None, lasting: None }).await;
        world.set("c", Presence::Offline).await;
        calls(world, Strategy::FewestCalls, "alone", 5, 3, &["a", "b"]).await;
        world.set("c", Presence::Available).await;
        assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, Some(4));
        world.set("b", Presence::Available).await;
        assert_eq!(world.rings(&by(Strategy::FewestCalls, "low")).await, ["b"], "the level falls");
        world.set("c", Presence::Offline).await;
        world.set("c", Presence::Available).await;
        assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, Some(4));
    }

    async fn a_new_day_begins_with_nothing_for_everybody(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.set("b", Presence::Offline).await;
        calls(world, Strategy::FewestCalls, "alone", 5, 3, &["a"]).await;
        world.set("b", Presence::Available).await;
        assert_eq!(ahead(world, "b", Strategy::FewestCalls).await, Some(4));
        world.pass(13 * 3600);
        assert_eq!(ahead(world, "b", Strategy::FewestCalls).await, None);
        world.beat("a").await;
        world.beat("b").await;
        assert_eq!(ahead(world, "b", Strategy::FewestCalls).await, None, "no call today yet");
        assert_eq!(world.rings(&by(Strategy::FewestCalls, "dawn").agents(2)).await, ["a", "b"]);
    }

    async fn who_leaves_the_queue_or_the_account_leaves_the_place_too(world: &World) {
        world.staff(&[agent("a")]).await;
        calls(world, Strategy::FewestCalls, "alone", 5, 3, &["a"]).await;
        join(world, "b").await;
        join(world, "c").await;
        let mut moved = agent("b");
        moved.groups = ["support".to_owned()].into();
        for profile in [moved, agent("b")] {
            assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, Some(4));
            world.store.put_agents(&world.account, &[profile]).await.unwrap();
            assert_eq!(ahead(world, "b", Strategy::FewestCalls).await, None);
        }
        world.store.remove_agent(&world.account, &agent_id("c")).await.unwrap();
        world.store.put_agents(&world.account, &[agent("c")]).await.unwrap();
        assert_eq!(ahead(world, "c", Strategy::FewestCalls).await, None);
    }
}
