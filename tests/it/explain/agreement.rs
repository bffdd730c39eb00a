//! What is explained is what is then decided, on both stores, whatever the rules and the agents; and nothing changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::{NonZeroU8, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use proptest::test_runner::{Config, TestRunner};
use ringmaster::clock::{Clock, ManualClock};
use ringmaster::exotel::{ConnectRequest, Parameters};
use ringmaster::presence::memory::MemoryStore;
use ringmaster::presence::{AgentProfile, Standing, Store};
use ringmaster::routing::explain::document::Reason;
use ringmaster::routing::{
    Decision, Explanation, Indexer, LateReports, PastAttempt, Question, Reply, Router,
    RouterShared, RoutingBook, RoutingBooks, SharedBreaker, Surroundings, explain,
};
use ringmaster::rules::RuleBook;
use ringmaster::telephony::AccountName;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::cases::{AGENTS, Case, Event, case};
use crate::store::world::{START, VIEW, agent_id, redis_store};
use crate::support::redis::RedisServer;

const CASES: u32 = 500;

/// One store with a router on it.
struct Side {
    store: Arc<dyn Store>,
    router: Router,
    account: AccountName,
    book: Arc<RoutingBook>,
}

impl Side {
    fn new(
        store: Arc<dyn Store>,
        book: &Arc<RoutingBook>,
        account: &AccountName,
        clock: &Arc<ManualClock>,
    ) -> Self {
        let books = RoutingBooks::new(BTreeMap::from([(account.clone(), Arc::clone(book))]));
        let shared = RouterShared {
            books,
            breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
            indexer: Indexer::default(),
            late: LateReports::default(),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            deadline: Duration::from_secs(30),
        };
        Self {
            router: Router::new(Arc::clone(&store), Arc::new(shared)),
            store,
            account: account.clone(),
            book: Arc::clone(book),
        }
    }

    async fn decide(&self, request: &ConnectRequest) -> Decision {
        let (book, dialect) = (&self.book, self.book.dialect());
        self.router
            .answer(&self.account, book, request, dialect, Instant::now())
            .await
    }

    async fn prepare(&self, agents: &[AgentProfile]) {
        self.store
            .prepare(&self.account, &self.book.definitions())
            .await
            .unwrap();
        self.store.put_agents(&self.account, agents).await.unwrap();
    }

    async fn happen(&self, event: &Event, number: usize) {
        match event {
            Event::Set(agent, presence) => {
                let id = agent_id(AGENTS[*agent]);
                assert!(
                    self.store
                        .set_presence(&self.account, &id, presence, None, VIEW)
                        .await
                        .unwrap()
                );
            }
            Event::Call(digits) => {
                self.decide(&request(&format!("before-{number}"), *digits, 1))
                    .await;
            }
            Event::Pass(_) => {}
        }
    }

    async fn standings(&self) -> Vec<Standing> {
        let snapshot = self.store.snapshot(&self.account).await.unwrap();
        snapshot.standings(VIEW)
    }

    /// The explanation, which must change nothing.
    async fn explain(&self, question: &Question) -> Explanation {
        let before = self.store.snapshot(&self.account).await.unwrap();
        let names = self.book.queue_names();
        let traffic = self.store.traffic(&self.account, &names).await;
        let with_calls = before.clone().with_traffic(traffic.unwrap());
        let explanation = explain(&self.book, question, &with_calls);
        assert_eq!(self.store.snapshot(&self.account).await.unwrap(), before);
        explanation
    }
}

/// A fetch; later attempts report another outcome each.
fn request(call: &str, digits: u8, attempt: u8) -> ConnectRequest {
    let mut query = format!("CallSid={call}&From=09812345678&To=01135124157&digits={digits}");
    if attempt > 1 {
        write!(
            query,
            "&DialWhomNumber=sip:x{attempt}&DialCallStatus=no-answer"
        )
        .unwrap();
    }
    let parameters = Parameters::from_query(&query).unwrap();
    ConnectRequest::read(&parameters, ringmaster::telephony::Country::INDIA)
}

