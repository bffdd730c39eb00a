//! The real server on a port of its own, asked over real HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use ringmaster::clock::{Clock as _, ManualClock, Timestamp};
use ringmaster::presence::memory::MemoryStore;
use ringmaster::reload::RulesInForce;
use ringmaster::rules::RuleBook;
use ringmaster::server::{App, Running, Stores, start};
use ringmaster::settings::{Settings, StoreKind};
use ringmaster::telephony::AccountName;
use serde_json::{Value, json};

use super::flaky::FlakyStore;

/// Two accounts; `default` has a token for each role.
const SETTINGS: &str = r#"
    listen = "127.0.0.1:0"
    workers = 1
    shutdown_grace_seconds = 2
    public_url = "https://connect.example.com"
    answer_deadline_ms = 300
    breaker = { probe_interval_ms = 20, probe_timeout_ms = 100 }
    [accounts.default]
    keys = ["key", "second"]
    tokens = "admin:boss,admin(anita):anita-key,presence:desk,read:wallboard"
    [accounts.other]
    keys = ["elsewhere"]
    tokens = "admin:stranger"
"#;

/// One queue, one attempt more than the default, a fallback number.
pub(crate) const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
  hindi: { agents: { skills: { hindi: 3 } }, strategy: round_robin }
rules:
  - name: blocked
    when: { caller: "+919800000000" }
    targets: []
  - name: pressed 2
    when: { digits: "2" }
    ring: { for: 20s, attempts: 2 }
    targets: [{ queue: hindi }]
  - name: to sales
    when: { dialed: "01135124157" }
    ring: { for: 20s, attempts: 2 }
    targets: [{ queue: sales }]
fallback: { numbers: ["+911140001234"] }
"#;

/// 2026-11-23 11:00 in India.
const START: i64 = 1_795_411_800_000;

/// The deadline of the settings above, and what a busy machine may add on either side of the server. Whoever waited for
/// one command to Redis to time out would be later.
pub(crate) const IN_TIME: Duration = Duration::from_millis(300 + 600);

/// Were these answers given without waiting for the store? A busy machine may hold up a few of them, so most count.
pub(crate) fn at_once(mut times: Vec<Duration>) {
    times.sort();
    let three_in_four = times[times.len() * 3 / 4];
    assert!(three_in_four < Duration::from_millis(50), "{times:?}");
}

/// A server that ends with the test.
pub(crate) struct TestServer {
    pub(crate) running: Running,
    pub(crate) store: Arc<FlakyStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
}

impl TestServer {
    /// With the usual rules.
    pub(crate) async fn start() -> Self {
        Self::with_rules(RULES).await
    }

    pub(crate) async fn with_rules(rules: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let settings = Settings::from_toml(SETTINGS).unwrap();
        let rules = built_in(rules, &clock);
        Self::with(rules, settings, Stores::shared(store.clone()), store, clock).await
    }

    /// With settings of the test's own in front of the usual ones, and `of_account` behind those of the account `default`.
    /// On the store that they name, else in memory.
    pub(crate) async fn with_settings(own: &str, of_account: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let settings = SETTINGS.replace(
            "[accounts.other]",
            &format!("{of_account}\n[accounts.other]"),
        );
        let settings = Settings::from_toml(&format!("{own}\n{settings}")).unwrap();
        let stores = match settings.store.kind {
            StoreKind::Memory => Stores::shared(store.clone()),
            StoreKind::Redis => Stores::from_settings(&settings, clock.clone()).unwrap(),
        };
        let rules = built_in(RULES, &clock);
        Self::with(rules, settings, stores, store, clock).await
    }

    /// With these rules, and more settings behind the usual ones.
    pub(crate) async fn with_rules_and_settings(rules: &str, more: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let settings = Settings::from_toml(&format!("{SETTINGS}{more}")).unwrap();
        let rules = built_in(rules, &clock);
        Self::with(rules, settings, Stores::shared(store.clone()), store, clock).await
    }

    /// With an account that may start calls, at an Exotel with this address.
    pub(crate) async fn with_exotel(rules: &str, exotel: &str) -> Self {
        let section = format!(
            "
    [accounts.default.exotel]
    sid = 'acme'
    api_key = 'api-key'
    api_token = 'api-token'
    base_url = '{exotel}'
    timeout_ms = 500
    connect_timeout_ms = 300"
        );
        Self::with_rules_and_settings(rules, &section).await
    }

