//! How agents follow what is heard of their calls, on both stores.

use std::time::Duration;

use ringmaster::presence::{
    AgentState, DialEnd, DialNews, DialOutcome, Handling, LegEvent, News, OfferRequest,
    OfferTarget, Presence, Release, ReleaseOutcome, Report, Status,
};
use ringmaster::telephony::{CallSid, ContactUri};

use super::world::*;

/// The sales queue: 20 s of wrap-up, 10 s after a miss, 30 s after a decline, a break after three misses in a row.
pub(super) fn handled() -> OfferTarget {
    OfferTarget {
        handling: Handling {
            wrap_up: Duration::from_secs(20),
            most_missed: Some(one(3)),
            no_answer_delay: Duration::from_secs(10),
            busy_delay: Duration::from_secs(30),
        },
        ..sales()
    }
}

/// A first fetch where Exotel does not report who answered.
pub(super) fn without_answers(call: &str) -> OfferRequest {
    let mut request = fetch(call, vec![handled()]);
    request.dialling.reports_answers = false;
    request
}

pub(super) fn uri(agent: &str) -> ContactUri {
    ContactUri::from_canonical(&format!("sip:{agent}")).unwrap()
}

pub(super) fn ended(outcome: DialOutcome, who: Option<&str>) -> DialEnd {
    DialEnd {
        outcome,
        who: who.map(uri),
        talks: Vec::new(),
    }
}

/// The next fetch of a call, with a fingerprint of its own, that tells how the last dial ended.
pub(super) fn telling(request: &OfferRequest, progress: &str, end: DialEnd) -> OfferRequest {
    let mut request = request.clone().reporting(progress);
    request.told = DialNews::Ended(end);
    request
}

impl World {
    pub(super) async fn hear(&self, call: &str, news: News) -> bool {
        let report = Report {
            account: self.account.clone(),
            call: CallSid::parse(call).unwrap(),
            news,
            utc_offset_seconds: OFFSET,
        };
        self.store.report(&report).await.unwrap()
    }

    pub(super) async fn event(&self, call: &str, agent: &str, event: LegEvent) -> bool {
        let who = uri(agent);
        self.hear(
            call,
            News::Leg {
                who,
                event,
                rang: None,
            },
        )
        .await
    }

    pub(super) async fn end(&self, call: &str, outcome: DialOutcome, who: Option<&str>) -> bool {
        self.hear(call, News::End(ended(outcome, who))).await
    }

    pub(super) async fn state(&self, agent: &str) -> AgentState {
        self.agent(agent).await.state
    }

    /// Answered and missed today.
    pub(super) async fn counters(&self, agent: &str) -> (u32, u32) {
        let agent = self.agent(agent).await;
        (agent.answered_today, agent.missed_today)
    }
}

