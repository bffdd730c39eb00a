//! Three server processes on one Redis, one of them killed every few seconds, thousands of calls with all that can happen
//! to them, and reports that get lost, come twice or too late. Nobody is promised twice, nobody is stuck, nothing piles up.
//!
//! The calls, what becomes of them and what happens to their reports follow from a seed. Who is free when a call comes
//! does not: it depends on the machine. `RINGMASTER_SOAK_CALLS` and `RINGMASTER_SOAK_SEED` choose another size and seed.

mod after;
mod balancer;
mod dial;
mod dice;
mod exotel;
pub(crate) mod ledger;
mod script;
mod staff;
mod tally;
mod wire;

use std::cell::RefCell;
use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;
use tokio::task::LocalSet;
use tokio::time::sleep;

use self::balancer::Balancer;
use self::dice::Dice;
use self::exotel::Exotel;
use self::script::ACCOUNTS;
use self::tally::Tally;
use crate::support::redis::RedisServer;

const CALLS_ASKED_FOR: &str = "RINGMASTER_SOAK_CALLS";
const SEED_ASKED_FOR: &str = "RINGMASTER_SOAK_SEED";
const CALLS: usize = 2_000;
const SEED: u64 = 20_261_122;
/// Callers at the same time: so many that agents are often all taken, in some queues.
const CALLERS: usize = 125;
/// As many numbers they call from: most call again, and may find the agent whom they talked to.
const NUMBERS: usize = 500;
const INSTANCES: usize = 3;
const KILL_EVERY: Duration = Duration::from_secs(3);
/// Long enough that most calls are over while the reservation of their first answer would still hold.
const MARGIN: Duration = Duration::from_secs(2);
/// No rule below allows more.
const MOST_ATTEMPTS: usize = 4;
const PUBLIC_URL: &str = "https://connect.example.com";
/// In no rule, so that a fallback is seen.
const ACCOUNT_FALLBACK: &str = "+911140009999";

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 60s }
answer: { events: EVENTS, max_conversation_duration: 4s }
queues:
  sales:
    agents: { groups: [sales] }
    wrap_up: 300ms
    no_answer: { max: 3, delay: 500ms }
    busy: { delay: 1s }
  support: { agents: { groups: [support] }, strategy: round_robin, busy: { delay: 1s } }
  fewest: { agents: { groups: [sales] }, strategy: fewest_calls, wrap_up: 200ms, busy: { delay: 1s } }
  everybody: { agents: {}, strategy: random, no_answer: { max: 2, delay: 200ms }, busy: { delay: 1s } }
rules:
  - name: one after the other, four times
    when: { digits: "1" }
    ring: { agents: 1, for: 1s, attempts: 4 }
    sticky: { for: 1h }
    targets: [{ queue: everybody }]
  - name: three together
    when: { digits: "2" }
    ring: { agents: 3, at_once: 3, for: 1s, attempts: 2 }
    targets: [{ queue: support }]
  - name: three in turn
    when: { digits: "3" }
    ring: { agents: 3, at_once: 1, for: 1s, attempts: 2 }
    targets: [{ queue: sales }, { queue: everybody, after: { attempts: 1 } }]
  - name: one, then two together, else a number
    when: { digits: "4" }
    ring: { agents: 2, at_once: [1, 2], for: 1s, attempts: 3 }
    targets: [{ queue: fewest }, { queue: support }, { numbers: ["+911140001234"] }]
  - name: long talks
    when: { digits: "5" }
    ring: { agents: 1, for: 1s, attempts: 3 }
    answer: { max_conversation_duration: 8s }
    targets: [{ queue: sales }]
  - name: nothing is reported
    when: { digits: "6" }
    ring: { agents: 1, for: 1s, attempts: 2 }
    answer: { events: false }
    targets: [{ queue: everybody }]
  - name: all of them
    when: { digits: "9" }
    ring: { agents: 10, at_once: 5, for: 60s }
    targets: [{ queue: everybody }]
fallback: { numbers: ["+911140009999"] }
"#;

