//! A store on a clock that the test moves, and short words for what tests do with it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU8, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use ringmaster::clock::{Clock, ManualClock, Timestamp};
use ringmaster::presence::memory::{Memory, MemoryStore};
use ringmaster::presence::redis::{RedisSettings, RedisStore};
use ringmaster::presence::store::View;
use ringmaster::presence::{
    Agent, AgentProfile, DialEnd, DialNews, Dialling, Facts, Offer, OfferReply, OfferRequest,
    OfferTarget, Opens, Presence, QueueDefinition, Quota, Retention, Store, Strategy, Whom,
};
use ringmaster::telephony::{AccountName, AgentId, CallSid, ContactUri};

use crate::support::redis::RedisServer;

/// Monday, 23 November 2026, 11:00 in India.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_411_800_000);
/// India.
pub(crate) const OFFSET: i32 = 19_800;

pub(crate) const VIEW: View = View {
    heartbeat: Some(Duration::from_mins(1)),
    utc_offset_seconds: OFFSET,
};

tokio::task_local! {
    static ACCOUNT: AccountName;
}

/// The account of this test.
fn account() -> AccountName {
    let own = ACCOUNT.try_with(AccountName::clone);
    own.unwrap_or_else(|_| AccountName::parse("default").unwrap())
}

/// What happens in `test` is another account's than that of other numbers.
pub(crate) async fn in_an_account_of_its_own(number: usize, test: impl Future<Output = ()>) {
    let account = AccountName::parse(&format!("account-{number}")).unwrap();
    ACCOUNT.scope(account, test).await;
}

/// A store, its clock, and the server behind it if there is one.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) account: AccountName,
    _server: Option<RedisServer>,
}

impl World {
    pub(crate) fn memory() -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let store = MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        Self::of(Arc::new(store), clock, None)
    }

    pub(crate) fn redis() -> Self {
        let server = RedisServer::start();
        let clock = Arc::new(ManualClock::new(START));
        let store = redis_store(&server, &clock);
        Self::of(Arc::new(store), clock, Some(server))
    }

    /// On servers that the test has started.
    pub(crate) fn at(settings: &RedisSettings) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let (memory, its) = (Memory::default(), Arc::clone(&clock) as Arc<dyn Clock>);
        let store = RedisStore::on_clock(settings, memory, its).unwrap();
        Self::of(Arc::new(store), clock, None)
    }

    /// Each of the two stores, keeping so much of what agents were.
    pub(crate) fn keeping(history: Retention) -> [Self; 2] {
        let memory = Memory {
            history,
            ..Memory::default()
        };
        let clock = Arc::new(ManualClock::new(START));
        let store = MemoryStore::with_memory(Arc::clone(&clock) as Arc<dyn Clock>, memory);
        let server = RedisServer::start();
        let redis = Self::on(&server, history);
        let redis = Self {
            _server: Some(server),
            ..redis
        };
        [Self::of(Arc::new(store), clock, None), redis]
    }

    /// On a server of the test's.
    pub(crate) fn on(server: &RedisServer, history: Retention) -> Self {
        Self::sharing(server, history, Arc::new(ManualClock::new(START)))
    }

    /// Another instance on the same server, with the same clock.
    pub(crate) fn with(&self, server: &RedisServer, history: Retention) -> Self {
        Self::sharing(server, history, Arc::clone(&self.clock))
    }

    fn sharing(server: &RedisServer, history: Retention, clock: Arc<ManualClock>) -> Self {
        let memory = Memory {
            history,
            ..Memory::default()
        };
        let (settings, its) = (RedisSettings::at(&server.url()), Arc::clone(&clock));
        let store = RedisStore::on_clock(&settings, memory, its as Arc<dyn Clock>).unwrap();
        Self::of(Arc::new(store), clock, None)
    }

    fn of(store: Arc<dyn Store>, clock: Arc<ManualClock>, server: Option<RedisServer>) -> Self {
        Self {
            store,
            clock,
            account: account(),
            _server: server,
        }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Agents, all available since now, in the order given (a millisecond apart).
    pub(crate) async fn staff(&self, profiles: &[AgentProfile]) {
        self.store
            .put_agents(&self.account, profiles)
            .await
            .unwrap();
        for profile in profiles {
            self.clock.advance(Duration::from_millis(1));
            self.set(profile.id.as_str(), Presence::Available).await;
        }
        self.clock.advance(Duration::from_millis(1));
    }

    pub(crate) async fn set(&self, id: &str, presence: Presence) {
        let known = self
            .store
            .set_presence(&self.account, &agent_id(id), &presence, None, VIEW)
            .await
            .unwrap();
        assert!(known, "{id} is known");
    }

    /// As [`World::set`], over the person's head.
    pub(crate) async fn set_for(&self, id: &str, presence: Presence, by: &str) {
        let (id, by) = (agent_id(id), Some(by));
        let set = self
            .store
            .set_presence(&self.account, &id, &presence, by, VIEW);
        assert!(set.await.unwrap(), "{id} is known");
    }

    pub(crate) async fn beat(&self, id: &str) {
        assert!(
            self.store
                .heartbeat(&self.account, &agent_id(id), VIEW)
                .await
                .unwrap()
        );
    }

    pub(crate) async fn agent(&self, id: &str) -> Agent {
        self.store
            .agent(&self.account, VIEW, &agent_id(id))
            .await
            .unwrap()
            .unwrap()
    }

    /// Asks, with the index made first, and wants an offer.
    pub(crate) async fn offer(&self, request: &OfferRequest) -> Offer {
        let queues: Vec<_> = queues_of(request);
        self.store.prepare(&self.account, &queues).await.unwrap();
        match self.store.offer(request).await.unwrap() {
            OfferReply::Offer(offer) => offer,
            other => panic!("an offer was expected: {other:?}"),
        }
    }

    /// The agents (or numbers) of the offer.
    pub(crate) async fn rings(&self, request: &OfferRequest) -> Vec<String> {
        names(&self.offer(request).await)
    }
}

