//! Somebody in operations: edits the rules of one running server, and looks at what comes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response};
use serde_json::Value;

use super::process::ServerProcess;

/// Within this a change is in force: a promise to people, with room for a slow machine.
const SOON: Duration = Duration::from_secs(10);

/// Long enough for a change to come into force if anybody noticed it.
pub(crate) const A_WHILE: Duration = Duration::from_millis(400);

/// Comparing by itself is left out, so that a test shows which way a change came.
const SETTINGS: &str = "\
    rules_poll_seconds = 3600\n\
    accounts.other = { keys = ['elsewhere'] }\n\
    workers = 1\n\
    [accounts.default]\n\
    keys = ['key']\n\
    tokens = 'admin:boss,read:wallboard'\n";

pub(crate) struct Desk {
    pub(crate) server: ServerProcess,
    client: Client,
    calls: AtomicU32,
}

/// Rules that ring this number, and nobody else.
pub(crate) fn rules(number: u32) -> String {
    format!(
        "country: IN\n\
        time_zone: Asia/Kolkata\n\
        rules: [{{ name: all, targets: [{{ numbers: ['{}'] }}] }}]\n\
        fallback: {{ numbers: ['+911140009999'] }}\n",
        uri(number)
    )
}

/// The number as an answer has it.
pub(crate) fn uri(number: u32) -> String {
    format!("+91114000{number:04}")
}

/// A file with one slip of the finger. Taken as it is, it would ring nobody.
pub(crate) const BROKEN: &str = "\
    country: IN\n\
    time_zone: Asia/Kolkata\n\
    rules: []\n\
    rulse: [{ name: all, targets: [] }]\n\
    fallback: { numbers: [] }\n";

impl Desk {
    /// A server with these rules.
    pub(crate) fn with(rules: &str) -> Self {
        Self::of(ServerProcess::serve(SETTINGS, rules))
    }

    /// A server in a folder that has been filled.
    pub(crate) fn in_folder(fill: impl FnOnce(&Path)) -> Self {
        Self::of(ServerProcess::serve_folder(SETTINGS, fill))
    }

    /// As [`in_folder`](Self::in_folder), comparing every second.
    pub(crate) fn comparing(fill: impl FnOnce(&Path)) -> Self {
        let settings = SETTINGS.replace("3600", "1");
        Self::of(ServerProcess::serve_folder(&settings, fill))
    }

    fn of(server: ServerProcess) -> Self {
        Self {
            server,
            client: Client::new(),
            calls: AtomicU32::new(0),
        }
    }

    /// A path in the folder in which the server runs.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.server.folder().join(name)
    }

    /// Writes a file in place.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Whom a new call rings.
    pub(crate) async fn rings(&self, query: &str) -> Vec<String> {
        self.rings_in(&format!("/ccm-programmable-connect?key=key&{query}"))
            .await
    }

    /// The same by the path of another account.
    pub(crate) async fn rings_in(&self, path: &str) -> Vec<String> {
        let sid = self.calls.fetch_add(1, Ordering::Relaxed);
        let url = self.server.url(&format!("{path}&CallSid=call-{sid}"));
        let response = self.client.get(url).send().await.unwrap();
        let answer: Value = response.error_for_status().unwrap().json().await.unwrap();
        let destinations = answer["destination"].as_array().unwrap().iter();
        destinations
            .map(|entry| entry["contact_uri"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until calls ring this number.
    pub(crate) async fn soon_rings(&self, number: u32) {
        let rings = async || self.rings("").await == [uri(number)];
        self.soon(&uri(number), rings).await;
    }

    /// Calls ring this number now and for a while.
    pub(crate) async fn still_rings(&self, number: u32) {
        tokio::time::sleep(A_WHILE).await;
        assert_eq!(self.rings("").await, [uri(number)], "{}", self.server.log());
    }

    /// Waits until something is the case.
    pub(crate) async fn soon(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + SOON;
        while !is_so().await {
            let log = self.server.log();
            assert!(Instant::now() < deadline, "not soon: {what}\n{log}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the log has a line with this.
    pub(crate) async fn soon_logs(&self, what: &str) {
        self.soon(what, async || self.logged(what) > 0).await;
    }

    /// How many lines of the log have this.
    pub(crate) fn logged(&self, what: &str) -> usize {
        let log = self.server.log();
        log.lines().filter(|line| line.contains(what)).count()
    }

    /// What the token's owner is answered who asks for a reload.
    pub(crate) async fn reload(&self, token: &str) -> Response {
        let url = self.server.url("/v1/accounts/default/rules/reload");
        let request = self.client.request(Method::POST, url).bearer_auth(token);
        request.send().await.unwrap()
    }

    /// The text under a path that takes no token.
    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.client.get(self.server.url(path)).send().await;
        let response = response.unwrap().error_for_status().unwrap();
        response.text().await.unwrap()
    }

    /// What readiness says of the rules.
    pub(crate) async fn rules_readiness(&self) -> Value {
        let ready: Value = serde_json::from_str(&self.text("/readyz").await).unwrap();
        assert_eq!(ready["status"], "ready");
        ready["rules"].clone()
    }

    /// The value of a metric, labels included in the name.
    pub(crate) async fn metric(&self, name: &str) -> Option<i64> {
        let text = self.text("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim().parse().unwrap())
    }
}
