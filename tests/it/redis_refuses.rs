//! A Redis that is there and refuses: decisions, or whoever comes with wrong settings.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Client;
use rstest::rstest;
use serde_json::Value;

use crate::support::certificates::Certificates;
use crate::support::nodes::{LOGIN, Node, free_port, plain};
use crate::support::process::ServerProcess;
use crate::support::server::RULES;

const FALLBACK: &str = "+911140001234";
/// So many in a row, each on a connection of its own: both workers have had many of them.
const IN_A_ROW: usize = 40;

fn serving(store: &str) -> ServerProcess {
    let settings = format!(
        "workers = 2\nready_when_degraded = false\nstore = {{ kind = 'redis', {store} }}\n[accounts.default]\nkeys = ['key']\n"
    );
    ServerProcess::serve(&settings, RULES)
}

struct Caller {
    process: ServerProcess,
    client: Client,
    calls: usize,
}

impl Caller {
    fn of(process: ServerProcess) -> Self {
        let client = Client::builder().pool_max_idle_per_host(0).build();
        Self {
            process,
            client: client.unwrap(),
            calls: 0,
        }
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let response = self.client.get(self.process.url(path)).send().await;
        let response = response.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn is_decided(&mut self) -> bool {
        self.calls += 1;
        let query = format!("key=key&CallSid=c{}&To=01135124157", self.calls);
        let asked = Instant::now();
        let (status, answer) = self
            .text(&format!("/ccm-programmable-connect?{query}"))
            .await;
        assert_eq!(status, 200, "{answer}");
        assert!(asked.elapsed() < Duration::from_millis(1_500), "{answer}");
        !answer.contains(FALLBACK)
    }

    async fn until_decided(&mut self) {
        let (since, mut in_a_row) = (Instant::now(), 0);
        while in_a_row < IN_A_ROW {
            in_a_row = if self.is_decided().await {
                in_a_row + 1
            } else {
                0
            };
            assert!(since.elapsed() < Duration::from_secs(5), "nothing decided");
        }
    }

    /// Waits until `/readyz` says so, for as long as is promised.
    async fn until_ready_is(&self, status: u16) -> Value {
        let since = Instant::now();
        loop {
            let (seen, said) = self.text("/readyz").await;
            if seen == status {
                return serde_json::from_str(&said).unwrap();
            }
            assert!(since.elapsed() < Duration::from_secs(10), "{said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_left_alone(&self) {
        let since = Instant::now();
        while !self
            .text("/metrics")
            .await
            .1
            .contains("\nringmaster_breaker_open 1\n")
        {
            assert!(since.elapsed() < Duration::from_secs(10), "still asked");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// It would take a plain write all the while.
#[rstest]
#[case::every_script_while_nobody_calls("-eval -evalsha", "+eval +evalsha", 0)]
#[case::every_script("-eval -evalsha", "+eval +evalsha", 10)]
#[case::a_command_of_the_scripts("-zunionstore", "+zunionstore", 0)]
#[case::a_command_that_every_decision_needs("-zrangebyscore", "+zrangebyscore", 10)]
#[tokio::test]
async fn a_redis_that_refuses_decisions_is_seen(
    #[case] taken: &str,
    #[case] given: &str,
    #[case] calls: usize,
) {
    let redis = Node::server(&[]);
    redis.admit();
    let url = format!("url = 'redis://{LOGIN}127.0.0.1:{}'", redis.port);
    let mut caller = Caller::of(serving(&url));
    caller.until_decided().await;
    caller.until_ready_is(200).await;
    redis.ask::<()>(&format!("ACL SETUSER ringmaster {taken}"));
    for _ in 0..calls {
        assert!(!caller.is_decided().await);
    }
    let said = caller.until_ready_is(503).await;
    assert_eq!(said["status"], "degraded", "{said}");
    caller.until_left_alone().await;
    redis.ask::<()>(&format!("ACL SETUSER ringmaster {given}"));
    caller.until_decided().await;
    caller.until_ready_is(200).await;
}

/// What an operator reads first.
fn first_word_on_the_store(process: &ServerProcess) -> String {
    let log = process.log();
    let mut lines = log.lines().filter(|line| line.contains("\"WARN\""));
    lines
        .find(|line| line.contains("store") || line.contains("Redis"))
        .unwrap_or_else(|| panic!("no word on the store in:\n{log}"))
        .to_owned()
}

#[rstest]
#[case::a_wrong_password("redis://ringmaster:s3cret-typo@", "", "user and password")]
#[case::a_user_of_another_name("redis://ringmistress:s3cret-typo@", "", "user and password")]
#[case::a_database_that_is_not_there("redis://ringmaster:change-me@", "/99", "the database")]
#[case::tls_that_is_not_there("rediss://ringmaster:change-me@", "", "needs redis://")]
#[tokio::test]
async fn the_first_word_on_wrong_settings_says_what_to_look_at(
    #[case] scheme_and_login: &str,
    #[case] database: &str,
    #[case] advice: &str,
) {
    let redis = Node::server(&[]);
    redis.admit();
    let place = format!("127.0.0.1:{}{database}", redis.port);
    let process = serving(&format!("url = '{scheme_and_login}{place}'"));
    let word = first_word_on_the_store(&process);
    assert!(
        word.contains("store.url") && word.contains(advice),
        "{word}"
    );
    let log = process.log();
    assert!(
        !log.contains("s3cret") && !log.contains("change-me"),
        "{log}"
    );
}

#[tokio::test]
async fn the_first_word_on_an_address_without_tls_of_a_port_with_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let files = Certificates::write_to(folder.path());
    let shown = |path: &Path| path.display().to_string();
    let redis = Node::start("redis-server", |port, _| {
        let tls = [
            ("--tls-port", port.to_string()),
            ("--tls-ca-cert-file", shown(&files.authority)),
            ("--tls-cert-file", shown(&files.server.0)),
            ("--tls-key-file", shown(&files.server.1)),
        ];
        let tls = tls.map(|(name, value)| [name.to_owned(), value]);
        plain(0, &[])
            .into_iter()
            .chain(tls.into_iter().flatten())
            .collect()
    });
    let process = serving(&format!("url = 'redis://127.0.0.1:{}'", redis.port));
    let word = first_word_on_the_store(&process);
    assert!(word.contains("needs rediss://"), "{word}");
}

#[tokio::test]
async fn the_first_word_on_a_port_where_nobody_listens_says_so() {
    let process = serving(&format!("url = 'redis://127.0.0.1:{}'", free_port()));
    let word = first_word_on_the_store(&process);
    assert!(word.contains("nobody listens"), "{word}");
}
