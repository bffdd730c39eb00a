//! Another Redis takes the place of the master, under load: sentinels depose one and replace one that is dead, a cluster
//! replaces one of its masters. Callers are answered all the while, and get decisions again as soon as the new master
//! is one; what the old one had acknowledged holds, but for its last moments, which no replica has seen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use crate::support::cluster::Cluster;
use crate::support::office::{Answer, Office};
use crate::support::process::ServerProcess;
use crate::support::sentinels::Watched;

const FALLBACK: &str = "+911140009999";
/// How long an answer may take, whatever happens.
const IN_TIME: Duration = Duration::from_millis(1_500);
/// How soon after the new master is one there is a decision again.
const DECIDED_WITHIN: Duration = Duration::from_secs(5);
/// How long an agent is held.
const LEASE: Duration = Duration::from_secs(3);
/// What the master had acknowledged for longer than this when it died, its replicas have seen.
const REPLICATED_WITHIN: Duration = Duration::from_secs(1);
const AGENTS: usize = 200;
const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
queues:
  everybody: { agents: {} }
rules:
  - name: anybody
    ring: { for: 3s }
    targets: [{ queue: everybody }]
fallback: { numbers: ['+911140009999'] }
";
const SETTINGS: &str = "offer_margin_ms = 0\n";

/// An agent was promised to a caller at some moment between these two.
#[derive(Clone, Copy, Debug)]
struct Grant {
    sent: Instant,
    received: Instant,
}

/// What callers who never stop asking have seen so far.
#[derive(Default)]
struct Seen {
    fallbacks: Cell<usize>,
    decisions: Cell<usize>,
    grants: RefCell<BTreeMap<String, Vec<Grant>>>,
    is_over: Cell<bool>,
}

impl Seen {
    fn take(&self, answer: &Answer) {
        assert!(answer.took() < IN_TIME, "{answer:?}");
        match answer.destinations().as_slice() {
            [uri] if uri == FALLBACK => self.fallbacks.set(self.fallbacks.get() + 1),
            [] => self.decisions.set(self.decisions.get() + 1),
            [uri] if uri.starts_with("sip:a") => {
                self.decisions.set(self.decisions.get() + 1);
                let grant = Grant {
                    sent: answer.sent,
                    received: answer.received,
                };
                self.grants
                    .borrow_mut()
                    .entry(uri.clone())
                    .or_default()
                    .push(grant);
            }
            other => panic!("nobody knows {other:?}"),
        }
    }

    /// Waits for so many more decisions.
    async fn decided(&self, count: usize) {
        let (enough, since) = (self.decisions.get() + count, Instant::now());
        while self.decisions.get() < enough {
            assert!(since.elapsed() < Duration::from_mins(1), "no decisions");
            pause().await;
        }
    }