pub(crate) fn quota(most: u32, seconds: u64) -> Quota {
    Quota {
        name: "test",
        most: NonZeroU32::new(most).unwrap(),
        window: Duration::from_secs(seconds),
    }
}

pub(crate) fn redis_store(server: &RedisServer, clock: &Arc<ManualClock>) -> RedisStore {
    let settings = RedisSettings::at(&server.url());
    RedisStore::on_clock(
        &settings,
        Memory::default(),
        Arc::clone(clock) as Arc<dyn Clock>,
    )
    .unwrap()
}

pub(crate) fn queues_of(request: &OfferRequest) -> Vec<Arc<QueueDefinition>> {
    let queue = |target: &OfferTarget| match &target.whom {
        Whom::Queue(queue) => Some(Arc::clone(queue)),
        Whom::Agent(_) | Whom::Numbers(_) => None,
    };
    request.targets.iter().filter_map(queue).collect()
}

pub(crate) fn names(offer: &Offer) -> Vec<String> {
    let name = |offered: &ringmaster::presence::Offered| {
        offered
            .agent
            .as_ref()
            .map_or_else(|| offered.uri.to_string(), ToString::to_string)
    };
    offer.destinations.iter().map(name).collect()
}

pub(crate) fn agent_id(id: &str) -> AgentId {
    AgentId::parse(id).unwrap()
}

/// An agent of the group `sales` with the skills given.
pub(crate) fn agent(id: &str) -> AgentProfile {
    let uri = format!("sip:{id}");
    AgentProfile {
        id: agent_id(id),
        name: id.to_owned(),
        destinations: vec![ContactUri::from_canonical(&uri).unwrap()],
        groups: BTreeSet::from(["sales".to_owned()]),
        skills: BTreeMap::new(),
        position: None,
        weight: 1,
    }
}

pub(crate) fn queue(groups: &[&str], skills: &[(&str, u8)], strategy: Strategy) -> OfferTarget {
    let groups = groups.iter().map(ToString::to_string).collect();
    let skills = skills
        .iter()
        .map(|(skill, level)| ((*skill).to_owned(), *level))
        .collect();
    OfferTarget::queue(Arc::new(QueueDefinition::new(groups, skills, strategy)))
}

pub(crate) fn sales() -> OfferTarget {
    queue(&["sales"], &[], Strategy::LongestIdle)
}

pub(crate) fn numbers(numbers: &[&str]) -> OfferTarget {
    OfferTarget::numbers(
        numbers
            .iter()
            .map(|n| ContactUri::from_canonical(n).unwrap())
            .collect(),
    )
}

/// The target, open only after so many attempts or so many seconds; 0 for neither.
pub(crate) fn later(target: OfferTarget, attempts: u8, seconds: u64) -> OfferTarget {
    let opens = Opens {
        attempts: NonZeroU8::new(attempts),
        waiting: (seconds > 0).then(|| Duration::from_secs(seconds)),
    };
    OfferTarget { opens, ..target }
}

/// A first fetch of `call` for one agent of these targets, ringing 20 s with a margin of 5 s.
pub(crate) fn fetch(call: &str, targets: Vec<OfferTarget>) -> OfferRequest {
    OfferRequest {
        account: account(),
        call: CallSid::parse(call).unwrap(),
        progress: "0".to_owned(),
        facts: Facts::default(),
        targets: targets.into(),
        dialling: Dialling {
            agents: one(1),
            at_once: Vec::new(),
            ring: Duration::from_secs(20),
            margin: Duration::from_secs(5),
            attempts: one(1),
            conversation: Duration::from_mins(15),
            reports_answers: true,
            is_outbound: false,
        },
        template: Arc::from("{}"),
        heartbeat: VIEW.heartbeat,
        utc_offset_seconds: OFFSET,
        told: DialNews::Nothing,
        customer: None,
        seed: 7,
    }
}

pub(crate) fn one(number: u8) -> NonZeroU8 {
    NonZeroU8::new(number).unwrap()
}

/// Changes to a fetch, chained.
pub(crate) trait Fetch: Sized {
    fn agents(self, most: u8) -> Self;
    fn attempts(self, most: u8) -> Self;
    fn at_once(self, by_attempt: &[u8]) -> Self;
    fn reporting(self, progress: &str) -> Self;
    fn keyed(self, digits: &str) -> Self;
    fn template(self, template: &str) -> Self;
}

impl Fetch for OfferRequest {
    fn agents(mut self, most: u8) -> Self {
        self.dialling.agents = one(most);
        self
    }

    fn attempts(mut self, most: u8) -> Self {
        self.dialling.attempts = one(most);
        self
    }

    fn at_once(mut self, by_attempt: &[u8]) -> Self {
        self.dialling.at_once = by_attempt.iter().copied().map(one).collect();
        self
    }

    fn reporting(mut self, progress: &str) -> Self {
        progress.clone_into(&mut self.progress);
        self.told = match progress {
            "0" => DialNews::Nothing,
            _ => DialNews::Ended(DialEnd::UNKNOWN),
        };
        self
    }

    fn keyed(mut self, digits: &str) -> Self {
        digits.clone_into(&mut self.facts.digits);
        self
    }

    fn template(mut self, template: &str) -> Self {
        self.template = Arc::from(template);
        self
    }
}