behaviours! {
    async fn a_call_goes_from_reserved_to_wrap_up_and_back_to_idle(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        assert_eq!(world.state("a").await, AgentState::Reserved);
        assert!(world.event("one", "a", LegEvent::Dial).await);
        assert_eq!(world.state("a").await, AgentState::Ringing);
        world.pass(5);
        assert!(world.event("one", "a", LegEvent::Answered).await);
        let talking = world.agent("a").await;
        assert_eq!((talking.state, talking.assumed), (AgentState::InCall, false));
        world.pass(300);
        assert!(world.rings(&fetch("two", vec![handled()])).await.is_empty(), "held while talking");
        assert!(world.event("one", "a", LegEvent::Terminal).await);
        let resting = world.agent("a").await;
        assert_eq!(resting.state, AgentState::WrapUp);
        assert_eq!(resting.until.unwrap().since(resting.at), Duration::from_secs(20));
        assert_eq!(resting.talked_today, Duration::from_mins(5));
        world.pass(20);
        assert_eq!(world.state("a").await, AgentState::Idle);
        assert_eq!(world.counters("a").await, (1, 0));
    }

    async fn wrap_up_is_ended_early_by_the_agent(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.event("one", "a", LegEvent::Answered).await;
        world.event("one", "a", LegEvent::Terminal).await;
        let outcome = world.store.release(&world.account, &agent_id("a"), Release::Own).await;
        assert_eq!(outcome.unwrap(), ReleaseOutcome::Idle);
        world.beat("a").await;
        assert_eq!(world.rings(&fetch("two", vec![handled()])).await, ["a"]);
    }

    async fn of_three_that_ring_together_the_others_are_idle_when_one_answers(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let request = fetch("one", vec![handled()]).agents(3).at_once(&[3]);
        assert_eq!(world.rings(&request).await, ["a", "b", "c"]);
        for id in ["a", "b", "c"] {
            world.event("one", id, LegEvent::Dial).await;
        }
        world.event("one", "b", LegEvent::Answered).await;
        for id in ["a", "c"] {
            assert_eq!(world.state(id).await, AgentState::Idle, "{id}");
            assert!(!world.event("one", id, LegEvent::Terminal).await, "that was known");
            assert_eq!(world.counters(id).await, (0, 0), "losing is no miss");
        }
        assert_eq!(world.state("b").await, AgentState::InCall);
    }

    async fn four_attempts_that_nobody_answers_ring_four_agents_and_each_has_one_miss(world: &World) {
        let everybody = ["a", "b", "c", "d"];
        world.staff(&everybody.map(agent)).await;
        let request = fetch("one", vec![handled()]).attempts(4);
        let mut rung: Vec<String> = Vec::new();
        for attempt in 1..=4 {
            for id in everybody {
                world.beat(id).await;
            }
            let mut request = request.clone().reporting(&(attempt - 1).to_string());
            if let Some(last) = rung.last() {
                request.told = DialNews::Ended(ended(DialOutcome::NoAnswer, Some(last)));
            }
            let offer = world.offer(&request).await;
            assert_eq!(offer.last, attempt == 4);
            rung.extend(names(&offer));
            world.event("one", rung.last().unwrap(), LegEvent::Dial).await;
            world.pass(20);
            world.event("one", rung.last().unwrap(), LegEvent::Terminal).await;
        }
        world.end("one", DialOutcome::NoAnswer, Some("d")).await;
        assert_eq!(rung, everybody);
        for id in everybody {
            assert_eq!(world.counters(id).await, (0, 1), "{id}");
        }
        assert_eq!(world.state("d").await, AgentState::BackOff);
    }

    async fn a_caller_who_hangs_up_makes_no_misses(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let request = fetch("one", vec![handled()]).agents(2).at_once(&[2]);
        world.rings(&request).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.event("one", "b", LegEvent::Dial).await;
        world.pass(8);
        world.event("one", "a", LegEvent::Terminal).await;
        world.end("one", DialOutcome::Cancelled, None).await;
        for id in ["a", "b"] {
            assert_eq!(world.state(id).await, AgentState::Idle, "{id}");
            assert_eq!(world.counters(id).await, (0, 0), "{id}");
        }
    }

    /// Where Exotel does not report answers, a leg that lives on after its ring time is taken as answered.
    async fn without_answered_events_a_conversation_is_assumed(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&without_answers("one")).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(24);
        assert_eq!(world.state("a").await, AgentState::Ringing);
        world.pass(1);
        let talking = world.agent("a").await;
        assert_eq!((talking.state, talking.assumed), (AgentState::InCall, true));
        assert!(world.rings(&fetch("two", vec![handled()])).await.is_empty());
        world.pass(100);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.state("a").await, AgentState::WrapUp);
        assert_eq!(world.counters("a").await, (1, 0));
    }

    async fn an_assumed_conversation_ends_by_itself(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&without_answers("one")).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(25 + 15 * 60 + 5);
        assert_eq!(world.state("a").await, AgentState::Idle);
    }

    async fn an_answer_that_was_reported_once_is_expected_from_then_on(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.rings(&without_answers("one")).await;
        world.event("one", "a", LegEvent::Answered).await;
        world.rings(&without_answers("two")).await;
        world.event("two", "b", LegEvent::Dial).await;
        world.pass(25);
        assert_eq!(world.state("b").await, AgentState::Idle, "nobody said that it was answered");
    }

    /// A short conversation looks like a decline until the end of the dial tells.
    async fn the_end_of_the_dial_tells_what_a_terminal_event_left_open(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&without_answers("one")).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.pass(12);
        world.event("one", "a", LegEvent::Terminal).await;
        assert_eq!(world.state("a").await, AgentState::Idle);
        let mut end = ended(DialOutcome::Answered, Some("a"));
        end.talks.push((uri("a"), Duration::from_secs(7)));
        assert!(world.hear("one", News::End(end.clone())).await);
        let resting = world.agent("a").await;
        assert_eq!(resting.state, AgentState::WrapUp);
        assert_eq!(resting.talked_today, Duration::from_secs(7));
        assert!(!world.hear("one", News::End(end)).await, "told twice, counted once");
        assert_eq!(world.counters("a").await, (1, 0));
    }

    async fn an_end_that_comes_late_is_believed_on_how_long_was_talked(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        for (call, who) in [("one", "a"), ("two", "b")] {
            world.rings(&fetch(call, vec![handled()])).await;
            world.event(call, who, LegEvent::Answered).await;
        }
        world.pass(300);
        let mut end = ended(DialOutcome::Answered, Some("a"));
        end.talks.push((uri("a"), Duration::from_mins(1)));
        assert!(world.hear("one", News::End(end)).await);
        assert_eq!(world.agent("a").await.talked_today, Duration::from_mins(1));
        assert!(world.end("two", DialOutcome::Answered, Some("b")).await);
        let talked = world.agent("b").await.talked_today;
        assert_eq!(talked, Duration::from_mins(5), "it does not say, so until now");
    }

    async fn a_decline_pauses_the_agent_longer_than_a_miss(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.end("one", DialOutcome::Declined, Some("a")).await;
        world.rings(&fetch("two", vec![handled()])).await;
        world.end("two", DialOutcome::NoAnswer, Some("b")).await;
        for (id, pause) in [("a", 30), ("b", 10)] {
            let agent = world.agent(id).await;
            assert_eq!(agent.state, AgentState::BackOff, "{id}");
            assert_eq!(agent.until.unwrap().since(agent.at), Duration::from_secs(pause), "{id}");
        }
        assert_eq!(world.counters("a").await, (0, 0), "a decline is no miss");
    }

    async fn three_misses_in_a_row_are_a_break(world: &World) {
        world.staff(&[agent("a")]).await;
        for call in ["one", "two", "three"] {
            world.beat("a").await;
            assert_eq!(world.rings(&fetch(call, vec![handled()])).await, ["a"], "{call}");
            world.end(call, DialOutcome::NoAnswer, None).await;
            world.pass(10);
        }
        let away = world.agent("a").await;
        assert_eq!((away.status, away.reason.as_deref()), (Status::OnBreak, Some("missed_calls")));
        assert_eq!((away.state, away.missed_today), (AgentState::Idle, 3));
        world.set("a", Presence::Available).await;
        world.rings(&fetch("four", vec![handled()])).await;
        world.end("four", DialOutcome::NoAnswer, None).await;
        assert_eq!(world.agent("a").await.status, Status::Available, "the count began anew");
    }

    async fn an_answered_call_ends_a_row_of_misses(world: &World) {
        world.staff(&[agent("a")]).await;
        let outcomes = [DialOutcome::NoAnswer, DialOutcome::NoAnswer, DialOutcome::Answered];
        for (number, outcome) in outcomes.iter().cycle().take(6).enumerate() {
            let call = format!("call-{number}");
            world.beat("a").await;
            assert_eq!(world.rings(&fetch(&call, vec![handled()])).await, ["a"], "{call}");
            world.end(&call, *outcome, None).await;
            world.pass(20);
        }
        assert_eq!(world.agent("a").await.status, Status::Available);
        assert_eq!(world.counters("a").await, (2, 4));
    }

    async fn a_late_answer_does_not_bring_a_call_back(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.event("one", "a", LegEvent::Dial).await;
        world.event("one", "a", LegEvent::Terminal).await;
        assert!(!world.event("one", "a", LegEvent::Answered).await);
        assert_eq!(world.state("a").await, AgentState::Idle);
    }

    async fn a_report_of_another_call_neither_frees_nor_takes(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("old", vec![handled()])).await;
        world.pass(25);
        world.rings(&fetch("new", vec![handled()])).await;
        let held = world.agent("a").await;
        assert_eq!(held.call.as_ref().unwrap().as_str(), "new");
        for event in [LegEvent::Dial, LegEvent::Ringing, LegEvent::Answered, LegEvent::Terminal] {
            world.event("old", "a", event).await;
            let now = world.agent("a").await;
            assert_eq!((now.state, now.until, &now.call), (held.state, held.until, &held.call), "{event:?}");
        }
        world.end("old", DialOutcome::NoAnswer, Some("a")).await;
        assert_eq!(world.agent("a").await.call, held.call);
        assert!(!world.event("unknown", "a", LegEvent::Terminal).await);
        assert!(!world.event("new", "stranger", LegEvent::Terminal).await);
    }

    async fn a_status_set_during_a_call_takes_effect_after_it(world: &World) {
        world.staff(&[agent("a")]).await;
        world.rings(&fetch("one", vec![handled()])).await;
        world.event("one", "a", LegEvent::Answered).await;
        world.set("a", Presence::Offline).await;
        let talking = world.agent("a").await;
        assert_eq!((talking.status, talking.state), (Status::Offline, AgentState::InCall));
        world.event("one", "a", LegEvent::Terminal).await;
        world.pass(20);
        let gone = world.agent("a").await;
        assert_eq!((gone.status, gone.state), (Status::Offline, AgentState::Idle));
        assert!(world.rings(&fetch("two", vec![handled()])).await.is_empty());
    }
}
