//! Both stores driven by the same random operations, on the same clock, must answer the same, step by step; and after
//! every step no agent is in two unfinished offers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{Just, Strategy as PropStrategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use ringmaster::clock::{Clock, ManualClock, Timestamp};
use ringmaster::presence::memory::MemoryStore;
use ringmaster::presence::redis::RedisStore;
use ringmaster::presence::{
    AgentProfile, AgentState, OfferReply, OfferRequest, OfferTarget, Presence, Release,
    ReleaseOutcome, Status, Store, Strategy, Whom,
};
use ringmaster::telephony::{AccountName, AgentId, CallSid};
use tokio::runtime::Runtime;

use super::world::*;
use crate::support::redis::RedisServer;

const AGENTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const SKILLS: [&str; 2] = ["hindi", "tamil"];
const CASES: u32 = 2_000;

/// One step. Numbers index agents and calls.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<AgentProfile>),
    Remove(usize),
    Set(usize, Presence),
    Beat(usize),
    Release(usize, Release),
    Offer(Box<OfferRequest>),
    Pass(u64),
}

fn profile() -> impl PropStrategy<Value = AgentProfile> {
    let skills =
        proptest::collection::btree_map(prop::sample::select(&SKILLS[..]), 1_u8..=5, 0..=2);
    let groups =
        proptest::collection::btree_set(prop::sample::select(&["sales", "support"][..]), 0..=2);
    (
        0..AGENTS.len(),
        skills,
        groups,
        prop::option::of(1_u16..4),
        1_u8..4,
    )
        .prop_map(|(index, skills, groups, position, weight)| {
            let mut profile = agent(AGENTS[index]);
            profile.groups = groups.into_iter().map(ToOwned::to_owned).collect();
            profile.skills = skills
                .into_iter()
                .map(|(skill, level)| (skill.to_owned(), level))
                .collect();
            (profile.position, profile.weight) = (position, weight);
            if weight == 2 {
                profile
                    .destinations
                    .extend(numbers_of(&format!("+9198123456{index}0")));
            }
            profile
        })
}

fn numbers_of(number: &str) -> Vec<ringmaster::telephony::ContactUri> {
    match numbers(&[number]).whom {
        Whom::Numbers(numbers) => numbers,
        Whom::Queue(_) => Vec::new(),
    }
}

fn target() -> impl PropStrategy<Value = OfferTarget> {
    let groups = prop::sample::select(vec![
        vec![],
        vec!["sales"],
        vec!["support"],
        vec!["sales", "support"],
    ]);
    let skills = prop::sample::select(vec![
        vec![],
        vec![("hindi", 2)],
        vec![("hindi", 1), ("tamil", 3)],
    ]);
    let queues = (groups, skills, prop::sample::select(&Strategy::ALL[..]))
        .prop_map(|(groups, skills, strategy)| queue(&groups, &skills, strategy));
    let at_once = prop_oneof![6 => queues, 1 => Just(numbers(&["+911140001234", "+911140001235"]))];
    let opens = prop_oneof![4 => Just((0, 0)), 1 => (0_u8..3, 0_u64..60)];
    (at_once, opens).prop_map(|(target, (attempts, seconds))| later(target, attempts, seconds))
}

fn offer() -> impl PropStrategy<Value = Step> {
    let targets = proptest::collection::vec(target(), 0..4);
    let at_once = proptest::collection::vec(1_u8..=3, 0..3);
    let shape = (
        1_u8..=4,
        1_u8..=4,
        at_once,
        any::<bool>(),
        1_u32..2_147_483_646,
    );
    (0_u8..12, 0_u8..4, 0_u8..3, targets, shape).prop_map(
        |(call, progress, digits, targets, (agents, attempts, at_once, beats, seed))| {
            let mut request = fetch(&format!("call-{call}"), targets)
                .agents(agents)
                .attempts(attempts)
                .at_once(&at_once)
                .reporting(&progress.to_string())
                .keyed(["", "1", "2"][usize::from(digits)])
                .template(&format!("template-{seed}"));
            (request.seed, request.heartbeat) = (seed, beats.then_some(Duration::from_mins(1)));
            Step::Offer(Box::new(request))
        },
    )
}

