//! Redis fails while many callers are asking: each of them is answered all the same, and in time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use crate::support::office::{Answer, Office, PATIENT};
use crate::support::process::ServerProcess;
use crate::support::redis::RedisServer;

const DEADLINE: Duration = Duration::from_millis(500);
/// What a busy machine may add, on either side of the server.
const SLACK: Duration = Duration::from_millis(500);
const SETTINGS: &str = "answer_deadline_ms = 500\n";
const FALLBACK: &str = "+911140009999";
const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
queues:
  everybody: { agents: {} }
rules:
  - name: anybody
    ring: { for: 1s }
    targets: [{ queue: everybody }]
fallback: { numbers: ['+911140009999'] }
";

fn staff() -> Vec<(String, Vec<&'static str>)> {
    (0..20).map(|n| (format!("a{n}"), vec![])).collect()
}

fn is_fallback(answer: &Answer) -> bool {
    answer.destinations() == [FALLBACK]
}

async fn call(office: &Office, process: usize, sid: &str) -> Answer {
    office.connect(process, &format!("CallSid={sid}")).await
}

/// Asks one process until it decides again.
async fn until_decided(office: &Office, process: usize, since: Instant, most: Duration) {
    for n in 0.. {
        if !is_fallback(&call(office, process, &format!("again-{process}-{n}")).await) {
            return;
        }
        let waited = since.elapsed();
        assert!(waited < most, "process {process}: nothing after {waited:?}");
    }
}

#[tokio::test]
async fn frozen_under_forty_callers_at_once_and_thawed() {
    let redis = RedisServer::start();
    let office = Office::on_redis(2, &redis, SETTINGS, RULES);
    office.staff(&staff()).await;
    for process in 0..2 {
        assert!(!is_fallback(
            &call(&office, process, &format!("warm-{process}")).await
        ));
    }
    redis.signal("STOP");
    let burst = async |n| call(&office, n, &format!("frozen-{n}")).await;
    for answer in join_all((0..40).map(burst)).await {
        assert!(is_fallback(&answer), "{answer:?}");
        assert!(answer.took() < DEADLINE + SLACK, "{:?}", answer.took());
    }
    let mut times = Vec::new();
    for n in 0..60 {
        let answer = call(&office, n, &format!("open-{n}")).await;
        assert!(is_fallback(&answer), "{answer:?}");
        times.push(answer.took());
    }
    times.sort();
    assert!(
        times[54] < Duration::from_millis(50),
        "nine in ten with the breaker open: {times:?}"
    );
    assert!(
        times[59] < DEADLINE,
        "nobody waits for the store: {times:?}"
    );

    redis.signal("CONT");
    let thawed = Instant::now();
    for process in 0..2 {
        until_decided(&office, process, thawed, Duration::from_secs(2)).await;
    }
}

/// What callers who never stop asking have seen so far.
#[derive(Default)]
struct Seen {
    answers: Cell<usize>,
    fallbacks: Cell<usize>,
    agents: Cell<usize>,
    is_over: Cell<bool>,
}

impl Seen {
    fn count(&self, answer: &Answer) {
        let bump = |counter: &Cell<usize>| counter.set(counter.get() + 1);
        bump(&self.answers);
        match answer.destinations().as_slice() {
            [] => {}
            [uri] if uri == FALLBACK => bump(&self.fallbacks),
            [uri] if uri.starts_with("sip:a") => bump(&self.agents),
            other => panic!("nobody knows {other:?}"),
        }
    }

    /// Waits until so many more have been counted.
    async fn more(&self, counter: impl Fn(&Self) -> &Cell<usize>, count: usize) {
        let enough = counter(self).get() + count;
        let since = Instant::now();
        while counter(self).get() < enough {
            assert!(since.elapsed() < Duration::from_mins(1), "no change");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// One line of callers, one after the other, each to the next process. An answer that is no answer fails the test.
async fn keep_asking(office: &Office, seen: &Seen, line: usize) {
    let mut n = 0;
    while !seen.is_over.get() {
        n += 1;
        seen.count(&call(office, line + n, &format!("line-{line}-{n}")).await);
    }
}

/// Everything that an operator, or fate, does to Redis.
async fn mishaps(office: &Office, redis: &mut RedisServer, seen: &Seen) {
    seen.more(|seen| &seen.agents, 20).await;
    for _ in 0..5 {
        redis.command(&["SCRIPT", "FLUSH"]);
        seen.more(|seen| &seen.answers, 20).await;
    }
    let said: String = office.processes.iter().map(ServerProcess::log).collect();
    assert_eq!(
        seen.fallbacks.get(),
        0,
        "lost scripts cost nobody a decision\n{said}"
    );
    for _ in 0..5 {
        redis.command(&["FLUSHALL"]);
        seen.more(|seen| &seen.answers, 20).await;
        redis.command(&["SCRIPT", "FLUSH"]);
        office.staff(&staff()).await;
        seen.more(|seen| &seen.agents, 20).await;
    }
    redis.kill();
    seen.more(|seen| &seen.fallbacks, 50).await;
    redis.restart();
    for process in 0..office.processes.len() {
        until_decided(office, process, Instant::now(), Duration::from_secs(5)).await;
    }
    office.staff(&staff()).await;
    seen.more(|seen| &seen.agents, 20).await;
    seen.is_over.set(true);
}

#[tokio::test]
async fn emptied_robbed_of_its_scripts_and_killed_under_load() {
    let mut redis = RedisServer::start();
    let settings = format!("{PATIENT}offer_margin_ms = 0\n");
    let office = Office::on_redis(3, &redis, &settings, RULES);
    office.staff(&staff()).await;
    let seen = Seen::default();
    let lines = join_all((0..16).map(|line| keep_asking(&office, &seen, line)));
    join(lines, mishaps(&office, &mut redis, &seen)).await;
}
