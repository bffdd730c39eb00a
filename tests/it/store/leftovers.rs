//! What the shared store keeps of queues that no rules have any more, and of agents who are gone.

use std::sync::Arc;
use std::time::Duration;

use redis::Connection;
use ringmaster::clock::ManualClock;
use ringmaster::presence::{
    LegEvent, News, Offer, OfferReply, OfferRequest, OfferTarget, Presence, Report, Store, Strategy,
};
use ringmaster::telephony::AccountName;

use super::reports::uri;
use super::world::*;
use crate::support::redis::RedisServer;

/// What all keys of the store's own layout begin with.
const BASE: &str = "rm:{default}:3:";

/// The agents `a` and `b`, available, and the server behind them.
struct Office {
    server: RedisServer,
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    account: AccountName,
}

impl Office {
    async fn open() -> Self {
        let server = RedisServer::start();
        let clock = Arc::new(ManualClock::new(START));
        let store = Arc::new(redis_store(&server, &clock));
        let account = AccountName::parse("default").unwrap();
        let office = Self {
            server,
            store,
            clock,
            account,
        };
        office.prepare(&[sales()]).await;
        office.staff("a").await;
        office.staff("b").await;
        office
    }

    async fn staff(&self, id: &str) {
        self.store
            .put_agents(&self.account, &[agent(id)])
            .await
            .unwrap();
        self.pass(Duration::from_millis(1));
        self.come(id).await;
        self.pass(Duration::from_millis(1));
    }

    async fn come(&self, id: &str) {
        let (id, presence) = (agent_id(id), Presence::Available);
        let set = self
            .store
            .set_presence(&self.account, &id, &presence, None, VIEW);
        assert!(set.await.unwrap());
    }