fn presence() -> impl PropStrategy<Value = Presence> {
    let lasting = prop::option::of((1_u64..200).prop_map(Duration::from_secs));
    prop_oneof![
        4 => Just(Presence::Available),
        1 => Just(Presence::Offline),
        1 => lasting.prop_map(|lasting| Presence::OnBreak { reason: Some("tea".to_owned()), lasting }),
    ]
}

fn step() -> impl PropStrategy<Value = Step> {
    let any_agent = 0..AGENTS.len();
    let who = prop::sample::select(vec![Release::Own, Release::Any]);
    // From a millisecond to past midnight and past the life of a call's record.
    let pause = prop_oneof![
        3 => 0_u64..3_000,
        4 => 3_000_u64..40_000,
        2 => 40_000_u64..100_000,
        1 => 3_600_000_u64..100_000_000,
    ];
    prop_oneof![
        2 => proptest::collection::vec(profile(), 1..4).prop_map(Step::Put),
        1 => any_agent.clone().prop_map(Step::Remove),
        6 => (any_agent.clone(), presence()).prop_map(|(agent, presence)| Step::Set(agent, presence)),
        4 => any_agent.clone().prop_map(Step::Beat),
        1 => (any_agent, who).prop_map(|(agent, who)| Step::Release(agent, who)),
        14 => offer(),
        5 => pause.prop_map(Step::Pass),
    ]
}

/// What an operation answered, in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Answer {
    Offer(OfferReply),
    Released(ReleaseOutcome),
    Found(bool),
    Nothing,
}

async fn apply(store: &dyn Store, account: &AccountName, step: &Step) -> Answer {
    let id = |index: &usize| agent_id(AGENTS[*index]);
    match step {
        Step::Put(agents) => {
            store.put_agents(account, agents).await.unwrap();
            Answer::Nothing
        }
        Step::Remove(agent) => {
            Answer::Found(store.remove_agent(account, &id(agent)).await.unwrap())
        }
        Step::Set(agent, presence) => Answer::Found(
            store
                .set_presence(account, &id(agent), presence, VIEW)
                .await
                .unwrap(),
        ),
        Step::Beat(agent) => {
            Answer::Found(store.heartbeat(account, &id(agent), VIEW).await.unwrap())
        }
        Step::Release(agent, who) => {
            Answer::Released(store.release(account, &id(agent), *who).await.unwrap())
        }
        Step::Offer(request) => {
            let request = OfferRequest {
                account: account.clone(),
                ..(**request).clone()
            };
            store.prepare(account, &queues_of(&request)).await.unwrap();
            Answer::Offer(store.offer(&request).await.unwrap())
        }
        Step::Pass(_) => Answer::Nothing,
    }
}

/// Who holds whom, from the answers alone: no answer may name an agent before the lease of another call has ended.
#[derive(Default)]
struct Ledger {
    held: BTreeMap<AgentId, (CallSid, Timestamp)>,
    /// The reports with which the attempts of each call began.
    reports: BTreeMap<CallSid, Vec<String>>,
}

impl Ledger {
    fn enter(&mut self, step: &Step, answer: &Answer, now: Timestamp) {
        match (step, answer) {
            (Step::Release(agent, Release::Any), Answer::Released(ReleaseOutcome::Idle)) => {
                self.held.remove(&agent_id(AGENTS[*agent]));
            }
            (Step::Offer(request), Answer::Offer(OfferReply::Offer(offer))) if !offer.replayed => {
                let reports = self.reports.entry(request.call.clone()).or_default();
                if offer.attempt == 1 {
                    reports.clear();
                }
                // Only news of the call says that its last attempt is over: what none began with, or again what it began
                // with itself, for a duplicate would have been replayed.
                let newer = reports
                    .iter()
                    .rev()
                    .position(|report| *report == request.progress);
                let is_news = newer.is_none_or(|newer| newer == 0);
                reports.push(request.progress.clone());
                self.held
                    .retain(|_, (call, until)| *until > now && (!is_news || *call != request.call));
                let until = now.plus(
                    request
                        .dialling
                        .lease(offer.attempt, offer.destinations.len()),
                );
                for agent in offer
                    .destinations
                    .iter()
                    .filter_map(|offered| offered.agent.clone())
                {
                    let before = self.held.insert(agent, (request.call.clone(), until));
                    assert_eq!(before, None, "offered to {} while held", request.call);
                }
            }
            _ => {}
        }
    }
}

