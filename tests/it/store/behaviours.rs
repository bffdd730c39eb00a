//! Each behaviour of the store, once; the macro makes it a test for each implementation.

use std::time::Duration;

use ringmaster::presence::{
    AgentState, OfferReply, Presence, Release, ReleaseOutcome, Status, StoreError, Strategy,
};

use super::world::*;

/// A test of each behaviour for each store.
macro_rules! behaviours {
    ($($(#[doc = $doc:literal])* async fn $name:ident($world:ident: &World) $body:block)+) => {
        $($(#[doc = $doc])* async fn $name($world: &World) $body)+
        mod memory {
            use super::World;
            $(#[tokio::test] async fn $name() { super::$name(&World::memory()).await; })+
        }
        mod redis {
            use super::World;
            $(#[tokio::test] async fn $name() { super::$name(&World::redis()).await; })+
        }
        /// All of them, each in a world of its own; `count` is how many there have been.
        pub(crate) async fn all(make: &impl Fn() -> World, count: &mut usize) {
            $(
                *count += 1;
                eprintln!("{count}: {}", stringify!($name));
                $crate::store::world::in_an_account_of_its_own(*count, async {
                    Box::pin($name(&make())).await;
                })
                .await;
            )+
        }
    };
}

fn on_break(reason: &str, seconds: u64) -> Presence {
    Presence::OnBreak {
        reason: Some(reason.to_owned()),
        lasting: Some(Duration::from_secs(seconds)),
    }
}

behaviours! {
    async fn the_longest_idle_agent_is_offered_first(world: &World) {
        world.staff(&[agent("b"), agent("a"), agent("c")]).await;
        let call = |sid| fetch(sid, vec![sales()]);
        assert_eq!(world.rings(&call("1")).await, ["b"]);
        assert_eq!(world.rings(&call("2")).await, ["a"]);
        assert_eq!(world.rings(&call("3")).await, ["c"]);
        assert!(world.rings(&call("4")).await.is_empty());
    }

    async fn a_reserved_agent_shows_the_call_and_is_idle_again_when_the_lease_ends(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![sales()])).await;
        let held = world.agent("a").await;
        assert_eq!(held.state, AgentState::Reserved);
        assert_eq!(held.call.unwrap().as_str(), "one");
        assert_eq!(held.until.unwrap().since(held.at), Duration::from_secs(25));
        world.pass(24);
        assert!(world.rings(&fetch("two", vec![sales()])).await.is_empty());
        world.pass(1);
        let free = world.agent("a").await;
        assert_eq!((free.state, free.call, free.until), (AgentState::Idle, None, None));
        assert_eq!(free.idle_since, held.until);
        assert_eq!(world.rings(&fetch("three", vec![sales()])).await, ["a"]);
    }

    async fn the_lease_covers_every_round_of_ringing(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let request = fetch("one", vec![sales()]).agents(3).at_once(&[2]);
        assert_eq!(world.rings(&request).await, ["a", "b", "c"]);
        let held = world.agent("c").await;
        assert_eq!(held.until.unwrap().since(held.at), Duration::from_secs(50));
    }

    async fn how_many_ring_together_goes_by_attempt(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c"), agent("d")]).await;
        let request = fetch("one", vec![sales()]).agents(2).attempts(3).at_once(&[1, 2]);
        assert_eq!(world.rings(&request).await, ["a", "b"]);
        let held = world.agent("a").await;
        assert_eq!(held.until.unwrap().since(held.at), Duration::from_secs(50));
        assert_eq!(world.rings(&request.clone().reporting("a-no-answer")).await, ["c", "d"]);
        let held = world.agent("c").await;
        assert_eq!(held.until.unwrap().since(held.at), Duration::from_secs(25));
    }

    async fn an_equal_fetch_is_replayed_until_the_attempt_must_be_over(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales()]).attempts(3).template("first");
        let first = world.offer(&request).await;
        world.pass(19);
        let again = world.offer(&request.clone().template("second")).await;
        assert!(again.replayed && !first.replayed);
        assert_eq!((&*again.template, names(&again)), ("first", vec!["a".to_owned()]));
        assert_eq!(world.agent("b").await.state, AgentState::Idle);
        world.pass(1);
        let later = world.offer(&request).await;
        assert_eq!((later.attempt, names(&later)), (2, vec!["b".to_owned()]));
        assert_eq!(world.agent("a").await.state, AgentState::Idle);
    }

    async fn an_agent_alone_who_rings_out_twice_alike_is_held_for_the_third_time_too(world: &World) {
        world.staff(&[agent("a")]).await;
        let request = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        let rang_out = request.reporting("a did not answer for 20 s");
        for attempt in 2..=3 {
            world.pass(21);
            let offer = world.offer(&rang_out).await;
            assert_eq!((offer.attempt, offer.replayed, names(&offer)), (attempt, false, vec!["a".to_owned()]));
        }
        world.pass(20);
        let other = fetch("two", vec![sales()]);
        assert_eq!(world.rings(&other).await, [""; 0], "rung for the first call");
        assert!(world.offer(&rang_out).await.last);
    }

    async fn an_answer_that_dials_nobody_is_replayed_only_while_somebody_can_wait_for_it(world: &World) {
        let request = fetch("one", vec![sales()]).attempts(3);
        assert!(!world.offer(&request).await.replayed);
        world.pass(4);
        assert!(world.offer(&request).await.replayed);
        world.pass(1);
        assert!(!world.offer(&request).await.replayed);
    }

    async fn a_call_that_got_nobody_asks_again_and_gets_whoever_is_free_by_then(world: &World) {
        let request = fetch("one", vec![sales()]).attempts(2);
        for _ in 0..30 {
            let nobody = world.offer(&request).await;
            assert_eq!((nobody.attempt, nobody.last, names(&nobody)), (1, true, vec![]));
            world.pass(8);
        }
        world.staff(&[agent("a"), agent("b")]).await;
        let first = world.offer(&request).await;
        assert_eq!((first.attempt, first.last, names(&first)), (1, false, vec!["a".to_owned()]));
        let again = world.offer(&request).await;
        assert!(again.replayed, "a duplicate");
        let second = world.offer(&request.clone().reporting("a-failed")).await;
        assert_eq!((second.attempt, second.last, names(&second)), (2, true, vec!["b".to_owned()]));
        let over = world.offer(&request.reporting("b-failed")).await;
        assert!(over.last && over.destinations.is_empty(), "two attempts, however long it waited");
    }

    async fn between_two_attempts_a_call_may_find_nobody_and_ask_again(world: &World) {
        world.staff(&[agent("a")]).await;
        let busy = || fetch("other", vec![sales()]);
        let request = fetch("one", vec![sales()]).attempts(2);
        assert_eq!(world.rings(&request).await, ["a"]);
        world.pass(26);
        assert_eq!(world.rings(&busy()).await, ["a"]);
        let rang_out = request.reporting("a did not answer");
        assert_eq!(world.rings(&rang_out).await, [""; 0]);
        world.pass(8);
        assert_eq!(world.rings(&rang_out).await, [""; 0]);
        world.pass(20);
        let second = world.offer(&rang_out).await;
        assert_eq!((second.attempt, second.last, names(&second)), (2, true, vec!["a".to_owned()]));
    }

    async fn a_call_has_waited_since_it_asked_first_however_often_it_got_nobody(world: &World) {
        let late = || later(numbers(&["+911140001235"]), 0, 40);
        let request = || fetch("one", vec![sales(), late()]);
        for _ in 0..5 {
            assert_eq!(world.rings(&request()).await, [""; 0]);
            world.pass(8);
        }
        assert_eq!(world.rings(&request()).await, ["+911140001235"]);
    }

    async fn an_old_report_repeated_late_frees_nobody_who_rings(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales()]).attempts(9);
        assert_eq!(world.rings(&request).await, ["a"]);
        world.pass(20);
        assert_eq!(world.rings(&request.clone().reporting("a-failed")).await, ["b"]);
        world.pass(6);
        world.offer(&request).await;
        assert_eq!(world.agent("b").await.state, AgentState::Reserved);
        assert_eq!(world.rings(&fetch("two", vec![sales()]).agents(2)).await, [""; 0]);
    }

    async fn thousands_of_stale_agents_do_not_hide_a_fresh_one_for_long(world: &World) {
        let many: Vec<_> = (0..4_500).map(|n| agent(&format!("stale-{n:04}"))).collect();
        for page in many.chunks(900) {
            world.store.put_agents(&world.account, page).await.unwrap();
        }
        for profile in &many {
            world.set(profile.id.as_str(), Presence::Available).await;
        }
        world.pass(61);
        world.staff(&[agent("fresh")]).await;
        let mut rung = Vec::new();
        for call in 0..4 {
            rung.extend(world.rings(&fetch(&call.to_string(), vec![sales()])).await);
        }
        assert_eq!(rung, ["fresh"]);
    }

    async fn a_late_duplicate_of_an_earlier_attempt_gets_that_attempts_answer(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        assert_eq!(world.rings(&request.clone().reporting("failed")).await, ["b"]);
        let late = world.offer(&request).await;
        assert_eq!((late.attempt, late.replayed, names(&late)), (1, true, vec!["a".to_owned()]));
    }

    async fn a_new_attempt_frees_whom_the_last_one_held_and_tries_others(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        assert_eq!(world.rings(&request.clone().reporting("1")).await, ["b"]);
        assert_eq!(world.agent("a").await.state, AgentState::Idle);
        let third = world.offer(&request.clone().reporting("2")).await;
        assert_eq!((third.last, names(&third)), (true, vec!["a".to_owned()]), "nobody else is ready");
    }

    async fn the_last_allowed_attempt_is_final_and_nothing_comes_after_it(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let request = fetch("one", vec![sales()]).attempts(2);
        assert!(!world.offer(&request).await.last);
        assert!(world.offer(&request.clone().reporting("1")).await.last);
        let over = world.offer(&request.clone().reporting("2")).await;
        assert!(over.last && over.destinations.is_empty());
        assert_eq!(world.agent("c").await.state, AgentState::Idle);
    }

    async fn a_call_that_fetches_for_ever_reserves_nobody_and_is_answered(world: &World) {
        world.staff(&[agent("a")]).await;
        let request = fetch("one", vec![sales()]);
        for round in 0..30 {
            world.offer(&request.clone().reporting(&round.to_string())).await;
        }
        assert_eq!(world.agent("a").await.offered_today, 1);
    }

    async fn targets_fill_the_answer_in_order(world: &World) {
        let mut hindi = agent("h");
        hindi.groups.clear();
        hindi.skills.insert("hindi".to_owned(), 4);
        world.staff(&[hindi, agent("a")]).await;
        let support = queue(&[], &[("hindi", 3)], Strategy::LongestIdle);
        let request = fetch("one", vec![sales(), support, numbers(&["+911140001234"])]).agents(3);
        assert_eq!(world.rings(&request).await, ["a", "h"]);
    }

    async fn fixed_numbers_are_taken_only_when_the_targets_before_yield_nobody(world: &World) {
        world.staff(&[agent("a")]).await;
        let numbers = || numbers(&["+911140001234", "sip:desk", "+911140001235"]);
        let request = |sid| fetch(sid, vec![sales(), numbers()]).agents(2);
        assert_eq!(world.rings(&request("one")).await, ["a"]);
        assert_eq!(world.rings(&request("two")).await, ["+911140001234", "sip:desk"]);
        let no_reservation = fetch("three", vec![numbers(), sales()]);
        assert_eq!(world.rings(&no_reservation).await, ["+911140001234"]);
    }

    async fn a_target_opens_by_attempt_or_by_waiting_and_earlier_ones_stay_open(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let overflow = || later(numbers(&["+911140001234"]), 1, 0);
        let voicemail = || later(numbers(&["+911140001235"]), 0, 40);
        let none = || queue(&["nobody"], &[], Strategy::LongestIdle);
        let request = |progress: &str, seconds| {
            world.pass(seconds);
            fetch("one", vec![none(), overflow(), voicemail()]).attempts(9).reporting(progress)
        };
        let first = fetch("zero", vec![none(), overflow(), voicemail()]).attempts(9);
        assert!(world.rings(&first).await.is_empty(), "nothing is open yet");
        world.pass(6);
        assert!(world.rings(&first).await.is_empty(), "an answer with nobody is no attempt");
        let sales_first = fetch("one", vec![sales(), overflow()]).attempts(9).agents(2);
        assert_eq!(world.rings(&sales_first).await, ["a", "b"]);
        assert_eq!(world.rings(&request("1", 20)).await, ["+911140001234"]);
        let late = fetch("one", vec![none(), voicemail()]).attempts(9);
        assert!(world.rings(&late.clone().reporting("2")).await.is_empty(), "20 s of 40");
        let third = fetch("two", vec![sales(), voicemail()]).attempts(9);
        assert_eq!(world.rings(&third).await, ["c"]);
        world.pass(40);
        assert_eq!(world.rings(&fetch("two", vec![none(), voicemail()]).attempts(9).reporting("1")).await, ["+911140001235"]);
    }

    async fn an_agent_of_two_queues_is_offered_once(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let everybody = queue(&[], &[], Strategy::RoundRobin);
        let request = fetch("one", vec![sales(), everybody]).agents(5);
        assert_eq!(world.rings(&request).await, ["a", "b"]);
    }

    async fn an_empty_plan_dials_nobody_and_is_final(world: &World) {
        let offer = world.offer(&fetch("one", Vec::new()).attempts(3)).await;
        assert!(offer.last && offer.destinations.is_empty());
    }

    async fn a_skill_is_needed_at_its_level_or_above(world: &World) {
        let with = |id, level| {
            let mut profile = agent(id);
            profile.skills.insert("hindi".to_owned(), level);
            profile
        };
        world.staff(&[with("two", 2), with("three", 3), with("four", 4)]).await;
        let hindi = queue(&["sales"], &[("hindi", 3)], Strategy::LongestIdle);
        assert_eq!(world.rings(&fetch("1", vec![hindi]).agents(5)).await, ["three", "four"]);
    }

    async fn the_next_destination_of_an_agent_is_tried_when_nobody_else_is_there(world: &World) {
        let mut profile = agent("a");
        profile.destinations.push(numbers_uri("+919812345678"));
        world.staff(&[profile]).await;
        let request = fetch("one", vec![sales()]).attempts(3);
        let uris = |offer: ringmaster::presence::Offer| offer.destinations[0].uri.to_string();
        assert_eq!(uris(world.offer(&request).await), "sip:a");
        assert_eq!(uris(world.offer(&request.clone().reporting("1")).await), "+919812345678");
        assert_eq!(uris(world.offer(&request.clone().reporting("2")).await), "sip:a");
    }

    async fn digits_of_the_first_fetch_are_asked_back(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![sales()]).attempts(2);
        world.offer(&request.clone().keyed("5")).await;
        let later = request.clone().reporting("1");
        let reply = world.store.offer(&later).await.unwrap();
        let OfferReply::Recall(facts) = reply else { panic!("{reply:?}") };
        assert_eq!(facts.digits, "5");
        assert_eq!(world.rings(&later.keyed("5")).await, ["b"]);
    }

    async fn a_break_takes_an_agent_out_and_ends_by_itself(world: &World) {
        world.staff(&[agent("a")]).await;
        world.set("a", on_break("lunch", 30)).await;
        let seen = world.agent("a").await;
        assert_eq!((seen.status, seen.reason.as_deref()), (Status::OnBreak, Some("lunch")));
        assert!(world.rings(&fetch("1", vec![sales()])).await.is_empty());
        world.pass(30);
        assert_eq!(world.agent("a").await.status, Status::Available);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
    }

    async fn an_open_break_and_offline_last_until_the_agent_comes_back(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.set("a", Presence::OnBreak { reason: None, lasting: None }).await;
        world.set("b", Presence::Offline).await;
        world.pass(100_000);
        assert!(world.rings(&fetch("1", vec![sales()])).await.is_empty());
        world.set("a", Presence::Available).await;
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
    }

    async fn a_lapsed_heartbeat_makes_an_agent_stale_until_the_next(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.pass(50);
        world.beat("b").await;
        world.pass(11);
        assert!(world.agent("a").await.stale);
        assert_eq!(world.rings(&fetch("1", vec![sales()]).agents(2)).await, ["b"]);
        world.beat("a").await;
        assert!(world.agent("a").await.is_ready());
        assert_eq!(world.rings(&fetch("2", vec![sales()]).agents(2)).await, ["a"]);
    }

    async fn who_was_stale_comes_back_behind_those_who_stayed(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.pass(59);
        world.beat("b").await;
        world.pass(10);
        world.beat("a").await;
        assert_eq!(world.rings(&fetch("1", vec![sales()]).agents(2)).await, ["b", "a"]);
    }

    async fn saying_available_again_does_not_lose_the_place(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.pass(5);
        world.set("a", Presence::Available).await;
        assert_eq!(world.rings(&fetch("1", vec![sales()])).await, ["a"]);
    }

    async fn replacing_an_agent_keeps_the_call_and_moves_the_queues(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("1", vec![sales()])).await;
        let mut moved = agent("a");
        moved.groups = ["support".to_owned()].into();
        world.store.put_agents(&world.account, &[moved]).await.unwrap();
        assert_eq!(world.agent("a").await.state, AgentState::Reserved);
        world.pass(25);
        let support = queue(&["support"], &[], Strategy::LongestIdle);
        assert!(world.rings(&fetch("2", vec![sales()])).await.is_empty());
        assert_eq!(world.rings(&fetch("3", vec![support])).await, ["a"]);
    }

    async fn a_queue_defined_after_its_agents_finds_them(world: &World) {
        let many: Vec<_> = (0..700).map(|n| agent(&format!("agent-{n:03}"))).collect();
        world.staff(&many).await;
        let everybody = queue(&[], &[], Strategy::TopDown);
        let request = fetch("1", vec![everybody]).agents(2);
        assert_eq!(world.rings(&request).await, ["agent-000", "agent-001"]);
        assert_eq!(world.store.agents(&world.account, VIEW).await.unwrap().len(), 700);
    }

    async fn a_removed_agent_is_gone(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("0", vec![sales()])).await;
        assert!(world.store.remove_agent(&world.account, &agent_id("a")).await.unwrap());
        assert!(!world.store.remove_agent(&world.account, &agent_id("a")).await.unwrap());
        world.pass(60);
        assert!(world.rings(&fetch("1", vec![sales()])).await.is_empty());
        assert!(world.store.agent(&world.account, VIEW, &agent_id("a")).await.unwrap().is_none());
        assert!(!world.store.heartbeat(&world.account, &agent_id("a"), VIEW).await.unwrap());
    }

    async fn who_is_deleted_during_a_call_and_made_anew_is_not_free_before_its_end(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("1", vec![sales()])).await;
        world.store.remove_agent(&world.account, &agent_id("a")).await.unwrap();
        assert!(world.store.agents(&world.account, VIEW).await.unwrap().is_empty());
        world.staff(&[agent("a")]).await;
        assert_eq!(world.agent("a").await.call.unwrap().as_str(), "1");
        assert!(world.rings(&fetch("2", vec![sales()])).await.is_empty());
        world.pass(25);
        assert_eq!(world.rings(&fetch("3", vec![sales()])).await, ["a"]);
    }

    async fn one_person_is_not_two_agents(world: &World) {
        let with = |id: &str, uri: &str| {
            let mut profile = agent(id);
            profile.destinations = vec![numbers_uri(uri)];
            profile
        };
        let put = async |agents: &[_]| world.store.put_agents(&world.account, agents).await;
        put(&[with("a", "+919812345678"), with("b", "+919812345679")]).await.unwrap();
        let refused = put(&[agent("d"), with("c", "+919812345678")]).await;
        let Err(StoreError::Taken(taken)) = refused else { panic!("{refused:?}") };
        assert_eq!((taken.len(), taken[0].agent.as_str(), taken[0].owner.as_str()), (1, "c", "a"));
        assert_eq!(world.store.agents(&world.account, VIEW).await.unwrap().len(), 2, "nothing is written");
        put(&[with("a", "+919812345679"), with("b", "+919812345678")]).await.unwrap();
        put(&[with("a", "sip:a")]).await.unwrap();
        put(&[with("c", "+919812345679")]).await.unwrap();
        world.store.remove_agent(&world.account, &agent_id("b")).await.unwrap();
        put(&[with("d", "+919812345678")]).await.unwrap();
    }

    async fn only_an_administrator_may_end_a_reservation(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("1", vec![sales()])).await;
        let release = async |who| world.store.release(&world.account, &agent_id("a"), who).await.unwrap();
        assert_eq!(release(Release::Own).await, ReleaseOutcome::Refused(AgentState::Reserved));
        assert_eq!(release(Release::Any).await, ReleaseOutcome::Idle);
        assert_eq!(world.rings(&fetch("2", vec![sales()])).await, ["a"]);
        let unknown = world.store.release(&world.account, &agent_id("x"), Release::Any).await.unwrap();
        assert_eq!(unknown, ReleaseOutcome::Unknown);
    }

    async fn round_robin_takes_turns_whoever_is_idle_longer(world: &World) {
        world.staff(&[agent("b"), agent("a"), agent("c")]).await;
        let order = |sid: &str| fetch(sid, vec![queue(&["sales"], &[], Strategy::RoundRobin)]);
        let mut rung = Vec::new();
        for call in 0..6 {
            rung.extend(world.rings(&order(&call.to_string())).await);
            world.pass(26);
            for id in ["a", "b", "c"] {
                world.beat(id).await;
            }
        }
        assert_eq!(rung, ["a", "b", "c", "a", "b", "c"]);
    }

    async fn fewest_calls_counts_the_day_and_forgets_it_at_midnight(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let fewest = |sid: &str| fetch(sid, vec![queue(&["sales"], &[], Strategy::FewestCalls)]);
        assert_eq!(world.rings(&fetch("0", vec![sales()])).await, ["a"]);
        world.pass(30);
        assert_eq!(world.rings(&fewest("1")).await, ["b"]);
        world.pass(30);
        world.set("a", Presence::Offline).await;
        world.beat("b").await;
        assert_eq!(world.rings(&fewest("2")).await, ["b"], "one call each; only b is there");
        world.pass(30);
        world.set("a", Presence::Available).await;
        world.beat("b").await;
        assert_eq!(world.rings(&fewest("3")).await, ["a"], "one call against two");
        world.pass(13 * 3600);
        world.beat("a").await;
        world.beat("b").await;
        assert_eq!(world.rings(&fewest("4").agents(2)).await, ["a", "b"], "a new day: both at none");
    }

    async fn top_down_goes_by_position_and_then_by_calls(world: &World) {
        let at = |id, position| {
            let mut profile = agent(id);
            profile.position = Some(position);
            profile
        };
        world.staff(&[agent("last"), at("second", 2), at("first", 1), at("second-too", 2)]).await;
        let top = |sid: &str| fetch(sid, vec![queue(&["sales"], &[], Strategy::TopDown)]).agents(4);
        assert_eq!(world.rings(&top("1").agents(2)).await, ["first", "second"]);
        world.pass(50);
        assert_eq!(world.rings(&top("2")).await, ["first", "second-too", "second", "last"]);
    }

    async fn weighted_shares_calls_in_proportion(world: &World) {
        let mut heavy = agent("heavy");
        heavy.weight = 3;
        world.staff(&[heavy, agent("light")]).await;
        let mut rung = Vec::new();
        for call in 0..40 {
            let request = fetch(&call.to_string(), vec![queue(&["sales"], &[], Strategy::Weighted)]);
            rung.extend(world.rings(&request).await);
            world.pass(26);
            world.beat("heavy").await;
            world.beat("light").await;
        }
        assert_eq!(rung.iter().filter(|id| *id == "heavy").count(), 30);
    }

    async fn random_gives_everybody_the_same_chance(world: &World) {
        let staff: Vec<_> = (0..5).map(|n| agent(&format!("a{n}"))).collect();
        world.staff(&staff).await;
        let mut counts = std::collections::BTreeMap::new();
        for call in 0..1000_u32 {
            let mut request = fetch(&call.to_string(), vec![queue(&["sales"], &[], Strategy::Random)]);
            request.seed = call * 7919 + 1;
            request.heartbeat = None;
            *counts.entry(world.rings(&request).await.remove(0)).or_insert(0) += 1;
            world.pass(25);
        }
        assert_eq!(counts.len(), 5);
        // 200 each are expected with a standard deviation of 12.6: five of them leave a margin for any fair draw.
        assert!(counts.values().all(|count| (137..=263).contains(count)), "{counts:?}");
    }

    async fn ties_go_to_fewer_calls_and_then_to_the_id(world: &World) {
        world.staff(&[agent("c"), agent("b"), agent("a")]).await;
        assert_eq!(world.rings(&fetch("0", vec![sales()])).await, ["c"]);
        world.pass(25);
        let all = fetch("1", vec![sales()]).agents(3).at_once(&[3]);
        assert_eq!(world.rings(&all).await, ["b", "a", "c"]);
        world.pass(25);
        assert_eq!(world.rings(&fetch("2", vec![sales()]).agents(3)).await, ["a", "b", "c"]);
    }
}

fn numbers_uri(uri: &str) -> ringmaster::telephony::ContactUri {
    ringmaster::telephony::ContactUri::from_canonical(uri).unwrap()
}
