//! Calls that agents and their applications start, beside calls that come in for the same agents.

use std::sync::Arc;

use async_trait::async_trait;
use ringmaster::clock::Timestamp;
use ringmaster::presence::{AgentProfile, Presence};
use ringmaster::rules::{RuleBook, Scenario};
use ringmaster::simulate::exchange::{DueCallback, VoiceOutcome};
use ringmaster::simulate::{
    Click, ClickOutcome, Clicked, EmbeddedService, Exchange, Fetched, PlayOptions, Record, Seen,
    Service, ServiceError, ServiceSettings, play, play_embedded,
};
use ringmaster::telephony::AgentId;
use rstest::rstest;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
answer: { events: true }
presence: { heartbeat: 60s }
queues:
  desk: { agents: { groups: [desk] }, wrap_up: 10s, no_answer: { max: 3, delay: 20s }, strategy: random }
outbound: { virtual_number: "08047182200", max_time_limit: 10m, attempt_time_out: 25s, wrap_up: 15s }
rules:
  - { name: all, ring: { agents: 2, at_once: 1, for: 20s, attempts: 3 }, targets: [{ queue: desk }] }
fallback: { numbers: [] }
"#;

const SCENARIO: &str = r#"
start: "2026-11-23T09:00"
length: 90m
arrivals: [{ name: all, to: "01135124157", per_hour: 90 }]
clicks:
  - { name: own, crew: desk, per_hour: 60, refused: 10 }
  - { name: campaign, queue: desk, per_hour: 60, refused: 10, doubled: 30, to: "98123*" }
callers: { patience: 1m, again: 8s }
talk: { mean: 2m }
phones: { answered: 85, declined: 5, failed: 3 }
customers: { answered: 60, declined: 10, failed: 5, pick_up: { mean: 10s } }
reports: { REPORTS }
agents: { desk: { count: 8, groups: [desk], breaks: { every: 30m, for: 5m } } }
"#;

fn parsed(reports: &str) -> (Arc<RuleBook>, Scenario) {
    read(RULES, &SCENARIO.replace("REPORTS", reports))
}

fn read(rules: &str, scenario: &str) -> (Arc<RuleBook>, Scenario) {
    let rules = RuleBook::parse("rules.yaml", rules).unwrap();
    let scenario = Scenario::parse("day.yaml", scenario, &rules).unwrap();
    (Arc::new(rules), scenario)
}

fn seed(seed: u64) -> PlayOptions {
    PlayOptions {
        seed: Some(seed),
        calls: None,
    }
}

async fn played(reports: &str, number: u64) -> Record {
    played_on(parsed(reports), number).await
}

async fn played_on((rules, scenario): (Arc<RuleBook>, Scenario), number: u64) -> Record {
    let settings = ServiceSettings::default();
    let options = seed(number);
    let played = play_embedded(&scenario, rules, settings, options, &mut |_| {}).await;
    played.unwrap().0
}

fn outcomes(record: &Record, wanted: &ClickOutcome) -> usize {
    let clicks = record.clicks.iter();
    clicks.filter(|click| click.outcome == *wanted).count()
}

fn not_made(code: &str) -> ClickOutcome {
    ClickOutcome::NotMade(code.to_owned())
}

#[rstest]
#[case::everything_is_reported("answered: true, passthru: true")]
#[case::as_exotel_is_by_default("")]
#[case::unreliably(
    "answered: true, passthru: true, lost: 10, doubled: 10, late: 10, doubled_fetches: 20"
)]
#[tokio::test]
async fn calls_and_clicks_never_get_the_same_agent(#[case] reports: &str) {
    for number in 1..=2 {
        let record = played(reports, number).await;
        assert_eq!(record.breaches, []);
        assert!(record.calls.len() > 80, "{}", record.calls.len());
        let talked = outcomes(&record, &ClickOutcome::Over(VoiceOutcome::Completed));
        assert!(talked > 30, "{talked}");
        for (code, least) in [("not-ready", 1), ("call-refused", 5), ("call-uncertain", 1)] {
            let count = outcomes(&record, &not_made(code));
            assert!(count >= least, "{count} {code}");
        }
        for outcome in [
            VoiceOutcome::AgentUnanswered,
            VoiceOutcome::CustomerUnanswered,
            VoiceOutcome::CustomerNotDialled,
        ] {
            assert!(outcomes(&record, &ClickOutcome::Over(outcome)) > 0);
        }
        if !reports.contains("lost") {
            assert_eq!(record.engaged, 0);
        }
        let own: u32 = record.agents.iter().map(|agent| agent.clicks).sum();
        assert_eq!(usize::try_from(own).unwrap(), talked);
    }
}

#[tokio::test]
async fn whoever_clicks_comes_to_talk_time_and_wrap_up() {
    let record = played("answered: true", 1).await;
    let of_clicks = record.clicks.iter().map(|click| click.talked);
    let of_clicks: std::time::Duration = of_clicks.sum();
    let of_calls: std::time::Duration = record.calls.iter().map(|call| call.talked).sum();
    let of_agents: std::time::Duration = record.agents.iter().map(|agent| agent.talked).sum();
    assert!(!of_clicks.is_zero());
    assert_eq!(of_clicks + of_calls, of_agents);
    assert!(
        record
            .agents
            .iter()
            .all(|agent| !agent.wrapped_up.is_zero())
    );
}