    /// Nobody was promised twice within a lease, but those whose first promise may have been lost: it was made by a
    /// master in its last moments, or by one that nobody had told yet that it is none.
    fn audit(&self, losses: &[(Instant, Instant)]) {
        const TOLERANCE: Duration = Duration::from_millis(5);
        let may_be_lost = |grant: &Grant| {
            let within = |(from, to): &(Instant, Instant)| {
                grant.received + REPLICATED_WITHIN > *from && grant.sent < *to
            };
            losses.iter().any(within)
        };
        let mut pairs = 0;
        for (agent, grants) in self.grants.borrow_mut().iter_mut() {
            grants.sort_by_key(|grant| grant.sent);
            for pair in grants.windows(2) {
                pairs += usize::from(!may_be_lost(&pair[0]));
                assert!(
                    may_be_lost(&pair[0]) || pair[1].received + TOLERANCE >= pair[0].sent + LEASE,
                    "{agent} was promised twice: {pair:?}, though nothing is lost but within {losses:?}"
                );
            }
        }
        assert!(pairs > AGENTS / 2, "{pairs} promises looked at are no test");
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// One line of callers, one after the other, each to the next process.
async fn keep_asking(office: &Office, seen: &Seen, line: usize) {
    let mut n = 0;
    while !seen.is_over.get() {
        n += 1;
        let sid = format!("CallSid=line-{line}-{n}");
        seen.take(&office.connect(line + n, &sid).await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// So many decisions in a row, and all workers of a process are taken to decide again: each has had many of them.
const IN_A_ROW: usize = 40;

/// How long it takes until all processes decide, one fetch after the other.
async fn until_decided(office: &Office, name: &str) -> Duration {
    let since = Instant::now();
    for process in 0..office.processes.len() {
        let mut in_a_row = 0;
        for n in 0.. {
            let sid = format!("CallSid=again-{name}-{process}-{n}");
            let answer = office.connect_anew(process, &sid).await;
            assert!(answer.took() < IN_TIME, "{answer:?}");
            if answer.destinations() != [FALLBACK] {
                in_a_row += 1;
                if in_a_row == IN_A_ROW {
                    break;
                }
                continue;
            }
            in_a_row = 0;
            assert!(
                since.elapsed() < DECIDED_WITHIN,
                "process {process} decides nothing"
            );
            pause().await;
        }
    }
    since.elapsed()
}

async fn open(store: &str) -> Office {
    let office = Office::on_store(2, store, SETTINGS, RULES);
    let staff: Vec<_> = (0..AGENTS).map(|n| (format!("a{n}"), vec![])).collect();
    office.staff(&staff).await;
    office
}

/// Keeps callers asking while `mishaps` happen, and gives what they saw.
async fn under_load(office: &Office, mishaps: impl AsyncFnOnce(&Seen)) -> Seen {
    let seen = Seen::default();
    let lines = join_all((0..8).map(|line| keep_asking(office, &seen, line)));
    let all = async {
        seen.decided(100).await;
        // Some are held since long, and some again, when it happens.
        tokio::time::sleep(LEASE + REPLICATED_WITHIN).await;
        mishaps(&seen).await;
        // Whoever was held before is offered again, and whoever is held now is not.
        tokio::time::sleep(LEASE).await;
        seen.decided(100).await;
        seen.is_over.set(true);
    };
    join(lines, all).await;
    let said: String = office.processes.iter().map(ServerProcess::log).collect();
    assert!(
        !said.contains("change-me"),
        "a password in the log:\n{said}"
    );
    seen
}

#[tokio::test]
async fn sentinels_depose_a_master_and_replace_a_dead_one() {
    let mut watched = Watched::start(Duration::from_secs(1));
    let office = open(&watched.settings()).await;
    let mut losses = Vec::new();
    let elected = watched.elected();
    let seen = under_load(&office, async |seen| {
        for name in ["deposed", "dead"] {
            let since = Instant::now();
            while !watched.is_settled() {
                assert!(since.elapsed() < Duration::from_mins(1), "no agreement");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let before = watched.masters()[0].port;
            let fallbacks = seen.fallbacks.get();
            let begun = Instant::now();
            if name == "dead" {
                watched.kill_master();
            } else {
                watched.depose();
            }
            while watched.masters().iter().all(|one| one.port == before) {
                assert!(begun.elapsed() < Duration::from_secs(30), "no new master");
                pause().await;
            }
            eprintln!("{name}: a new master after {:?}", begun.elapsed());
            // A second until each process asks the sentinels again, and one for a busy machine.
            losses.push((begun, Instant::now() + Duration::from_secs(2)));
            let took = until_decided(&office, name).await;
            eprintln!("{name}: all processes decide {took:?} later");
            seen.decided(100).await;
            eprintln!(
                "{name}: {} fallback answers",
                seen.fallbacks.get() - fallbacks
            );
        }
    })
    .await;
    let unasked = watched.elected().saturating_sub(elected + 2);
    if unasked > 0 {
        // A machine that stops for a second makes them replace a master that is well, and what it promised then may be
        // lost like what the others promised in their last moments.
        eprintln!("the sentinels replaced {unasked} more by themselves");
        losses.push((losses[0].0, Instant::now()));
    }
    seen.audit(&losses);
}

#[tokio::test]
async fn a_clusters_replica_takes_over_from_a_dead_master() {
    let mut cluster = Cluster::start(1);
    let home = cluster.home("default");
    let urls: Vec<_> = cluster
        .urls()
        .iter()
        .map(|url| format!("'{url}'"))
        .collect();
    let office = open(&format!("url = [{}]", urls.join(", "))).await;
    let mut losses = Vec::new();
    let seen = under_load(&office, async |seen| {
        cluster.flush_scripts();
        seen.decided(100).await;
        assert_eq!(
            seen.fallbacks.get(),
            0,
            "lost scripts cost nobody a decision"
        );
        let killed = Instant::now();
        losses.push((killed, killed));
        cluster.kill(home);
        while !cluster.has_successor(home) {
            assert!(killed.elapsed() < Duration::from_secs(30), "no successor");
            pause().await;
        }
        eprintln!("a successor after {:?}", killed.elapsed());
        let took = until_decided(&office, "cluster").await;
        eprintln!("all processes decide {took:?} later");
        eprintln!("{} fallback answers", seen.fallbacks.get());
    })
    .await;
    seen.audit(&losses);
}