/// Explains, then decides, and compares.
async fn compare(
    case: &Case,
    side: &Side,
    clock: &ManualClock,
    from: ringmaster::clock::Timestamp,
) -> String {
    clock.set(from);
    let number = NonZeroU8::new(case.attempt).unwrap();
    let ask = |earlier: Vec<PastAttempt>| Question {
        attempt: number,
        // Attempts that are played through and not made take no time.
        waiting: Some(Duration::from_secs(
            case.gap.unwrap_or(0) * u64::from(case.attempt - 1),
        )),
        earlier,
        ..Question::new(side.account.clone(), &request("call", 1, 1), clock.now())
    };
    let played = match case.gap {
        None => Some(side.explain(&ask(Vec::new())).await),
        Some(_) => None,
    };
    let mut earlier = Vec::new();
    for attempt in 1..case.attempt {
        let decision = side.decide(&request("call", 1, attempt)).await;
        let gap = Duration::from_secs(case.gap.unwrap_or(0));
        earlier.push(PastAttempt {
            waited: gap * u32::from(attempt - 1),
            destinations: decision.destinations,
        });
        clock.advance(gap);
    }
    let explanation = match played {
        Some(explanation) => explanation,
        None => side.explain(&ask(earlier)).await,
    };
    let decision = side.decide(&request("call", 1, case.attempt)).await;
    agree(&explanation, &decision);
    consistent(&explanation);
    explanation.to_string()
}

fn agree(explanation: &Explanation, decision: &Decision) {
    let explained: Vec<_> = explanation
        .rings
        .iter()
        .map(|rings| (rings.contact_uri.clone(), rings.agent.clone()))
        .collect();
    let decided: Vec<_> = decision
        .destinations
        .iter()
        .map(|offered| (offered.uri.clone(), offered.agent.clone()))
        .collect();
    assert_eq!(explained, decided, "{explanation}");
    assert_eq!(explanation.outcome, decision.outcome.code());
    assert_eq!(explanation.rule, decision.rule);
    let Reply::Answer(answer) = &decision.reply else {
        panic!("{decision:?}")
    };
    assert_eq!(explanation.answer.body.as_ref().unwrap().get(), answer);
}

/// What is told of agents fits the answer.
fn consistent(explanation: &Explanation) {
    let is_full = explanation.rings.len() >= usize::from(explanation.ring.agents);
    for target in &explanation.targets {
        for agent in &target.agents {
            let rings = explanation
                .rings
                .iter()
                .any(|rings| rings.agent.as_ref() == Some(&agent.id));
            let says_so = matches!(agent.reason, Reason::Chosen | Reason::ChosenElsewhere);
            assert_eq!(
                rings,
                says_so || (rings && agent.reason == Reason::MissesSkill),
                "{explanation}"
            );
            assert!(
                agent.reason != Reason::Enough || is_full,
                "{}: {explanation}",
                agent.id
            );
            assert!(!agent.why.is_empty());
        }
    }
    for rings in explanation
        .rings
        .iter()
        .filter(|_| explanation.rule.is_some())
    {
        assert!(rings.target.is_some(), "{explanation}");
    }
}

async fn run(case: &Case, account: &AccountName, redis: Arc<dyn Store>, clock: &Arc<ManualClock>) {
    let rules = RuleBook::parse("rules", &case.rules)
        .unwrap_or_else(|findings| panic!("{findings}\n{}", case.rules));
    let surroundings = Surroundings {
        margin: Duration::from_secs(5),
        event_url: None,
    };
    let book = Arc::new(RoutingBook::new(Arc::new(rules), &surroundings));
    let memory = MemoryStore::new(Arc::clone(clock) as Arc<dyn Clock>);
    let sides = [Arc::new(memory) as Arc<dyn Store>, redis]
        .map(|store| Side::new(store, &book, account, clock));
    for side in &sides {
        side.prepare(&case.agents).await;
    }
    for (number, event) in case.events.iter().enumerate() {
        if let Event::Pass(millis) = event {
            clock.advance(Duration::from_millis(*millis));
        }
        for side in &sides {
            side.happen(event, number).await;
        }
    }
    let [memory, redis] = &sides;
    assert_eq!(memory.standings().await, redis.standings().await);
    let from = clock.now();
    let expected = compare(case, memory, clock, from).await;
    assert_eq!(compare(case, redis, clock, from).await, expected);
}

#[test]
fn what_is_explained_is_then_decided_on_both_stores() {
    let server = RedisServer::start();
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let redis: Arc<dyn Store> = runtime.block_on(async { Arc::new(redis_store(&server, &clock)) });
    let number = std::sync::atomic::AtomicU32::new(0);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    });
    let outcome = runner.run(&case(), |mut case| {
        if case.attempt > 1 {
            // What later attempts draw hangs on what Exotel reports of the ones before, which nobody knows beforehand.
            case.rules = case.rules.replace("strategy: random", "strategy: top_down");
        }
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let account = AccountName::parse(&format!("case-{number}")).unwrap();
        runtime.block_on(run(&case, &account, Arc::clone(&redis), &clock));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