#[tokio::test]
async fn the_same_seed_is_the_same_day_and_reports_change_nothing_of_what_is_drawn() {
    let reports = "answered: true, lost: 5, doubled: 5, late: 5";
    let first = played(reports, 5).await;
    let again = played(reports, 5).await;
    assert_eq!(first.clicks, again.clicks);
    assert_eq!(first.calls, again.calls);
    assert_ne!(first.clicks, played(reports, 6).await.clicks);
    let other = played("", 5).await;
    let count = |record: &Record| record.clicks.len();
    assert_eq!(count(&first), count(&other));
}

#[tokio::test]
async fn agents_are_free_again_although_no_report_ever_comes() {
    let rules = RULES.replace("max_time_limit: 10m", "max_time_limit: 4h");
    let scenario = SCENARIO
        .replace("REPORTS", "lost: 100")
        .replace("per_hour: 90", "per_hour: 1");
    let record = played_on(read(&rules, &scenario), 1).await;
    assert_eq!(record.breaches, []);
    // Nobody would talk twice if four hours had to pass after each call: Exotel is asked about calls of which nothing is
    // heard.
    let talked = outcomes(&record, &ClickOutcome::Over(VoiceOutcome::Completed));
    assert!(talked > 4 * record.agents.len(), "{talked}");
}

/// A service that does one thing wrong with clicks.
#[derive(Clone)]
struct Dishonest {
    honest: EmbeddedService,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Whoever clicked is free at once.
    HoldsNobody,
    /// Every click makes two calls.
    CallsTwice,
    /// It says that there is a call where there is none.
    Boasts,
    /// It says that there is none where there is one.
    Hides,
    /// It calls the call something else than Exotel does.
    Misnames,
}

impl Dishonest {
    /// The service hears that the call is over, which it is not.
    async fn forgets(&self, id: &str) {
        let callback = DueCallback {
            url: format!("https://connect.example.com/exotel/default/calls?key=k&call={id}"),
            body: r#"{"event_details":{"event_type":"terminal"},"call_details":{"state":"terminal","status":"to_leg_unanswered"}}"#.to_owned(),
        };
        self.honest.status_callback(&callback).await.unwrap();
    }
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
        self.honest.fetch(query).await
    }

    async fn report(&self, address: Option<&str>, query: &str) -> Result<(), ServiceError> {
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
        self.honest.seen(id).await
    }

    fn exchange(&self) -> Option<&Exchange> {
        self.honest.exchange()
    }

    async fn click(&self, click: &Click) -> Result<Clicked, ServiceError> {
        if self.fault == Fault::CallsTwice {
            let key = format!("{}-again", click.key);
            let again = Click {
                key,
                ..click.clone()
            };
            self.honest.click(&again).await?;
        }
        let clicked = self.honest.click(click).await?;
        Ok(match (self.fault, clicked) {
            (Fault::HoldsNobody, Clicked::Started { id, call, agent }) => {
                self.forgets(&id).await;
                Clicked::Started { id, call, agent }
            }
            (Fault::Boasts, Clicked::Refused(_)) => Clicked::Started {
                id: "click-nowhere".to_owned(),
                call: Some("nowhere".to_owned()),
                agent: AgentId::parse("desk-1").unwrap(),
            },
            (Fault::Hides, Clicked::Started { .. }) => Clicked::Refused("call-refused".to_owned()),
            (Fault::Misnames, Clicked::Started { id, agent, .. }) => Clicked::Started {
                id,
                call: None,
                agent,
            },
            (_, clicked) => clicked,
        })
    }

    async fn status_callback(&self, callback: &DueCallback) -> Result<(), ServiceError> {
        self.honest.status_callback(callback).await
    }
}

async fn breaches(fault: Fault) -> Vec<String> {
    let (rules, scenario) = parsed("answered: true");
    let honest = EmbeddedService::new(rules, ServiceSettings::default(), scenario.start);
    let exchange = Exchange::new(honest.clock());
    let doors = exchange.open(([127, 0, 0, 1], 0).into()).unwrap();
    let honest = honest.with_exchange(exchange, doors.address).unwrap();
    let service = Dishonest { honest, fault };
    let options = PlayOptions {
        seed: Some(3),
        calls: Some(40),
    };
    let mut progress = |_| {};
    let played = doors.open_during(Box::pin(play(&scenario, options, service, &mut progress)));
    let record = played.await.unwrap().unwrap();
    let breaches = record.breaches.into_iter();
    breaches.map(|breach| breach.what).collect()
}

#[rstest]
#[case::holds_nobody(Fault::HoldsNobody, " while click ")]
#[case::calls_twice(Fault::CallsTwice, "Exotel placed two calls")]
#[case::boasts(Fault::Boasts, ", and Exotel placed None")]
#[case::hides(
    Fault::Hides,
    "was answered Refused(\"call-refused\"), and Exotel placed Some("
)]
#[case::misnames(Fault::Misnames, "call: None")]
#[tokio::test]
async fn a_service_that_clicks_dishonestly_is_found_out(#[case] fault: Fault, #[case] what: &str) {
    let breaches = breaches(fault).await;
    assert!(
        breaches.iter().any(|breach| breach.contains(what)),
        "{breaches:#?}"
    );
}

#[tokio::test]
async fn one_that_clicks_honestly_is_not_accused() {
    assert_eq!(breaches(Fault::None).await, [""; 0]);
}

#[tokio::test]
async fn a_service_that_cannot_start_calls_plays_no_clicks() {
    let (rules, scenario) = parsed("");
    let service = EmbeddedService::new(rules, ServiceSettings::default(), scenario.start);
    let played = play(&scenario, seed(1), service, &mut |_| {}).await;
    let error = played.unwrap_err();
    assert!(matches!(error, ServiceError::NotConfigured), "{error:?}");
    assert!(error.to_string().contains("calls-not-configured"));
}
