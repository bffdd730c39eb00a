//! Of whose ring a report tells, on both stores.

use std::time::Duration;

use ringmaster::presence::{
    DialOutcome, Heard, HeardOf, LegEvent, News, OfferRequest, OfferTarget, Report, Whom,
};
use ringmaster::telephony::{AgentId, CallSid, ContactUri};

use super::reports::{ended, telling, uri, without_answers};
use super::world::*;

impl World {
    async fn told(&self, call: &str, news: News) -> Heard {
        let report = Report {
            account: self.account.clone(),
            call: CallSid::parse(call).unwrap(),
            news,
            utc_offset_seconds: OFFSET,
        };
        self.store.hear(&report).await.unwrap()
    }

    async fn about(&self, who: ContactUri, event: LegEvent) -> Option<HeardOf> {
        let rang = None;
        self.told("one", News::Leg { who, event, rang }).await.about
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the reply has it")]
fn of(attempt: u8, agent: &str) -> Option<HeardOf> {
    let agent = AgentId::parse(agent).ok();
    Some(HeardOf { attempt, agent })
}

/// The end of a dial that names them as its legs.
fn with_legs(who: Option<&str>, legs: &[&str]) -> News {
    let mut end = ended(DialOutcome::NoAnswer, who);
    end.talks = legs.iter().map(|leg| (uri(leg), Duration::ZERO)).collect();
    News::End(end)
}

fn next(request: &OfferRequest, progress: &str, who: &str) -> OfferRequest {
    telling(request, progress, ended(DialOutcome::NoAnswer, Some(who)))
}

behaviours! {
    async fn a_report_says_whose_ring_it_is_about_new_or_not(world: &World) {
        world.staff(&[agent("a")]).await;
        assert_eq!(world.about(uri("a"), LegEvent::Dial).await, None, "there is no such call");
        let request = fetch("one", vec![sales()]).attempts(3);
        assert_eq!(world.rings(&request).await, ["a"]);
        for _ in 0..2 {
            assert_eq!(world.about(uri("a"), LegEvent::Dial).await, of(1, "a"));
        }
        assert_eq!(world.about(uri("b"), LegEvent::Dial).await, None);
        world.pass(20);
        assert_eq!(world.rings(&next(&request, "1", "a")).await, ["a"]);
        assert_eq!(world.about(uri("a"), LegEvent::Terminal).await, of(1, "a"), "it comes late");
        assert_eq!(world.about(uri("a"), LegEvent::Dial).await, of(2, "a"));
        assert_eq!(world.about(uri("a"), LegEvent::Terminal).await, of(2, "a"));
    }

    async fn a_report_by_another_number_of_an_agent_is_about_that_agent(world: &World) {
        let mut both = agent("a");
        let second = ContactUri::from_canonical("+919812345670").unwrap();
        both.destinations.push(second.clone());
        world.staff(&[both]).await;
        assert_eq!(world.rings(&fetch("one", vec![sales()])).await, ["a"]);
        assert_eq!(world.about(second.clone(), LegEvent::Dial).await, of(1, "a"));
        let mut end = ended(DialOutcome::Answered, None);
        (end.who, end.talks) = (Some(second.clone()), vec![(second, Duration::from_secs(9))]);
        let heard = world.told("one", News::End(end)).await;
        assert_eq!((heard.about, heard.talks), (of(1, "a"), vec![of(1, "a")]));
    }

    async fn the_end_of_a_dial_says_of_each_leg_whose_ring_it_was(world: &World) {
        world.staff(&[agent("a"), agent("b"), agent("c")]).await;
        let request = fetch("one", vec![sales()]).attempts(4);
        assert_eq!(world.rings(&request).await, ["a"]);
        for (progress, who, then) in [("1", "a", "b"), ("2", "b", "c"), ("3", "c", "a")] {
            world.pass(1);
            assert_eq!(world.rings(&next(&request, progress, who)).await, [then]);
        }
        let heard = world.told("one", with_legs(Some("c"), &["a", "b", "x", "c"])).await;
        assert_eq!(heard.about, of(3, "c"));
        assert_eq!(heard.talks, [of(1, "a"), of(2, "b"), None, of(3, "c")]);
        let heard = world.told("one", with_legs(None, &["a", "b", "c", "a"])).await;
        assert_eq!(heard.about, of(4, "a"));
        assert_eq!(heard.talks, [of(1, "a"), of(2, "b"), of(3, "c"), of(4, "a")]);
        let heard = world.told("one", with_legs(Some("x"), &["a", "a", "a"])).await;
        assert!(!heard.is_news);
        assert_eq!(heard.about, None, "somebody else");
        assert_eq!(heard.talks, [None, of(1, "a"), of(4, "a")]);
    }

    async fn an_end_that_names_nobody_is_about_an_agent_only_where_there_is_no_other(world: &World) {
        world.staff(&[agent("a"), agent("b")]).await;
        let number = ContactUri::from_canonical("+911140001234").unwrap();
        let request = without_answers("one").agents(2).at_once(&[2]);
        assert_eq!(world.rings(&request).await, ["a", "b"]);
        let heard = world.told("one", with_legs(None, &["b"])).await;
        assert_eq!((heard.about, heard.talks), (of(1, ""), vec![of(1, "b")]));
        let numbers = OfferTarget { whom: Whom::Numbers(vec![number.clone()]), ..sales() };
        let other = OfferRequest { targets: vec![numbers].into(), ..fetch("two", Vec::new()) };
        world.offer(&other).await;
        let heard = world.told("two", with_legs(None, &[])).await;
        assert_eq!(heard.about, of(1, ""), "a fixed number");
        let event = News::Leg { who: number, event: LegEvent::Dial, rang: None };
        assert_eq!(world.told("two", event).await.about, of(1, ""));
    }
}