    async fn beat(&self, id: &str) {
        assert!(
            self.store
                .heartbeat(&self.account, &agent_id(id), VIEW)
                .await
                .unwrap()
        );
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    async fn prepare(&self, targets: &[OfferTarget]) {
        let queues = queues_of(&fetch("none", targets.to_vec()));
        self.store.prepare(&self.account, &queues).await.unwrap();
    }

    /// As a decision is made: nothing is indexed for it.
    async fn offer(&self, request: &OfferRequest) -> Offer {
        match self.store.offer(request).await.unwrap() {
            OfferReply::Offer(offer) => offer,
            other => panic!("an offer was expected: {other:?}"),
        }
    }

    async fn rings(&self, call: &str, target: OfferTarget) -> Vec<String> {
        names(&self.offer(&fetch(call, vec![target])).await)
    }

    fn connection(&self) -> Connection {
        redis::Client::open(self.server.url())
            .unwrap()
            .get_connection()
            .unwrap()
    }

    /// The keys of the layout but those of calls, sorted.
    fn keys(&self) -> Vec<String> {
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("*")
            .query(&mut self.connection())
            .unwrap();
        let is_call = |key: &String| key.contains(":call:");
        let mut keys: Vec<_> = keys.into_iter().filter(|key| !is_call(key)).collect();
        keys.sort();
        keys
    }

    /// How many fields a hash has.
    fn fields(&self, key: &str) -> usize {
        let key = format!("{BASE}{key}");
        redis::cmd("HLEN")
            .arg(key)
            .query(&mut self.connection())
            .unwrap()
    }

    /// The agents that a hash has.
    fn agents_in(&self, key: &str) -> Vec<String> {
        let mut agents: Vec<String> = redis::cmd("HKEYS")
            .arg(key)
            .query(&mut self.connection())
            .unwrap();
        agents.sort();
        agents
    }
}

/// A definition like no other, which admits who sells.
fn edited(number: usize, strategy: Strategy) -> OfferTarget {
    queue(&["sales", &format!("group-{number}")], &[], strategy)
}

fn id_of(target: OfferTarget) -> String {
    let queues = queues_of(&fetch("none", vec![target]));
    queues[0].id().to_string()
}

const STRATEGIES: [Strategy; 3] = [
    Strategy::LongestIdle,
    Strategy::FewestCalls,
    Strategy::Random,
];

#[tokio::test]
async fn three_thousand_definitions_in_turn_leave_nothing_behind() {
    let office = Office::open().await;
    let (keys, registered) = (office.keys(), office.fields("registry"));
    let asked = format!("{BASE}asked");
    assert!(keys.contains(&asked));
    for edit in 0..60 {
        let definitions: Vec<_> = (0..50)
            .map(|n| edited(edit * 50 + n, STRATEGIES[n % 3]))
            .collect();
        office.prepare(&[definitions, vec![sales()]].concat()).await;
        office.come("a").await;
        let call = format!("edit-{edit}");
        let target = edited(edit * 50 + 1, Strategy::FewestCalls);
        assert_eq!(office.rings(&call, target).await, ["a"]);
        office.pass(Duration::from_hours(6));
        let kept = office.fields("registry");
        assert!(
            kept <= registered + 9 * 50,
            "{kept} definitions after {edit} edits"
        );
    }
    office.pass(Duration::from_hours(48));
    office.prepare(&[sales()]).await;
    assert_eq!(
        (office.keys(), office.fields("registry")),
        (keys, registered)
    );
    assert_eq!(
        (
            office.fields("built"),
            office.fields("days"),
            office.fields("levels")
        ),
        (1, 0, 0)
    );
    let again = edited(1, Strategy::FewestCalls);
    let lacking = office
        .store
        .offer(&fetch("again", vec![again.clone()]))
        .await
        .unwrap();
    assert!(matches!(lacking, OfferReply::Unindexed(_)), "{lacking:?}");
    office.prepare(std::slice::from_ref(&again)).await;
    office.come("a").await;
    assert_eq!(office.rings("found", again).await, ["a"]);
    assert_eq!(
        office.rings("other", sales()).await,
        [""; 0],
        "a is reserved, b has lapsed"
    );
}

#[tokio::test]
async fn with_three_thousand_definitions_at_once_nobody_is_booked_twice() {
    let office = Office::open().await;
    let many: Vec<_> = (0..3000)
        .map(|n| edited(n, Strategy::LongestIdle))
        .collect();
    office.prepare(&many).await;
    for (call, rung) in [("one", &["a"][..]), ("two", &["b"]), ("three", &[])] {
        assert_eq!(office.rings(call, sales()).await, rung);
    }
    office.pass(Duration::from_hours(49));
    let mut rounds = 0;
    while office.fields("registry") > 1 {
        office.prepare(&[sales()]).await;
        rounds += 1;
        assert!(rounds < 10, "some are dropped each time");
    }
    let queues = office.keys().into_iter().filter(|key| key.contains(":q:"));
    assert_eq!(queues.count(), 1, "of the one that is asked for");
}

/// Whoever began to forget queues may not come to the end: another one goes on.
#[tokio::test]
async fn a_round_that_did_not_come_to_its_end_is_made_up_for() {
    let office = Office::open().await;
    let old = edited(1, Strategy::FewestCalls);
    office.prepare(std::slice::from_ref(&old)).await;
    office.pass(Duration::from_hours(49));
    let id = id_of(old);
    // What the first step of a round leaves, had its process ended there.
    office
        .server
        .command(&["ZREM", &format!("{BASE}asked"), &id]);
    office
        .server
        .command(&["HDEL", &format!("{BASE}registry"), &id]);
    office
        .server
        .command(&["HDEL", &format!("{BASE}built"), &id]);
    office
        .server
        .command(&["SADD", &format!("{BASE}dropped"), &id]);
    office.prepare(&[sales()]).await;
    let left: Vec<_> = office
        .keys()
        .into_iter()
        .filter(|key| key.contains(&id) || key.contains("dropped"))
        .collect();
    assert_eq!(left, [""; 0]);
    office.come("a").await;
    assert!(
        !office.keys().iter().any(|key| key.contains(&id)),
        "no card has it"
    );
}

/// What `remove_agent` of a version with another layout does to the keys that both share.
fn remove_elsewhere(office: &Office, id: &str) {
    office
        .server
        .command(&["HDEL", "rm:{default}:profiles", id]);
    office
        .server
        .command(&["HDEL", "rm:{default}:presence", id]);
    office
        .server
        .command(&["HDEL", "rm:{default}:owners", &format!("sip:{id}")]);
}

#[tokio::test]
async fn who_was_removed_by_another_version_stops_no_decision() {
    let office = Office::open().await;
    remove_elsewhere(&office, "a");
    office.pass(Duration::from_secs(59));
    office.beat("b").await;
    office.pass(Duration::from_secs(30));
    assert_eq!(office.rings("one", sales()).await, ["b"]);
    assert_eq!(office.rings("two", sales()).await, [""; 0]);
    let queue = format!("{BASE}q:{}", id_of(sales()));
    let there: Vec<String> = redis::cmd("ZRANGE")
        .arg(queue)
        .arg(0)
        .arg(-1)
        .query(&mut office.connection())
        .unwrap();
    assert_eq!(there, ["b"]);
}

#[tokio::test]
async fn who_has_no_card_is_not_offered() {
    let office = Office::open().await;
    for strategy in STRATEGIES {
        office.prepare(&[edited(1, strategy)]).await;
    }
    for (call, strategy) in ["one", "two", "three"].into_iter().zip(STRATEGIES) {
        office.come("a").await;
        office.come("b").await;
        office
            .server
            .command(&["HDEL", &format!("{BASE}cards"), "a"]);
        assert_eq!(
            office.rings(call, edited(1, strategy)).await,
            ["b"],
            "{strategy:?}"
        );
        office
            .store
            .put_agents(&office.account, &[agent("a")])
            .await
            .unwrap();
        office.pass(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn of_agents_removed_during_a_call_nothing_is_left_once_it_is_over() {
    let office = Office::open().await;
    let records = format!("{BASE}records");
    assert_eq!(office.rings("one", sales()).await, ["a"]);
    assert!(
        office
            .store
            .remove_agent(&office.account, &agent_id("a"))
            .await
            .unwrap()
    );
    let answered = Report {
        account: office.account.clone(),
        call: fetch("one", vec![]).call,
        utc_offset_seconds: OFFSET,
        news: News::Leg {
            who: uri("a"),
            event: LegEvent::Answered,
            rang: None,
        },
    };
    assert!(office.store.report(&answered).await.unwrap());
    office.pass(Duration::from_secs(30));
    office.prepare(&[sales()]).await;
    assert_eq!(
        office.agents_in(&records),
        ["a", "b"],
        "the conversation goes on"
    );
    office.pass(Duration::from_mins(16));
    office.prepare(&[sales()]).await;
    assert_eq!(office.agents_in(&records), ["b"]);
    assert_eq!(office.agents_in("rm:{default}:presence"), ["b"]);
    assert!(!office.keys().contains(&format!("{BASE}departed")));
}

#[tokio::test]
async fn who_comes_back_during_the_call_stays() {
    let office = Office::open().await;
    assert_eq!(office.rings("one", sales()).await, ["a"]);
    assert!(
        office
            .store
            .remove_agent(&office.account, &agent_id("a"))
            .await
            .unwrap()
    );
    office.staff("a").await;
    office.pass(Duration::from_mins(1));
    office.prepare(&[sales()]).await;
    office.come("a").await;
    assert_eq!(office.rings("two", sales()).await, ["a"]);
}
