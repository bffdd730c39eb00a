//! Several server processes, as in production: each call may come to any of them.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::process::ServerProcess;
use super::redis::RedisServer;

/// What all processes have in common.
const ACCOUNT: &str = "\
    workers = 2\n\
    [accounts.default]\n\
    keys = ['key']\n\
    tokens = 'admin:boss'\n";

/// Time limits for tests that are not about them: a slow machine is no failing store.
///
/// And a quick machine asks more than an account usually may.
pub(crate) const PATIENT: &str = "answer_deadline_ms = 4500\nreplay_window_ms = 60000\n\
    limits = { connect_per_second = 1000000 }\n";

/// Processes that share a store, and somebody who asks them.
pub(crate) struct Office {
    pub(crate) processes: Vec<ServerProcess>,
    client: Client,
    /// On another connection each time, so that no worker is passed over.
    strangers: Client,
}

/// An answer, and when it was asked for and there.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) sent: Instant,
    pub(crate) received: Instant,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Office {
    /// As many processes on one Redis.
    pub(crate) fn on_redis(
        processes: usize,
        redis: &RedisServer,
        settings: &str,
        rules: &str,
    ) -> Self {
        let limits = "connect_timeout_ms = 4000, command_timeout_ms = 4000";
        let store = format!("url = '{}', {limits}", redis.url());
        Self::on_store(processes, &store, settings, rules)
    }

    /// The same with other settings of the store than an address.
    pub(crate) fn on_store(processes: usize, store: &str, settings: &str, rules: &str) -> Self {
        let store = format!("store = {{ kind = 'redis', {store} }}\n");
        let start = |_| ServerProcess::serve(&format!("{store}{settings}{ACCOUNT}"), rules);
        Self {
            processes: (0..processes).map(start).collect(),
            client: client(),
            strangers: strangers(),
        }
    }

    /// One process with the embedded store.
    pub(crate) fn in_memory(settings: &str, rules: &str) -> Self {
        Self {
            processes: vec![ServerProcess::serve(&format!("{settings}{ACCOUNT}"), rules)],
            client: client(),
            strangers: strangers(),
        }
    }

    /// Asks one of the processes whom a call should ring.
    pub(crate) async fn connect(&self, process: usize, query: &str) -> Answer {
        self.connect_by(&self.client, process, query).await
    }

    /// The same on a connection of its own, which may be any worker's.
    pub(crate) async fn connect_anew(&self, process: usize, query: &str) -> Answer {
        self.connect_by(&self.strangers, process, query).await
    }

    async fn connect_by(&self, client: &Client, process: usize, query: &str) -> Answer {
        let process = &self.processes[process % self.processes.len()];
        let url = process.url(&format!("/ccm-programmable-connect?key=key&{query}"));
        let sent = Instant::now();
        let response = client.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.text().await.unwrap();
        Answer {
            sent,
            received: Instant::now(),
            status,
            body,
        }
    }

    /// Asks the API of the first process.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = self.processes[0].url(&format!("/v1/accounts/default{path}"));
        let mut request = self.client.request(method, url).bearer_auth("boss");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        response.json().await.unwrap()
    }

    /// Adds agents who are all available: each with an id, which is the SIP id too, and groups.
    pub(crate) async fn staff(&self, agents: &[(String, Vec<&str>)]) {
        let profile = |(id, groups): &(String, Vec<&str>)| json!({ "id": id, "name": id, "destinations": [format!("sip:{id}")], "groups": groups });
        let profiles: Vec<Value> = agents.iter().map(profile).collect();
        self.admin(Method::PUT, "/agents", Some(json!(profiles)))
            .await;
        for (id, _) in agents {
            let available = json!({ "status": "available" });
            self.admin(
                Method::PUT,
                &format!("/agents/{id}/presence"),
                Some(available),
            )
            .await;
        }
    }

    /// The ids of those in this state.
    pub(crate) async fn in_state(&self, state: &str) -> Vec<String> {
        let list = self
            .admin(Method::GET, &format!("/agents?state={state}"), None)
            .await;
        let agents = list["agents"].as_array().unwrap().iter();
        agents
            .map(|agent| agent["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Answer {
    /// The answer as JSON, which Exotel must be able to use.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        let json: Value = serde_json::from_str(&self.body).unwrap();
        assert!(json["fetch_after_attempt"].is_boolean(), "{self:?}");
        assert!(json["destination"].is_array(), "{self:?}");
        json
    }

    /// Whom it rings.
    pub(crate) fn destinations(&self) -> Vec<String> {
        let json = self.json();
        let uri = |entry: &Value| entry["contact_uri"].as_str().unwrap().to_owned();
        json["destination"]
            .as_array()
            .unwrap()
            .iter()
            .map(uri)
            .collect()
    }

    /// Does it say not to be asked again?
    pub(crate) fn is_final(&self) -> bool {
        self.json()["fetch_after_attempt"] == false
    }

    pub(crate) fn took(&self) -> Duration {
        self.received - self.sent
    }
}

/// Nothing is awaited for ever.
const PATIENCE: Duration = Duration::from_secs(30);

fn client() -> Client {
    Client::builder().timeout(PATIENCE).build().unwrap()
}

fn strangers() -> Client {
    let client = Client::builder().timeout(PATIENCE);
    client.pool_max_idle_per_host(0).build().unwrap()
}
