//! Five hundred requests a second for a while, with everything that goes on around them: the server's memory and its open
//! descriptors stay what they were when it had warmed up.
//!
//! Requests are due at fixed moments, however long answers take: one that comes late counts as late, and the rate that
//! was reached is measured, not assumed, and from ten minutes on it must be the one that was asked for. It needs the
//! machine for itself, so `.ci/steady` runs it, and not the other
//! tests' run. `RINGMASTER_STEADY_SECONDS` and `RINGMASTER_STEADY_RATE` choose another length and rate,
//! `RINGMASTER_STEADY_SAMPLES` a file for what was measured.

mod around;
mod calls;
mod connection;
mod samples;
mod traffic;

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;
use tokio::time::sleep;

use self::samples::{Sample, Watch, complaints};
use self::traffic::Traffic;
use crate::support::process::ServerProcess;
use crate::support::redis::RedisServer;

const SECONDS_ASKED_FOR: &str = "RINGMASTER_STEADY_SECONDS";
const RATE_ASKED_FOR: &str = "RINGMASTER_STEADY_RATE";
const SAMPLES_ASKED_FOR: &str = "RINGMASTER_STEADY_SAMPLES";
const SECONDS: u64 = 60;
/// Fetches of Exotel's a second; reports, heartbeats and the API's readers come on top.
const RATE: u64 = 500;
/// More than are held by calls at a time, so that nearly every fetch finds somebody.
const AGENTS: usize = 1_000;
/// An answer that comes later than this after its request was due is late: Exotel waits five seconds.
const LATE: Duration = Duration::from_millis(1_500);
const FALLBACK: &str = "+911140009999";

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 10m }
answer: { events: true, state_management: true }
queues:
  sales: { agents: { groups: [sales] }, wrap_up: 100ms }
  support: { agents: { groups: [support] }, strategy: fewest_calls, wrap_up: 100ms }
rules:
  - name: sales
    when: { digits: '1' }
    ring: { agents: 2, at_once: 1, for: 1s, attempts: 3 }
    sticky: { for: 1m }
    targets: [{ queue: sales }, { queue: support }]
  - name: everybody else
    ring: { agents: 1, for: 1s, attempts: 3 }
    targets: [{ queue: support }, { queue: sales, after: { attempts: 1 } }]
fallback: { numbers: ['+911140009999'] }
";

#[expect(
    clippy::disallowed_methods,
    reason = "the length of a test is no setting of the service"
)]
fn asked_for(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str, usual: u64) -> u64 {
    asked_for(name).map_or(usual, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}: write a whole number"))
    })
}

/// As in production, with its line for every request.
fn server(redis: &RedisServer) -> ServerProcess {
    let settings = format!(
        "workers = 2\n\
        offer_margin_ms = 1000\n\
        log = {{ format = 'json', filter = 'info' }}\n\
        public_url = 'https://connect.example.com'\n\
        [store]\n\
        kind = 'redis'\n\
        url = '{}'\n\
        [accounts.default]\n\
        keys = ['key']\n\
        tokens = 'admin:boss'\n",
        redis.url()
    );
    ServerProcess::serve(&settings, RULES)
}

#[tokio::test]
#[ignore = "a minute alone on the machine: .ci/steady"]
async fn memory_and_descriptors_stay_flat_at_five_hundred_requests_a_second() {
    let lasting = Duration::from_secs(number(SECONDS_ASKED_FOR, SECONDS));
    let rate = number(RATE_ASKED_FOR, RATE);
    let redis = RedisServer::start();
    let server = server(&redis);
    let mut watch = Watch::new(&server, &redis, asked_for(SAMPLES_ASKED_FOR));
    around::staff(server.address()).await;
    let before = watch.look(0);
    let traffic = Rc::new(Traffic::new(server.address(), rate));
    let samples = LocalSet::new()
        .run_until(play(&traffic, &mut watch, lasting))
        .await;
    let after = quiet(&mut watch, before).await;
    let said = traffic.summary(lasting);
    let mut out = std::io::stdout();
    writeln!(out, "{said}\n{}", samples::summary(&samples)).unwrap();
    let mut wrong = traffic.complaints(lasting);
    wrong.extend(complaints(&samples));
    wrong.extend(left_behind(before, after));
    assert!(wrong.is_empty(), "{wrong:#?}\n{said}");
}

/// Connections to Redis that a server keeps: `store.pool_size`, one for each worker, and one for all besides the workers.
const MOST_REDIS_LINES: usize = 8 + 2 + 1;

/// What is open that was not before anybody came, or should not be, once all have gone.
fn left_behind(before: Sample, after: Sample) -> Vec<String> {
    let mut wrong = Vec::new();
    let (first, last) = (before.other_descriptors(), after.other_descriptors());
    if last > first {
        wrong.push(format!(
            "{first} descriptors besides connections to Redis before anybody came, {last} when all had gone"
        ));
    }
    if after.redis_lines > MOST_REDIS_LINES {
        wrong.push(format!(
            "{} connections to Redis, and {MOST_REDIS_LINES} at most are its own",
            after.redis_lines
        ));
    }
    wrong
}

/// The whole traffic for so long, and what was seen of the server each second.
async fn play(traffic: &Rc<Traffic>, watch: &mut Watch, lasting: Duration) -> Vec<Sample> {
    let goes_on = Rc::new(Cell::new(true));
    let begun = Instant::now();
    let lanes = traffic.begin(begun, lasting);
    let around = around::begin(traffic, &goes_on);
    let mut samples = Vec::new();
    while begun.elapsed() < lasting {
        sleep(Duration::from_secs(1)).await;
        samples.push(watch.look(traffic.answered.get()));
    }
    for lane in lanes {
        lane.await.unwrap();
    }
    goes_on.set(false);
    for one in around {
        one.await.unwrap();
    }
    samples
}

/// Looks until the server has noticed that everybody is gone, or for a while.
async fn quiet(watch: &mut Watch, before: Sample) -> Sample {
    for _ in 0..20 {
        if watch.look(0).other_descriptors() <= before.other_descriptors() {
            break;
        }
        sleep(Duration::from_millis(500)).await;
    }
    watch.look(0)
}
