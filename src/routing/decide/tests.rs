//! The router against a store that plays a script; against real stores it is tested over HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::Mutex;

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::*;
use crate::clock::ManualClock;
use crate::exotel::Parameters;
use crate::presence::store::View;
use crate::presence::{
    Agent, AgentProfile, Binding, CallHistory, DecisionLog, Erased, Heard, Looked, NoteStep,
    OfferRequest, Past, Presence, QueueDefinition, Quota, Release, ReleaseOutcome, Report,
    Snapshot, Traffic,
};
use crate::routing::Surroundings;
use crate::routing::indexing::{Pace, keep_indexed};
use crate::rules::RuleBook;
use crate::telephony::{AgentId, CallSid, PhoneNumber};

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
  hindi: { agents: { skills: { hindi: 3 } } }
rules:
  - { name: pressed 2, when: { digits: '2' }, targets: [{ queue: hindi }] }
  - { name: others, targets: [{ queue: sales }] }
fallback: { numbers: ['+911140001234'] }
";

/// Answers offers from a script and notes what it was asked.
#[derive(Debug, Default)]
struct ScriptedStore {
    script: Mutex<VecDeque<OfferReply>>,
    asked: Mutex<Vec<String>>,
}

impl ScriptedStore {
    fn new(script: impl IntoIterator<Item = OfferReply>) -> Arc<Self> {
        let script = Mutex::new(script.into_iter().collect());
        Arc::new(Self {
            script,
            ..Self::default()
        })
    }