    /// The same for tests of what happens at once, with time limits for a busy machine: on this Redis, or on a store of its
    /// own. Exotel takes as many requests as come.
    pub(crate) async fn patient(redis: Option<&str>, rules: &str, exotel: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let limits = "connect_timeout_ms = 4000, command_timeout_ms = 4000";
        let on_redis = redis
            .map(|url| format!("store = {{ kind = 'redis', url = '{url}', {limits} }}\n"))
            .unwrap_or_default();
        let patient = SETTINGS.replace("answer_deadline_ms = 300", "answer_deadline_ms = 4500");
        let settings = format!(
            "{on_redis}{patient}
    [accounts.default.exotel]
    sid = 'acme'
    api_key = 'api-key'
    api_token = 'api-token'
    base_url = '{exotel}'
    timeout_ms = 20000
    connect_timeout_ms = 5000
    requests_per_minute = 100000"
        );
        let settings = Settings::from_toml(&settings).unwrap();
        let stores = match redis {
            Some(_) => Stores::from_settings(&settings, clock.clone()).unwrap(),
            None => Stores::shared(store.clone()),
        };
        let rules = built_in(rules, &clock);
        Self::with(rules, settings, stores, store, clock).await
    }

    /// With the rules of a folder, whose changes come into force.
    pub(crate) async fn in_folder(folder: &Path) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let store = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let settings = Settings::from_toml(SETTINGS).unwrap();
        let rules = RulesInForce::read(folder, clock.now()).unwrap();
        Self::with(rules, settings, Stores::shared(store.clone()), store, clock).await
    }

    /// On Redis, with the usual rules. The clock of leases is then the server's.
    pub(crate) async fn on_redis(url: &str) -> Self {
        Self::on_redis_with_rules(url, RULES).await
    }

    pub(crate) async fn on_redis_with_rules(url: &str, rules: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let unused = Arc::new(FlakyStore::new(Arc::new(MemoryStore::new(clock.clone()))));
        let settings = format!("store = {{ kind = 'redis', url = '{url}' }}\n{SETTINGS}");
        let settings = Settings::from_toml(&settings).unwrap();
        let stores = Stores::from_settings(&settings, clock.clone()).unwrap();
        let rules = built_in(rules, &clock);
        Self::with(rules, settings, stores, unused, clock).await
    }

    async fn with(
        rules: RulesInForce,
        settings: Settings,
        stores: Stores,
        store: Arc<FlakyStore>,
        clock: Arc<ManualClock>,
    ) -> Self {
        let app = App {
            stores,
            rules,
            settings,
            clock: clock.clone(),
        };
        Self {
            running: start(app).await.unwrap(),
            store,
            clock,
            client: Client::new(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// A request under `/v1/accounts/default` with a token.
    pub(crate) fn api(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let url = self.url(&format!("/v1/accounts/default{path}"));
        self.client.request(method, url).bearer_auth(token)
    }

    /// What an administrator is answered.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.api(method, path, "boss");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Adds an agent of the queue `sales` who is available.
    pub(crate) async fn agent(&self, id: &str, destination: &str) {
        let agent = json!({ "name": id, "destinations": [destination], "groups": ["sales"] });
        self.admin(Method::PUT, &format!("/agents/{id}"), Some(agent))
            .await
            .error_for_status()
            .unwrap();
        let presence = json!({ "status": "available" });
        let path = format!("/agents/{id}/presence");
        let own = self.api(Method::PUT, &path, "desk").json(&presence);
        own.send().await.unwrap().error_for_status().unwrap();
    }

    /// Does `/metrics` say that the store is left alone?
    pub(crate) async fn breaker_is_open(&self) -> bool {
        let metrics = self.client.get(self.url("/metrics")).send().await.unwrap();
        let text = metrics.text().await.unwrap();
        text.contains("\nringmaster_breaker_open 1\n")
    }

    /// What Exotel is answered; `query` goes behind the key.
    pub(crate) async fn connect(&self, query: &str) -> Response {
        let url = self.url(&format!("/exotel/default/connect?key=key&{query}"));
        self.client.get(url).send().await.unwrap()
    }
}

fn built_in(rules: &str, clock: &ManualClock) -> RulesInForce {
    let book = RuleBook::parse("rules/default.yaml", rules)
        .unwrap_or_else(|findings| panic!("{findings}"));
    let rules = BTreeMap::from([(AccountName::default(), Arc::new(book))]);
    RulesInForce::built_in(rules, clock.now())
}

/// Status, content type and body in one picture.
pub(crate) async fn shown(response: Response) -> String {
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get("content-type")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = response.text().await.unwrap();
    format!("{status} {}\n{body}", content_type.unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// As [`shown`], with the JSON laid out.
pub(crate) async fn laid_out(response: Response) -> String {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    format!("{status}\n{}", serde_json::to_string_pretty(&body).unwrap())
}
