//! What must always hold is watched: a service that breaks it is found out, and ours doesn't break it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use ringmaster::clock::Timestamp;
use ringmaster::presence::{AgentProfile, AgentState, Presence};
use ringmaster::rules::{RuleBook, Scenario};
use ringmaster::simulate::{
    CallOutcome, CallRecord, EmbeddedService, Fetched, PlayOptions, Record, Seen, Service,
    ServiceError, ServiceSettings, play, play_embedded,
};
use ringmaster::telephony::AgentId;
use rstest::rstest;

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
answer: { events: true }
presence: { heartbeat: 60s }
queues:
  desk: { agents: { groups: [desk] }, wrap_up: 10s, no_answer: { max: 3, delay: 20s } }
rules:
  - { name: all, sticky: { for: 1d }, ring: { agents: 3, at_once: [1, 2], for: 20s, attempts: 3 }, targets: [{ queue: desk }] }
fallback: { numbers: [] }
";

const SCENARIO: &str = r#"
start: "2026-11-23T09:00"
length: 2h
arrivals: [{ name: all, to: "01135124157", per_hour: 150, returning: 30 }]
callers: { patience: 1m, again: 8s }
talk: { mean: 2m }
phones: { answered: 80, declined: 5, failed: 3 }
reports: { REPORTS }
agents: { desk: { count: 9, groups: [desk], shift: ["09:00-10:30", "10:40-12:00"], breaks: { every: 30m, for: 5m } } }
"#;

fn scenario(rules: &RuleBook, reports: &str) -> Scenario {
    let text = SCENARIO.replace("REPORTS", reports);
    Scenario::parse("day.yaml", &text, rules).unwrap()
}

/// A service that does one thing wrong.
#[derive(Clone)]
struct Dishonest {
    honest: EmbeddedService,
    fault: Fault,
    fetches: Arc<AtomicU64>,
    reports: Arc<AtomicU64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Everybody gets the same agent.
    SameAgent,
    /// A field that Exotel does not know.
    Invalid,
    /// Whoever asks twice gets two answers.
    Fickle,
    /// Nobody is answered, though the rules' fallback is an answer.
    Refusing,
    /// What is answered is said to be a page.
    Page,
    /// Somebody is held for ever.
    Stuck,
}

#[async_trait]
impl Service for Dishonest {
    fn now(&self) -> Timestamp {
        self.honest.now()
    }

    async fn reach(&self, moment: Timestamp) {
        self.honest.reach(moment).await;
    }

    async fn fetch(&self, query: &str) -> Result<Fetched, ServiceError> {
        let number = self.fetches.fetch_add(1, Ordering::Relaxed);
        let mut fetched = self.honest.fetch(query).await?;
        match self.fault {
            Fault::SameAgent => {
                let body =
                    r#"{"fetch_after_attempt":false,"destination":[{"contact_uri":"sip:desk-1"}]}"#;
                body.clone_into(&mut fetched.body);
            }
            Fault::Invalid => fetched.body = fetched.body.replace("recording", "recordings"),
            Fault::Fickle => {
                let ring = format!("\"max_ringing_duration\":{}", 1 + number % 60);
                fetched.body = fetched.body.replace("\"max_ringing_duration\":20", &ring);
            }
            Fault::Refusing => fetched.status = 503,
            Fault::Page => fetched.content_type = Some("text/html".to_owned()),
            Fault::None | Fault::Stuck => {}
        }
        Ok(fetched)
    }

    async fn report(&self, address: Option<&str>, query: &str) -> Result<(), ServiceError> {
        self.reports.fetch_add(1, Ordering::Relaxed);
        self.honest.report(address, query).await
    }

    async fn put_agents(&self, agents: &[AgentProfile]) -> Result<(), ServiceError> {
        self.honest.put_agents(agents).await
    }

    async fn set_presence(&self, id: &AgentId, chosen: &Presence) -> Result<(), ServiceError> {
        self.honest.set_presence(id, chosen).await
    }

    async fn heartbeat(&self, id: &AgentId) -> Result<(), ServiceError> {
        self.honest.heartbeat(id).await
    }

    async fn seen(&self, id: &AgentId) -> Result<Option<Seen>, ServiceError> {
        let seen = self.honest.seen(id).await?;
        let held = |seen: Seen| Seen {
            state: AgentState::InCall,
            ..seen
        };
        Ok(if self.fault == Fault::Stuck {
            seen.map(held)
        } else {
            seen
        })
    }
}

async fn breaches(fault: Fault) -> Vec<String> {
    let rules = RULES.replace(
        "events: true",
        "events: true, recording: { record: true, channels: dual }",
    );
    let rules = RuleBook::parse("rules.yaml", &rules).unwrap();
    let scenario = scenario(&rules, "doubled_fetches: 50");
    let honest = EmbeddedService::new(Arc::new(rules), ServiceSettings::default(), scenario.start);
    let service = Dishonest {
        honest,
        fault,
        fetches: Arc::default(),
        reports: Arc::default(),
    };
    let options = PlayOptions {
        seed: Some(3),
        calls: Some(60),
    };
    let record = play(&scenario, options, service, &mut |_| {}).await;
    let breaches = record.unwrap().breaches.into_iter();
    breaches.map(|breach| breach.what).collect()
}

