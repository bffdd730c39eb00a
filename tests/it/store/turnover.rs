//! Days on which agents come and go, on both stores alike: queues that count the day must choose the same and let newcomers
//! begin at the same places. Narrower than the model of all operations, so that it goes through many such days.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::{Just, Strategy as PropStrategy, prop, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use ringmaster::clock::{Clock, ManualClock};
use ringmaster::presence::memory::MemoryStore;
use ringmaster::presence::redis::RedisStore;
use ringmaster::presence::{
    DialEnd, DialOutcome, News, Offer, OfferReply, Presence, Report, Store, Strategy,
};
use ringmaster::telephony::{AccountName, CallSid};
use tokio::runtime::Runtime;

use super::world::*;
use crate::support::redis::RedisServer;

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
const DAILY: [Strategy; 3] = [
    Strategy::FewestCalls,
    Strategy::LeastTalkTime,
    Strategy::Weighted,
];
const GROUPS: [&[&str]; 2] = [&[], &["sales"]];
const CASES: u32 = 150;

/// One step. Numbers index agents, strategies and groups.
#[derive(Clone, Debug)]
enum Step {
    Set(usize, Presence),
    Beat(usize),
    /// A profile with that weight, in sales or not.
    Put(usize, u8, bool),
    Remove(usize),
    /// To a queue; answered by the first, who talks for so many seconds.
    Call {
        strategy: usize,
        group: usize,
        agents: u8,
        talked: u64,
    },
    Pass(u64),
}

fn step() -> impl PropStrategy<Value = Step> {
    let agent = || 0..AGENTS.len();
    let tea = (1_u64..120).prop_map(|seconds| Presence::OnBreak {
        reason: None,
        lasting: Some(Duration::from_secs(seconds)),
    });
    let presence = prop_oneof![
        4 => Just(Presence::Available),
        2 => Just(Presence::Offline),
        1 => tea,
    ];
    let call = (0..DAILY.len(), 0..GROUPS.len(), 1_u8..=2, 0_u64..90);
    let seconds = prop_oneof![4 => 1_u64..40, 1 => 60_u64..100, 1 => 20_000_u64..100_000];
    prop_oneof![
        5 => (agent(), presence).prop_map(|(agent, presence)| Step::Set(agent, presence)),
        4 => agent().prop_map(Step::Beat),
        1 => (agent(), 1_u8..4, prop::bool::ANY).prop_map(|(agent, weight, sells)| Step::Put(agent, weight, sells)),
        1 => agent().prop_map(Step::Remove),
        10 => call.prop_map(|(strategy, group, agents, talked)| Step::Call { strategy, group, agents, talked }),
        3 => seconds.prop_map(Step::Pass),
    ]
}

/// The same step on one of the stores; what it offered, for a call.
async fn apply(
    store: &dyn Store,
    account: &AccountName,
    number: usize,
    step: &Step,
) -> Option<Offer> {
    let id = |index: &usize| agent_id(AGENTS[*index]);
    match step {
        Step::Set(agent, presence) => {
            let id = id(agent);
            let set = store.set_presence(account, &id, presence, None, VIEW);
            set.await.unwrap();
        }
        Step::Beat(agent) => {
            store.heartbeat(account, &id(agent), VIEW).await.unwrap();
        }
        Step::Put(index, weight, sells) => {
            let mut profile = agent(AGENTS[*index]);
            profile.weight = *weight;
            if !sells {
                profile.groups.clear();
            }
            store.put_agents(account, &[profile]).await.unwrap();
        }
        Step::Remove(agent) => {
            store.remove_agent(account, &id(agent)).await.unwrap();
        }
        Step::Call { .. } => return Some(call(store, account, number, step).await),
        Step::Pass(_) => {}
    }
    None
}