    /// What is answered from now on.
    fn plays(&self, script: impl IntoIterator<Item = OfferReply>) {
        self.script.lock().unwrap().extend(script);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

#[async_trait]
impl Store for ScriptedStore {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        let rule = serde_json::from_str::<StoredAnswer>(&request.template)
            .unwrap()
            .rule;
        self.note(format!(
            "offer by {:?} with digits {:?}",
            rule.unwrap_or_default(),
            request.facts.digits
        ));
        let mut reply = self.script.lock().unwrap().pop_front().unwrap();
        if let OfferReply::Offer(offer) = &mut reply
            && offer.template.is_empty()
        {
            offer.template = Arc::clone(&request.template);
        }
        Ok(reply)
    }

    async fn prepare(
        &self,
        _: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        self.note(format!("prepare {}", queues.len()));
        Ok(())
    }

    async fn put_agents(&self, _: &AccountName, _: &[AgentProfile]) -> Result<(), StoreError> {
        unreachable!()
    }

    async fn remove_agent(&self, _: &AccountName, _: &AgentId) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn agent(
        &self,
        _: &AccountName,
        _: View,
        _: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        unreachable!()
    }

    async fn binding(
        &self,
        _: &AccountName,
        _: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        unreachable!()
    }

    async fn erase(&self, _: &AccountName, _: PhoneNumber) -> Result<Erased, StoreError> {
        unreachable!()
    }

    async fn snapshot(&self, _: &AccountName) -> Result<Snapshot, StoreError> {
        unreachable!()
    }

    async fn past(&self, _: &AccountName, _: Timestamp, _: Timestamp) -> Result<Past, StoreError> {
        unreachable!()
    }

    async fn traffic(&self, _: &AccountName, _: &[Arc<str>]) -> Result<Traffic, StoreError> {
        unreachable!()
    }

    async fn set_presence(
        &self,
        _: &AccountName,
        _: &AgentId,
        _: &Presence,
        _: Option<&str>,
        _: View,
    ) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn heartbeat(&self, _: &AccountName, _: &AgentId, _: View) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn release(
        &self,
        _: &AccountName,
        _: &AgentId,
        _: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        unreachable!()
    }

    async fn hear(&self, _: &Report) -> Result<Heard, StoreError> {
        unreachable!()
    }

    async fn call(&self, _: &AccountName, _: &CallSid) -> Result<Option<CallHistory>, StoreError> {
        unreachable!()
    }

    async fn note(
        &self,
        _: &AccountName,
        _: &str,
        _: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        unreachable!()
    }

    async fn take(&self, _: &AccountName, _: Quota) -> Result<Option<Duration>, StoreError> {
        unreachable!()
    }

    fn log(&self) -> &dyn DecisionLog {
        unreachable!()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// An offer of one number, under this request's own template or under another.
fn offer(template: &str) -> OfferReply {
    OfferReply::Offer(Offer {
        at: Timestamp::from_millis(0),
        waited: None,
        attempt: 1,
        last: true,
        template: Arc::from(template),
        replayed: !template.is_empty(),
        destinations: vec![Offered {
            uri: ContactUri::from_canonical("+919812345678").unwrap(),
            agent: AgentId::parse("asha").ok(),
            queue: None,
        }],
        nobody: None,
        went_back: None,
        looked: Looked::default(),
        ends: Vec::new(),
    })
}

fn router(store: &Arc<ScriptedStore>) -> Router {
    router_within(Duration::from_secs(1), store)
}

fn router_within(deadline: Duration, store: &Arc<ScriptedStore>) -> Router {
    let rules = RuleBook::parse("rules/default.yaml", RULES).unwrap();
    let book = RoutingBook::new(Arc::new(rules), &Surroundings::default());
    let shared = RouterShared {
        books: RoutingBooks::new(BTreeMap::from([(AccountName::default(), Arc::new(book))])),
        breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
        indexer: Indexer::default(),
        late: crate::routing::LateReports::default(),
        clock: Arc::new(ManualClock::new(Timestamp::from_millis(0))),
        deadline,
    };
    Router::new(store.clone(), Arc::new(shared))
}

async fn answer(router: &Router, query: &str) -> Decision {
    let account = AccountName::default();
    let book = router.book(&account);
    let request = ConnectRequest::read(&Parameters::from_query(query).unwrap(), book.country());
    router
        .answer(&account, &book, &request, Dialect::Ccm, Instant::now())
        .await
}

#[tokio::test]
async fn a_later_fetch_is_planned_again_with_what_the_first_one_said() {
    let recalled = Facts {
        digits: "2".to_owned(),
        custom_field: String::new(),
    };
    let store = ScriptedStore::new([OfferReply::Recall(recalled), offer("")]);
    let decision = answer(&router(&store), "CallSid=one&DialCallStatus=busy").await;
    assert_eq!(decision.rule.as_deref(), Some("pressed 2"));
    assert_eq!(
        store.asked(),
        [
            "offer by \"others\" with digits \"\"",
            "offer by \"pressed 2\" with digits \"2\""
        ]
    );
}

fn unindexed(router: &Router) -> OfferReply {
    let book = router.book(&AccountName::default());
    OfferReply::Unindexed(vec![book.queue("sales").unwrap().id().clone()])
}

#[tokio::test]
async fn for_a_queue_that_the_store_lacks_all_are_prepared_and_it_is_asked_again() {
    let store = ScriptedStore::new([]);
    let router = router(&store);
    let (shared, tasks) = (Arc::clone(&router.shared), &mut JoinSet::new());
    tasks.spawn(keep_indexed(shared, store.clone(), Pace::default()));
    router.shared().indexer.round(&AccountName::default()).await;
    store.plays([unindexed(&router), offer("")]);
    assert_eq!(
        answer(&router, "CallSid=one").await.outcome,
        Outcome::Offered
    );
    let by_others = "offer by \"others\" with digits \"\"";
    assert_eq!(
        store.asked(),
        ["prepare 2", by_others, "prepare 2", by_others]
    );
}

#[tokio::test]
async fn who_cannot_wait_for_the_index_gets_the_fallback_and_it_is_no_failure_of_the_store() {
    let store = ScriptedStore::new([]);
    let router = router_within(Duration::from_millis(5), &store);
    store.plays([unindexed(&router)]);
    let decision = answer(&router, "CallSid=one").await;
    assert_eq!(
        decision.outcome,
        Outcome::Fallback(FallbackReason::Unindexed)
    );
    assert_eq!(decision.destinations.len(), 1);
    assert!(!router.shared().breaker.is_open());
}

#[tokio::test]
async fn a_store_that_never_settles_is_not_asked_for_ever() {
    let again = || OfferReply::Recall(Facts::default());
    let store = ScriptedStore::new([again(), again()]);
    let decision = answer(&router(&store), "CallSid=one").await;
    assert_eq!(
        decision.outcome,
        Outcome::Fallback(FallbackReason::Unsettled)
    );
}

#[tokio::test]
async fn an_answer_of_other_rules_is_replayed_as_it_was() {
    let kept = r#"{"rule":"of yesterday","version":"abc","answer":{"ring":45}}"#;
    let store = ScriptedStore::new([offer(kept)]);
    let decision = answer(&router(&store), "CallSid=one").await;
    assert_eq!(decision.outcome, Outcome::Replayed);
    assert_eq!(decision.version.as_deref(), Some("abc"));
    let Reply::Answer(json) = decision.reply else {
        panic!("{:?}", decision.reply)
    };
    assert!(json.contains(r#""max_ringing_duration":45"#), "{json}");
}

#[tokio::test]
async fn a_fallback_of_other_rules_is_replayed_with_its_own_status() {
    let kept = r#"{"version":"abc","status":503,"answer":{}}"#;
    let store = ScriptedStore::new([offer(kept)]);
    let decision = answer(&router(&store), "CallSid=one").await;
    assert_eq!(decision.reply, Reply::Status(503));
}

#[test]
fn a_call_without_a_rule_has_its_status_kept_with_it() {
    let rules =
        "{ country: IN, time_zone: Asia/Kolkata, rules: [], fallback: { http_status: 503 } }";
    let rules = RuleBook::parse("rules/default.yaml", rules).unwrap();
    let book = RoutingBook::new(Arc::new(rules), &Surroundings::default());
    assert_eq!(book.no_rule().answer.status, Some(503));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_back_gives_the_fallback() {
    let store = ScriptedStore::new([offer("of a version to come")]);
    let decision = answer(&router(&store), "CallSid=one").await;
    assert_eq!(
        decision.outcome,
        Outcome::Fallback(FallbackReason::Unreadable)
    );
    assert_eq!(decision.destinations.len(), 1);
}

#[tokio::test]
async fn the_store_is_not_asked_for_a_request_without_a_call_nor_while_the_breaker_is_open() {
    let store = ScriptedStore::new([]);
    let router = router(&store);
    assert_eq!(
        answer(&router, "From=1").await.outcome,
        Outcome::Fallback(FallbackReason::NoCallSid)
    );
    router.shared().breaker.failed(router.now());
    assert_eq!(
        answer(&router, "CallSid=one").await.outcome,
        Outcome::Fallback(FallbackReason::BreakerOpen)
    );
    assert!(store.asked().is_empty());
}