#[rstest]
#[case::same_agent(Fault::SameAgent, "desk-1 was offered to simulated-")]
#[case::invalid(
    Fault::Invalid,
    "Exotel would not take the answer to simulated-00000000: "
)]
#[case::fickle(Fault::Fickle, "two equal fetches of simulated-")]
#[case::refusing(Fault::Refusing, "the answer to simulated-00000000 had the status 503")]
#[case::page(
    Fault::Page,
    "Exotel would not take the answer to simulated-00000000: its Content-Type is text/html"
)]
#[case::stuck(Fault::Stuck, "desk-1 is still held long after the last call")]
#[tokio::test]
async fn a_service_that_breaks_a_promise_is_found_out(#[case] fault: Fault, #[case] what: &str) {
    let breaches = breaches(fault).await;
    assert!(
        breaches.iter().any(|breach| breach.starts_with(what)),
        "{breaches:?}"
    );
}

#[tokio::test]
async fn a_service_that_breaks_none_is_not_accused() {
    assert_eq!(breaches(Fault::None).await, [""; 0]);
}

#[tokio::test]
async fn where_the_fallback_is_a_status_it_is_no_breach() {
    let rules = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { http_status: 503 }\n";
    let record = played(rules, "doubled_fetches: 100", 1).await;
    assert_eq!(record.breaches, []);
    let nobody = |call: &CallRecord| call.outcome == CallOutcome::Nobody;
    assert!(record.calls.len() > 200 && record.calls.iter().all(nobody));
    assert_eq!(
        record.equal_fetches,
        u64::try_from(record.calls.len()).unwrap()
    );
}

/// The reports that reach the service in a day of one call.
async fn reported(reports: &str) -> u64 {
    let rules = RuleBook::parse("rules.yaml", RULES).unwrap();
    let scenario = scenario(&rules, reports);
    let honest = EmbeddedService::new(Arc::new(rules), ServiceSettings::default(), scenario.start);
    let service = Dishonest {
        honest,
        fault: Fault::None,
        fetches: Arc::default(),
        reports: Arc::default(),
    };
    let count = Arc::clone(&service.reports);
    let options = PlayOptions {
        seed: None,
        calls: Some(1),
    };
    let record = play(&scenario, options, service, &mut |_| {}).await;
    assert_eq!(record.unwrap().breaches, []);
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_report_that_is_late_after_the_last_call_still_comes() {
    let in_time = reported("answered: true, passthru: true").await;
    assert!(in_time >= 3, "{in_time}");
    assert_eq!(
        reported("answered: true, passthru: true, late: 100").await,
        in_time
    );
}

async fn played(rules: &str, reports: &str, seed: u64) -> Record {
    let rules = RuleBook::parse("rules.yaml", rules).unwrap();
    let scenario = scenario(&rules, reports);
    let options = PlayOptions {
        seed: Some(seed),
        calls: None,
    };
    let settings = ServiceSettings::default();
    let played = play_embedded(&scenario, Arc::new(rules), settings, options, &mut |_| {}).await;
    played.unwrap().0
}

#[rstest]
#[case::everything("answered: true, passthru: true")]
#[case::as_exotel_is_by_default("")]
#[case::with_the_end_of_each_dial("passthru: true, doubled: 10, doubled_fetches: 30")]
#[case::unreliable(
    "answered: true, passthru: true, lost: 5, doubled: 5, late: 5, doubled_fetches: 20"
)]
#[case::bad("lost: 60, late: 60, passthru: true")]
#[tokio::test]
async fn the_promises_hold_however_much_is_reported(#[case] reports: &str) {
    for seed in 1..=2 {
        let record = played(RULES, reports, seed).await;
        assert_eq!(record.breaches, []);
        assert!(record.calls.len() > 200);
        if !reports.contains("lost") {
            // Also without a report of the answer, a phone that outlives its ringing is known to be in a call.
            assert_eq!(record.engaged, 0, "{reports}");
        }
        let answered = record
            .calls
            .iter()
            .filter(|call| call.outcome.is_answered());
        assert!(answered.count() > 100);
    }
}

#[tokio::test]
async fn the_same_call_comes_whatever_the_rules_do() {
    let other = RULES
        .replace("at_once: [1, 2], for: 20s", "at_once: 3, for: 5s")
        .replace("wrap_up: 10s", "wrap_up: 90s");
    let sorted = |mut record: Record| {
        record.calls.sort_by_key(|call| call.arrived);
        record.calls
    };
    let one = sorted(played(RULES, "passthru: true", 5).await);
    let two = sorted(played(&other, "passthru: true", 5).await);
    assert_eq!(one.len(), two.len());
    let mut answered_by_both = 0;
    for (one, other) in one.iter().zip(&two) {
        assert_eq!((one.arrived, one.kind), (other.arrived, other.kind));
        if one.outcome.is_answered() && other.outcome.is_answered() {
            assert_eq!(one.talked, other.talked);
            answered_by_both += 1;
        }
    }
    assert!(answered_by_both > 50);
    assert_ne!(one, two);
}

#[tokio::test]
async fn the_same_seed_is_the_same_day_and_another_is_another() {
    let reports = "lost: 5, doubled: 5, late: 5, doubled_fetches: 20";
    let first = played(RULES, reports, 5).await;
    assert_eq!(first.calls, played(RULES, reports, 5).await.calls);
    assert_ne!(first.calls, played(RULES, reports, 6).await.calls);
}
