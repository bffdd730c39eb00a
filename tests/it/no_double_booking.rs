//! Three server processes on one Redis, asked all at once: nobody is ever promised to two callers.
//!
//! Judged from outside, by the answers and the time of each, as an auditor at Exotel's end could.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;

use crate::support::office::{Answer, Office, PATIENT};
use crate::support::redis::RedisServer;

const PROCESSES: usize = 3;

/// Digits choose the rule. The fallback's number is in no rule, so that a fallback is seen.
const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
queues:
  odd: { agents: { groups: [odd] } }
  low: { agents: { groups: [low] }, strategy: round_robin }
  everybody: { agents: {}, strategy: random }
rules:
  - name: an odd one
    when: { digits: "1" }
    ring: { agents: 1, for: 1s }
    targets: [{ queue: odd }]
  - name: three low ones together
    when: { digits: "2" }
    ring: { agents: 3, at_once: 3, for: 1s }
    targets: [{ queue: low }]
  - name: anybody, one after the other
    when: { digits: "3" }
    ring: { agents: 2, at_once: 1, for: 1s }
    targets: [{ queue: everybody }]
  - name: odd or low, else a number
    when: { digits: "4" }
    ring: { agents: 2, at_once: 2, for: 1s }
    targets: [{ queue: odd }, { queue: low }, { numbers: ["+911140001234"] }]
  - name: all ring long
    when: { digits: "5" }
    ring: { agents: 1, for: 60s }
    targets: [{ queue: everybody }]
  - name: all ring long, else a number
    when: { digits: "6" }
    ring: { agents: 1, for: 60s }
    targets: [{ queue: everybody }, { numbers: ["+911140001234"] }]
fallback: { numbers: ["+911140009999"] }
"#;

/// With a small margin, leases of a second end soon.
const MARGIN: Duration = Duration::from_millis(100);
const RING: Duration = Duration::from_secs(1);

fn office(redis: &RedisServer) -> Office {
    let settings = format!("{PATIENT}offer_margin_ms = {}\n", MARGIN.as_millis());
    Office::on_redis(PROCESSES, redis, &settings, RULES)
}

/// Agents of which every other is odd and the first half low: each pair of queues overlaps.
fn agents(count: usize) -> Vec<(String, Vec<&'static str>)> {
    let groups = |n| {
        let odd = (n % 2 == 1).then_some("odd");
        let low = (n < count / 2).then_some("low");
        odd.into_iter().chain(low).collect()
    };
    (0..count).map(|n| (format!("a{n}"), groups(n))).collect()
}

#[tokio::test]
async fn of_64_overlapping_calls_five_get_the_five_agents_and_the_others_their_next_target() {
    let redis = RedisServer::start();
    let office = office(&redis);
    office.staff(&agents(5)).await;
    let fetch = async |call: usize| {
        let query = format!("CallSid=c{call}&digits=%22{}%22", 5 + call % 2);
        (call, office.connect(call, &query).await.destinations())
    };
    let answers = join_all((0..64).map(fetch)).await;
    let mut rung = Vec::new();
    for (call, destinations) in answers {
        match destinations.as_slice() {
            [uri] if uri.starts_with("sip:") => rung.push(uri.clone()),
            [number] if number == "+911140001234" => assert_eq!(call % 2, 1),
            [] => assert_eq!(call % 2, 0, "this call has a next target"),
            other => panic!("call {call} rings {other:?}"),
        }
    }
    rung.sort();
    assert_eq!(rung, ["sip:a0", "sip:a1", "sip:a2", "sip:a3", "sip:a4"]);
}

/// One promise of an agent: made at some moment between these two, for so long.
#[derive(Clone, Copy, Debug)]
struct Grant {
    earliest: Instant,
    latest: Instant,
    lease: Duration,
}

impl Grant {
    /// Could the other one have been made after this one's lease had ended?
    ///
    /// The lease is reckoned by Redis, in whole milliseconds of a clock that may be slewed; hence the tolerance.
    fn may_precede(&self, other: &Self) -> bool {
        const TOLERANCE: Duration = Duration::from_millis(5);
        other.latest + TOLERANCE >= self.earliest + self.lease
    }
}

/// How long the answer's agents are held: one ring and one margin for each round of ringing.
fn lease(digits: usize, agents: usize) -> Duration {
    let rounds = if digits == 3 { agents } else { 1 };
    (RING + MARGIN) * u32::try_from(rounds).unwrap()
}

/// Fetches of one call at the same time, from as many processes: one answer, and when its offer can have been made.
async fn call(office: &Office, call: usize) -> (usize, Answer) {
    let digits = 1 + call % 4;
    let query = format!("CallSid=call-{call}&From=08516043026&digits=%22{digits}%22");
    let fetches = if call.is_multiple_of(10) { 2 } else { 1 };
    let fetches = (0..fetches).map(|n| office.connect(call + n, &query));
    let answers = join_all(fetches).await;
    let mut answer = answers[0].clone();
    for other in &answers {
        assert_eq!(other.body, answer.body, "one call, one answer");
        answer.sent = answer.sent.min(other.sent);
        answer.received = answer.received.min(other.received);
    }
    (digits, answer)
}

/// Enters what the answer promises.
fn enter(book: &mut BTreeMap<String, Vec<Grant>>, digits: usize, answer: &Answer) {
    let mut uris = answer.destinations();
    assert_ne!(uris, ["+911140009999"], "a fallback, though Redis is well");
    uris.retain(|uri| uri.starts_with("sip:"));
    let distinct: BTreeSet<_> = uris.iter().collect();
    assert_eq!(distinct.len(), uris.len(), "nobody twice in {uris:?}");
    let grant = Grant {
        earliest: answer.sent,
        latest: answer.received,
        lease: lease(digits, uris.len()),
    };
    for uri in uris {
        book.entry(uri).or_default().push(grant);
    }
}

/// Every two promises of one agent must have had room one after the other.
fn audit(book: &BTreeMap<String, Vec<Grant>>) {
    for (agent, grants) in book {
        for (place, one) in grants.iter().enumerate() {
            for other in &grants[place + 1..] {
                assert!(
                    one.may_precede(other) || other.may_precede(one),
                    "{agent} was promised twice: {one:?} and {other:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn ten_thousand_overlapping_calls_while_leases_end_never_ring_one_agent_twice() {
    const AGENTS: usize = 200;
    const CALLS: usize = 10_000;
    /// How often an agent must have been promised on average: a lease that never ended would be no test.
    const TIMES: usize = 5;
    let redis = RedisServer::start();
    let office = office(&redis);
    office.staff(&agents(AGENTS)).await;
    let started = Instant::now();
    let (mut book, mut calls, mut grants) = (BTreeMap::new(), 0, 0);
    while calls < CALLS || grants < TIMES * AGENTS {
        let batch = stream::iter(calls..calls + 500).map(|n| call(&office, n));
        let answers: Vec<_> = batch.buffer_unordered(64).collect().await;
        for (digits, answer) in &answers {
            enter(&mut book, *digits, answer);
        }
        calls += answers.len();
        grants = book.values().map(Vec::len).sum();
        let took = started.elapsed();
        assert!(
            took < Duration::from_mins(3),
            "{calls} calls and {grants} grants in {took:?}"
        );
    }
    assert_eq!(book.len(), AGENTS, "everybody had a turn");
    audit(&book);
}