/// A world of two stores on one clock.
struct Pair {
    clock: Arc<ManualClock>,
    memory: MemoryStore,
    redis: RedisStore,
    account: AccountName,
    ledger: Ledger,
}

impl Pair {
    async fn run(&mut self, steps: &[Step]) {
        for (number, step) in steps.iter().enumerate() {
            if let Step::Pass(millis) = step {
                self.clock.advance(Duration::from_millis(*millis));
            }
            let expected = apply(&self.memory, &self.account, step).await;
            let actual = apply(&self.redis, &self.account, step).await;
            assert_eq!(actual, expected, "step {number}: {step:?}");
            self.ledger.enter(step, &actual, self.clock.now());
            self.compare_agents(number, step).await;
        }
        self.everybody_comes_back().await;
    }

    async fn compare_agents(&self, number: usize, step: &Step) {
        let expected = self.memory.agents(&self.account, VIEW).await.unwrap();
        let actual = self.redis.agents(&self.account, VIEW).await.unwrap();
        assert_eq!(actual, expected, "agents after step {number}: {step:?}");
        for agent in &actual {
            assert_eq!(
                agent.state != AgentState::Idle,
                agent.until.is_some(),
                "every state but idle has an end"
            );
            assert!(
                agent.until.is_none_or(|until| until > agent.at),
                "a lease that has passed holds nobody"
            );
            let holder = self
                .ledger
                .held
                .get(&agent.profile.id)
                .filter(|(_, until)| *until > agent.at);
            assert_eq!(
                agent.call.as_ref(),
                holder.map(|(call, _)| call),
                "the holder is the call of the answer"
            );
        }
    }

    /// Once all leases have passed, whoever is available and beats is ready, and can be found.
    async fn everybody_comes_back(&self) {
        self.clock.advance(Duration::from_hours(1));
        for store in [&self.memory as &dyn Store, &self.redis] {
            let mut expected = Vec::new();
            for agent in store.agents(&self.account, VIEW).await.unwrap() {
                store
                    .heartbeat(&self.account, &agent.profile.id, VIEW)
                    .await
                    .unwrap();
                if agent.status == Status::Available {
                    expected.push(agent.profile.id.to_string());
                }
            }
            let mut everybody =
                fetch("the-last", vec![queue(&[], &[], Strategy::TopDown)]).agents(10);
            everybody.account = self.account.clone();
            store
                .prepare(&self.account, &queues_of(&everybody))
                .await
                .unwrap();
            let OfferReply::Offer(offer) = store.offer(&everybody).await.unwrap() else {
                panic!("no offer")
            };
            let mut found = names(&offer);
            found.sort();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn memory_and_redis_agree_on_random_operations() {
    let server = RedisServer::start();
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let redis = runtime.block_on(async { redis_store(&server, &clock) });
    let case = std::sync::atomic::AtomicU32::new(0);
    let cases = option_env!("RINGMASTER_MODEL_CASES")
        .and_then(|text| text.parse().ok())
        .unwrap_or(CASES);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let steps = proptest::collection::vec(step(), 1..60);
    let outcome = runner.run(&steps, |steps| {
        let number = case.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut pair = Pair {
            clock: Arc::clone(&clock),
            memory: MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>),
            redis: redis.clone(),
            account: AccountName::parse(&format!("case-{number}")).unwrap(),
            ledger: Ledger::default(),
        };
        runtime.block_on(pair.run(&steps));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