async fn call(store: &dyn Store, account: &AccountName, number: usize, step: &Step) -> Offer {
    let &Step::Call {
        strategy,
        group,
        agents,
        talked,
    } = step
    else {
        panic!("{step:?} is no call")
    };
    let target = queue(GROUPS[group], &[], DAILY[strategy]);
    let mut request = fetch(&format!("call-{number}"), vec![target]).agents(agents);
    request.account = account.clone();
    store.prepare(account, &queues_of(&request)).await.unwrap();
    let OfferReply::Offer(offer) = store.offer(&request).await.unwrap() else {
        panic!("no offer")
    };
    let first = offer.destinations.first().map(|to| to.uri.clone());
    let report = Report {
        account: account.clone(),
        call: CallSid::parse(&format!("call-{number}")).unwrap(),
        news: News::End(DialEnd {
            outcome: DialOutcome::Answered,
            who: first.clone(),
            talks: first
                .map(|uri| (uri, Duration::from_secs(talked)))
                .into_iter()
                .collect(),
        }),
        utc_offset_seconds: OFFSET,
    };
    store.report(&report).await.unwrap();
    offer
}

/// Both stores on one clock, and in which strategies somebody began with the others.
struct Pair {
    clock: Arc<ManualClock>,
    memory: MemoryStore,
    redis: RedisStore,
    account: AccountName,
    met: Arc<Mutex<BTreeSet<String>>>,
}

impl Pair {
    async fn run(&self, steps: &[Step]) {
        let begin = (0..AGENTS.len()).map(|index| Step::Put(index, 1, true));
        let begin: Vec<_> = begin
            .chain((0..2).map(|index| Step::Set(index, Presence::Available)))
            .collect();
        for (number, step) in begin.iter().chain(steps).enumerate() {
            if let Step::Pass(seconds) = step {
                self.clock.advance(Duration::from_secs(*seconds));
            }
            let expected = apply(&self.memory, &self.account, number, step).await;
            let actual = apply(&self.redis, &self.account, number, step).await;
            assert_eq!(actual, expected, "step {number}: {step:?}");
            self.compare(number, step).await;
        }
    }

    async fn compare(&self, number: usize, step: &Step) {
        let expected = self.memory.snapshot(&self.account).await.unwrap();
        let actual = self.redis.snapshot(&self.account).await.unwrap();
        let standings = actual.standings(VIEW);
        assert_eq!(
            standings,
            expected.standings(VIEW),
            "step {number}: {step:?}"
        );
        for (strategy, groups) in DAILY
            .iter()
            .flat_map(|day| GROUPS.map(|groups| (day, groups)))
        {
            for queue in queues_of(&fetch("unasked", vec![queue(groups, &[], *strategy)])) {
                assert_eq!(actual.line(&queue, VIEW), expected.line(&queue, VIEW));
            }
        }
        let queues = standings.iter().flat_map(|standing| standing.ahead.keys());
        let words = queues.map(|id| id.as_str().split(':').next().unwrap().to_owned());
        self.met.lock().unwrap().extend(words);
    }
}

#[test]
fn memory_and_redis_agree_on_days_with_comers_and_goers() {
    let server = RedisServer::start();
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let redis = runtime.block_on(async { redis_store(&server, &clock) });
    let case = AtomicU32::new(0);
    let met = Arc::new(Mutex::new(BTreeSet::new()));
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    });
    let steps = proptest::collection::vec(step(), 1..60);
    let outcome = runner.run(&steps, |steps| {
        let number = case.fetch_add(1, Ordering::Relaxed);
        let pair = Pair {
            clock: Arc::clone(&clock),
            memory: MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>),
            redis: redis.clone(),
            account: AccountName::parse(&format!("case-{number}")).unwrap(),
            met: Arc::clone(&met),
        };
        runtime.block_on(pair.run(&steps));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let all = DAILY.map(|strategy| strategy.as_str().to_owned());
    assert_eq!(*met.lock().unwrap(), all.into(), "somebody began late");
}
