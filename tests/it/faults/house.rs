//! Instances as a test wants them: at which port, with what around them.

use std::path::Path;
use std::process::Command;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{AGENTS, RULES};
use crate::support::process::{ServerProcess, ringmaster};

/// Instances on one store.
pub(super) struct House {
    pub(super) instances: Vec<ServerProcess>,
    api: Client,
}

/// Settings of an instance at this port (0 for any) on the Redis at this address. Two workers, each with a connection of
/// its own for decisions; all time limits are the usual ones.
pub(super) fn settings(port: u16, redis: &str) -> String {
    format!(
        "listen = '127.0.0.1:{port}'\n\
        workers = 2\n\
        drain_seconds = 0\n\
        offer_margin_ms = 0\n\
        log = {{ format = 'json', filter = 'info' }}\n\
        store = {{ kind = 'redis', url = '{redis}' }}\n\
        [accounts.default]\n\
        keys = ['key']\n\
        tokens = 'admin:boss'\n"
    )
}

/// The command that serves with these settings, and the folder that it is to run in.
pub(super) fn command(settings: &str) -> (Command, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), settings);
    let mut command = ringmaster(&["serve", "--config", "settings.toml"]);
    command.current_dir(folder.path());
    (command, folder)
}

fn fill(folder: &Path, settings: &str) {
    std::fs::create_dir(folder.join("rules")).unwrap();
    std::fs::write(folder.join("rules/default.yaml"), RULES).unwrap();
    std::fs::write(folder.join("settings.toml"), settings).unwrap();
}

/// An instance that listens.
pub(super) fn instance(settings: &str) -> ServerProcess {
    let (command, folder) = command(settings);
    ServerProcess::started(command, folder)
}

impl House {
    /// Two instances on the Redis at this address, and agents who are available.
    pub(super) async fn open(redis: &str) -> Self {
        let instances = (0..2).map(|_| instance(&settings(0, redis))).collect();
        Self::of(instances).await
    }

    /// These instances, and agents who are available.
    pub(super) async fn of(instances: Vec<ServerProcess>) -> Self {
        let house = Self {
            instances,
            api: Client::new(),
        };
        house.staff().await;
        house
    }

    /// Where each instance is.
    pub(super) fn doors(&self) -> Vec<String> {
        self.instances.iter().map(|one| one.url("")).collect()
    }

    /// What an instance answers to a request of an administrator.
    pub(super) async fn admin(
        &self,
        instance: usize,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Value {
        let url = self.instances[instance].url(&format!("/v1/accounts/default{path}"));
        admin(&self.api, &url, method, body).await
    }

    /// Puts all agents, and has them available. May be done again.
    pub(super) async fn staff(&self) {
        staff(&self.api, &self.doors()[0]).await;
    }
}

/// The same for an instance that is no part of a house.
pub(super) async fn staff(api: &Client, door: &str) {
    let profile = |group: &'static str| {
        move |n: usize| {
            let id = format!("{group}{n}");
            json!({ "id": id, "name": id, "destinations": [format!("sip:{id}")], "groups": [group] })
        }
    };
    let all: Vec<Value> = (0..AGENTS)
        .map(profile("brief"))
        .chain((0..AGENTS).map(profile("long")))
        .collect();
    let agents = format!("{door}/v1/accounts/default/agents");
    admin(api, &agents, Method::PUT, &json!(all)).await;
    for agent in &all {
        let url = format!("{agents}/{}/presence", agent["id"].as_str().unwrap());
        admin(api, &url, Method::PUT, &json!({ "status": "available" })).await;
    }
}

async fn admin(api: &Client, url: &str, method: Method, body: &Value) -> Value {
    let mut request = api.request(method, url).bearer_auth("boss");
    if !body.is_null() {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}