fn start(redis: &RedisServer) -> Balancer {
    let settings = format!(
        "workers = 1\n\
        answer_deadline_ms = 4500\n\
        replay_window_ms = 60000\n\
        offer_margin_ms = {}\n\
        public_url = '{PUBLIC_URL}'\n\
        [store]\n\
        kind = 'redis'\n\
        url = '{}'\n\
        connect_timeout_ms = 4000\n\
        command_timeout_ms = 4000\n",
        MARGIN.as_millis(),
        redis.url()
    );
    let account = |name| format!("[accounts.{name}]\nkeys = ['key']\ntokens = 'admin:boss'\n");
    let accounts: String = ACCOUNTS.map(account).concat();
    let rules = ACCOUNTS.iter().zip(["{ answered: true }", "true"]);
    let rules = rules.map(|(name, events)| (*name, RULES.replace("EVENTS", events)));
    Balancer::start(INSTANCES, format!("{settings}{accounts}"), rules.collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the size of a test is no setting of the service"
)]
fn asked_for<T: std::str::FromStr>(name: &str, usual: T) -> T {
    let Ok(text) = std::env::var(name) else {
        return usual;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("{name} is {text:?}: write a whole number"))
}

#[tokio::test]
async fn nobody_is_promised_twice_or_stuck_while_instances_die_and_reports_get_lost() {
    let calls = asked_for(CALLS_ASKED_FOR, CALLS);
    let seed = asked_for(SEED_ASKED_FOR, SEED);
    let redis = RedisServer::start();
    let exotel = Rc::new(Exotel {
        seed,
        balancer: start(&redis),
        owners: staff::owners(),
        ledger: RefCell::default(),
        tally: RefCell::default(),
    });
    staff::begin(&exotel.balancer).await;
    let began = Instant::now();
    LocalSet::new().run_until(play(&exotel, calls)).await;
    let took = began.elapsed();
    let all_ready_after = after::all_come_back(&exotel.balancer).await;
    let keys = after::nothing_piles_up(&redis, calls);
    staff::all_can_be_found(&exotel.balancer, &exotel.owners).await;
    let longest_hold = after::judge(&exotel);
    let tally = Tally {
        took,
        all_ready_after,
        keys,
        longest_hold,
        kills: exotel.balancer.kills().len(),
        retries: exotel.balancer.retries(),
        slow: exotel.balancer.slow().len(),
        slowest: exotel.balancer.slowest(),
        ..exotel.tally.take()
    };
    writeln!(std::io::stderr(), "seed {seed}: {tally}").unwrap();
    after::plenty_happened(&tally, calls);
}

#[test]
fn the_readme_says_what_this_soak_is() {
    let readme = include_str!("../../README.md");
    let agents = ACCOUNTS.len() * staff::EACH;
    for fact in [
        format!("{CALLS} calls to {agents} agents over three server processes"),
        format!("killed every {}\nseconds", KILL_EVERY.as_secs()),
        format!("{CALLS_ASKED_FOR}=20000 cargo test --test it soak::nobody"),
        format!("`{SEED_ASKED_FOR}`"),
    ] {
        assert!(readme.contains(&fact), "{fact}");
    }
    assert_eq!(INSTANCES, 3);
}

/// All calls, so many at a time, while agents' applications beat and instances die.
async fn play(exotel: &Rc<Exotel>, calls: usize) {
    let balancer = &exotel.balancer;
    let callers = stream::iter(0..calls).for_each_concurrent(CALLERS, async |number| {
        exotel.call(number).await;
    });
    tokio::select! {
        () = callers => {}
        () = staff::beat(balancer) => {}
        () = staff::supervise(balancer, Dice::at(exotel.seed, &[])) => {}
        () = kill_one_after_the_other(balancer) => {}
    }
}

async fn kill_one_after_the_other(balancer: &Balancer) {
    for number in 0.. {
        sleep(KILL_EVERY).await;
        balancer.kill(number % INSTANCES).await;
    }
}
