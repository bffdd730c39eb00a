//! What `/metrics` says after a little traffic, the same on both stores.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::flaky::Mood;
use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

/// How long is waited between two looks. The clock of the memory store moves by as much.
const STEP: Duration = Duration::from_millis(20);

/// What each line of the metrics says, by name and labels.
pub(crate) struct Scrape {
    text: String,
    values: BTreeMap<String, f64>,
}

impl Scrape {
    pub(crate) async fn of(server: &TestServer) -> Self {
        let url = match server.running.metrics_address() {
            Some(address) => format!("http://{address}/metrics"),
            None => server.url("/metrics"),
        };
        let text = server.client.get(url).send().await.unwrap();
        let text = text.error_for_status().unwrap().text().await.unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let values = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        });
        Self {
            values: values.collect(),
            text,
        }
    }

    /// The value of a line; 0 where there is none yet.
    pub(crate) fn of_line(&self, line: &str) -> f64 {
        self.values.get(line).copied().unwrap_or(0.0)
    }

    /// Waits until a line has this value.
    async fn until(server: &TestServer, line: &str, value: f64) -> Self {
        for _ in 0..200 {
            let scrape = Self::of(server).await;
            if (scrape.of_line(line) - value).abs() < 1e-9 {
                return scrape;
            }
            tokio::time::sleep(STEP).await;
            server.clock.advance(STEP);
        }
        panic!("{line} is not {value}:\n{}", Self::of(server).await.text);
    }

    fn check(&self, lines: &[(&str, f64)]) {
        for (line, value) in lines {
            let found = self.of_line(line);
            assert!((found - value).abs() < 1e-9, "{line}: {found}, not {value}");
        }
    }
}

/// The names, types and labels that the documentation has.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let page = fs::read_to_string("docs/metrics.md").unwrap();
    let (_, metrics) = page.split_once("\n## Metrics\n").unwrap();
    let metrics = metrics.split("\n## ").next().unwrap();
    let rows = metrics.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let name = cells.next()?.trim_end_matches('`').to_owned();
        let kind = cells.next()?.to_owned();
        let labels = cells.next()?.split(", ").filter(|label| !label.is_empty());
        Some((name, (kind, labels.map(str::to_owned).collect())))
    })
    .collect()
}

/// The name of a line without what a histogram adds, and its labels.
fn parts(line: &str) -> (&str, BTreeSet<String>) {
    let (name, labels) = line.split_once('{').unwrap_or((line, ""));
    let labels = labels.trim_end_matches('}').split("\",");
    let labels = labels.filter_map(|label| Some(label.split_once("=\"")?.0.to_owned()));
    (name, labels.collect())
}

/// Asha takes the first call, misses the second and is offered to it again; nobody is left for the third, the fourth is
/// blocked, and no rule takes the fifth.
async fn traffic(server: &TestServer) {
    let event = async |call: &str, event: &str| {
        let url = server.url(&format!(
            "/exotel/default/events?key=key&CallSid={call}&EventType={event}&DialWhomNumber=%2B919812345678"
        ));
        let answer = server.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    server.agent("asha", "9812345678").await;
    let to_sales = "From=09876501234&To=01135124157";
    server.connect(&format!("CallSid=one&{to_sales}")).await;
    server.connect(&format!("CallSid=one&{to_sales}")).await;
    event("one", "Dial").await;
    event("one", "Answered").await;
    let answered = "ringmaster_legs_total{account=\"default\",outcome=\"answered\"}";
    Scrape::until(server, answered, 1.0).await;
    event("one", "Answered").await;
    event("one", "Terminal").await;
    let reports = "ringmaster_store_seconds_count{operation=\"report\"}";
    Scrape::until(server, reports, 4.0).await;
    server.connect(&format!("CallSid=two&{to_sales}")).await;
    let missed = "DialCallStatus=no-answer&DialWhomNumber=%2B919812345678&DialCallDuration=20";
    server
        .connect(&format!("CallSid=two&{to_sales}&{missed}"))
        .await;
    server.connect(&format!("CallSid=three&{to_sales}")).await;
    server
        .connect("CallSid=four&From=%2B919800000000&To=01135124157")
        .await;
    server
        .connect("CallSid=five&From=09876501234&To=1800")
        .await;
    let wrong = server.url("/exotel/default/connect?key=wrong&CallSid=six");
    assert_eq!(server.client.get(wrong).send().await.unwrap().status(), 403);
    server
        .api(Method::GET, "/agents", "nobody")
        .send()
        .await
        .unwrap();
    server
        .client
        .get(server.url("/livez"))
        .send()
        .await
        .unwrap();
    server
        .client
        .get(server.url("/wp-login.php"))
        .send()
        .await
        .unwrap();
}

/// The line of those who are about to be rung.
const RESERVED: &str =
    "ringmaster_agents{account=\"default\",status=\"available\",state=\"reserved\"}";

const AFTER_TRAFFIC: &[(&str, f64)] = &[
    (
        "ringmaster_decisions_total{account=\"default\",rule=\"to sales\",queue=\"sales\",outcome=\"offered\"}",
        3.0,
    ),
    (
        "ringmaster_decisions_total{account=\"default\",rule=\"to sales\",queue=\"sales\",outcome=\"replayed\"}",
        1.0,
    ),
    (
        "ringmaster_decisions_total{account=\"default\",rule=\"to sales\",queue=\"\",outcome=\"nobody\"}",
        1.0,
    ),
    (
        "ringmaster_decisions_total{account=\"default\",rule=\"blocked\",queue=\"\",outcome=\"nobody\"}",
        1.0,
    ),
    (
        "ringmaster_decisions_total{account=\"default\",rule=\"\",queue=\"numbers\",outcome=\"fallback\"}",
        1.0,
    ),
    ("ringmaster_decision_seconds_count{stage=\"match\"}", 7.0),
    ("ringmaster_decision_seconds_count{stage=\"store\"}", 7.0),
    ("ringmaster_decision_seconds_count{stage=\"total\"}", 7.0),
    (
        "ringmaster_empty_answers_total{account=\"default\",reason=\"rule\"}",
        1.0,
    ),
    (
        "ringmaster_empty_answers_total{account=\"default\",reason=\"nobody_ready\"}",
        1.0,
    ),
    (
        "ringmaster_fallbacks_total{account=\"default\",reason=\"no-rule\"}",
        1.0,
    ),
    ("ringmaster_replays_total{account=\"default\"}", 1.0),
    (
        "ringmaster_offers_total{account=\"default\",queue=\"sales\"}",
        3.0,
    ),
    (
        "ringmaster_legs_total{account=\"default\",outcome=\"answered\"}",
        1.0,
    ),
    (
        "ringmaster_legs_total{account=\"default\",outcome=\"missed\"}",
        1.0,
    ),
    (
        "ringmaster_legs_total{account=\"default\",outcome=\"cancelled\"}",
        0.0,
    ),
    (
        "ringmaster_offer_to_answer_seconds_count{account=\"default\"}",
        1.0,
    ),
    ("ringmaster_breaker_open", 0.0),
    (
        "ringmaster_http_requests_total{route=\"connect\",status=\"2xx\"}",
        7.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"connect\",status=\"4xx\"}",
        1.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"events\",status=\"2xx\"}",
        4.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"api\",status=\"2xx\"}",
        2.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"api\",status=\"4xx\"}",
        1.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"health\",status=\"2xx\"}",
        1.0,
    ),
    (
        "ringmaster_http_requests_total{route=\"other\",status=\"4xx\"}",
        1.0,
    ),
    ("ringmaster_http_refused_total{reason=\"key\"}", 2.0),
];

async fn counts_what_happens(server: &TestServer) {
    traffic(server).await;
    let scrape = Scrape::until(server, RESERVED, 1.0).await;
    scrape.check(AFTER_TRAFFIC);
    for secret in [
        "9812345678",
        "9876501234",
        "boss",
        "desk",
        "key=",
        "four",
        "three",
    ] {
        assert!(!scrape.text.contains(secret), "{secret}\n{}", scrape.text);
    }
    assert!(scrape.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_metrics_count_what_happens_on_the_memory_store() {
    let server = TestServer::with_settings("metrics = { agents_seconds = 1 }", "").await;
    counts_what_happens(&server).await;
}

#[tokio::test]
async fn the_metrics_count_what_happens_on_redis() {
    let redis = RedisServer::start();
    let settings = format!(
        "metrics = {{ agents_seconds = 1 }}\nstore = {{ kind = 'redis', url = '{}' }}",
        redis.url()
    );
    let server = TestServer::with_settings(&settings, "").await;
    counts_what_happens(&server).await;
}

#[tokio::test]
async fn the_documented_metrics_are_those_that_are_served() {
    let server = TestServer::with_settings("metrics = { agents_seconds = 1 }", "").await;
    traffic(&server).await;
    let scrape = Scrape::until(&server, RESERVED, 1.0).await;
    let documented = documented();
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in scrape.values.keys() {
        let (name, mut labels) = parts(line);
        labels.remove("le");
        let without = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
            name.strip_suffix(suffix)
                .filter(|_| name.contains("_seconds_"))
        });
        let name = without.unwrap_or(name);
        shown.entry(name.to_owned()).or_default().extend(labels);
    }
    let expected = documented.iter();
    let expected: BTreeMap<_, _> = expected
        .map(|(name, (_, labels))| (name.clone(), labels.clone()))
        .collect();
    assert_eq!(shown, expected);
    for (name, (kind, _)) in &documented {
        let name = name.trim_end_matches("_total").trim_end_matches("_info");
        let line = format!("# TYPE {name} {kind}\n");
        assert!(scrape.text.contains(&line), "{line}");
    }
    let page = fs::read_to_string("docs/metrics.md").unwrap();
    let rules = [
        "blocked", "to sales", "default", "sales", "", "+Inf", "hindi",
    ];
    for line in scrape.values.keys() {
        for label in line.split("=\"").skip(1) {
            let word = label.split('"').next().unwrap();
            let is_number = word.parse::<f64>().is_ok();
            let is_name = rules.contains(&word) || line.contains("operation=") || is_number;
            let is_version = line.contains("version=");
            let is_known = is_name || is_version || page.contains(&format!("`{word}`"));
            assert!(is_known, "{word} is not documented: {line}");
        }
    }
}

#[tokio::test]
async fn a_lease_that_passes_without_a_word_is_counted_once() {
    let server = TestServer::with_settings("metrics = { agents_seconds = 1 }", "").await;
    server.agent("asha", "9812345678").await;
    server
        .connect("CallSid=one&From=09876501234&To=01135124157")
        .await;
    Scrape::until(&server, RESERVED, 1.0).await;
    server.clock.advance(Duration::from_mins(2));
    let lapsed = "ringmaster_leases_expired_total{account=\"default\",state=\"reserved\"}";
    Scrape::until(&server, lapsed, 1.0).await;
    server.clock.advance(Duration::from_secs(2));
    tokio::time::sleep(Duration::from_millis(2_300)).await;
    Scrape::of(&server)
        .await
        .check(&[(lapsed, 1.0), (RESERVED, 0.0)]);
}

#[tokio::test]
async fn a_store_that_is_down_shows_in_the_metrics_and_hides_the_agents() {
    let server = TestServer::with_settings("metrics = { agents_seconds = 1 }", "").await;
    server.agent("asha", "9812345678").await;
    let idle = "ringmaster_agents{account=\"default\",status=\"available\",state=\"idle\"}";
    Scrape::until(&server, idle, 1.0).await;
    server.store.becomes(Mood::Frozen);
    for call in 0..3 {
        server
            .connect(&format!("CallSid={call}&From=09876501234&To=01135124157"))
            .await;
    }
    let scrape = Scrape::until(&server, "ringmaster_breaker_open", 1.0).await;
    // Probes may have failed in the place of the later callers.
    let late =
        scrape.of_line("ringmaster_fallbacks_total{account=\"default\",reason=\"deadline\"}");
    assert!((1.0..=3.0).contains(&late), "{late}");
    let abandoned = "ringmaster_store_errors_total{operation=\"offer\",kind=\"abandoned\"}";
    scrape.check(&[(abandoned, late)]);
    Scrape::until(&server, idle, 0.0).await;
}

#[tokio::test]
async fn metrics_with_a_listener_of_their_own_are_nowhere_else() {
    let server = TestServer::with_settings("metrics = { listen = '127.0.0.1:0' }", "").await;
    let scrape = Scrape::of(&server).await;
    scrape.check(&[("ringmaster_breaker_open", 0.0)]);
    let outside = server
        .client
        .get(server.url("/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(outside.status(), 404);
    let address = server.running.metrics_address().unwrap();
    let inside = format!("http://{address}/exotel/default/connect?key=key");
    let refused = server.client.get(inside).send().await.unwrap();
    assert_eq!(refused.status(), 404);
}

#[tokio::test]
async fn who_goes_back_to_their_agent_is_a_sticky_hit() {
    let rules = "
country: IN
time_zone: Asia/Kolkata
queues: { sales: { agents: { groups: [sales] } } }
rules:
  - name: all
    sticky: { for: 30d }
    ring: { agents: 2, at_once: 2, for: 20s }
    targets: [{ queue: sales }]
fallback: { numbers: [] }
";
    let server = TestServer::with_rules(rules).await;
    server.agent("asha", "9812345678").await;
    server.agent("bilal", "9812345679").await;
    let caller = "From=09876501234&To=01135124157";
    server.connect(&format!("CallSid=one&{caller}")).await;
    let end = "DialCallStatus=completed&DialWhomNumber=%2B919812345679&CallType=completed";
    let legs = "Legs[0][Number]=%2B919812345678&Legs[0][OnCallDuration]=0&Legs[1][Number]=%2B919812345679&Legs[1][OnCallDuration]=30";
    let url = server.url(&format!(
        "/exotel/default/events?key=key&CallSid=one&{end}&{legs}"
    ));
    server.client.get(url).send().await.unwrap();
    let lost = "ringmaster_legs_total{account=\"default\",outcome=\"lost_race\"}";
    let scrape = Scrape::until(&server, lost, 1.0).await;
    scrape.check(&[(
        "ringmaster_legs_total{account=\"default\",outcome=\"answered\"}",
        1.0,
    )]);
    let miss = json!({ "status": "on_break" });
    server.connect(&format!("CallSid=two&{caller}")).await;
    server
        .admin(Method::PUT, "/agents/bilal/presence", Some(miss))
        .await;
    server.connect(&format!("CallSid=three&{caller}")).await;
    Scrape::of(&server).await.check(&[
        (
            "ringmaster_sticky_total{account=\"default\",result=\"hit\"}",
            1.0,
        ),
        (
            "ringmaster_sticky_total{account=\"default\",result=\"miss\"}",
            1.0,
        ),
    ]);
}
