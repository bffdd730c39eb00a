//! What a decision costs: ringmaster on Redis beside a bare actix handler that does one Redis `GET`, in one process, on
//! one Redis, under the same load; then ringmaster with 100 agents beside ringmaster with 100,000; and ringmaster that
//! keeps nothing beside one with the decision log, ten who watch it, and metrics that are read every second.
//!
//! Run it with `cargo bench --bench connect`, and `-- --quick` for a short run. It needs `redis-server`. For a profiler,
//! `--only-ringmaster` and `--only-bare` load one side, and print the processes to watch. `--only-seen` makes the last
//! comparison alone.
//!
//! Figures of one machine at one hour say little, so both sides of a comparison are measured in short rounds, in turns,
//! and what counts is the ratio of each pair of rounds: what else the machine does meets both. Nothing is judged by the
//! exit code, for a figure is not a test, but with `--goal 1.2`: then the run fails when the median of the ratios of the p99 of
//! being seen is above that at any rate, out of more and longer rounds.
//!
//! What is paid for as in production: every fetch is Exotel's published sample with a key, keyed digits, another
//! caller and a new `CallSid`; rules pick one of ten queues; the heartbeat is checked; the call's record is written; the log line is
//! formatted and handed to the writer's thread, which throws it away (`--no-log` leaves it out). What is not: Redis
//! saves nothing to disk, and leases are short (see [`short_leases`]). The client, an ordinary HTTP client, takes its share
//! of the same cores, the same for both; the table says how much.
#![expect(
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark stops where it fails, and its counts are small"
)]

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use tracing_appender::non_blocking::WorkerGuard;

use load::{Load, Target};
use measure::{Bench, Pair, Side};
use report::{Goal, Row};
use service::History;
use watching::Audience;

mod bare;
mod cpu;
mod load;
mod measure;
mod redis_server;
mod report;
mod service;
mod short_leases;
mod watching;

/// Connections that ask at the same time.
const CONNECTIONS: usize = 64;
/// Who watch, half of them the decisions and half of them the console.
const VIEWERS: usize = 10;
/// What that may do to the p99, unless something else is asked for.
const SEEN_GOAL: f64 = 1.2;
/// Requests a second at which it is measured what that costs.
const SEEN_AT: [f64; 2] = [150.0, 500.0];

fn main() -> anyhow::Result<()> {
    let wanted = Wanted::from_arguments()?;
    let _log = wanted.log.then(log_to_nowhere);
    // As `ringmaster serve` does: what is not a worker's runs on one thread.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    ringmaster::telephony::warm_up();
    let redis = redis_server::RedisServer::start()?;
    let offices = match wanted.only {
        None => &service::ACCOUNTS[..],
        Some(_) => &[(service::USUAL, 1_000)],
    };
    let running = runtime.block_on(service::start(redis.url(), offices, History::Usual))?;
    let ringmaster = |account| Target::new(running.address(), &service::path(account));
    let [small, usual, large] = service::ACCOUNTS.map(|(account, _)| ringmaster(account));
    let answer = load::one_answer(&usual).context("ringmaster gives no answer")?;
    let bare = runtime.block_on(bare::start(redis.url(), &answer))?;
    let plain = Target::new(bare.address(), "/bare?");
    let bench = Bench::new(&redis, wanted.rounds, wanted.round)?;
    say(&format!(
        "process {}, redis-server {}",
        std::process::id(),
        redis.pid()
    ))?;
    match wanted.only {
        Some(Only::Bare) => return bench.only(&plain),
        Some(Only::Ringmaster) => return bench.only(&usual),
        Some(Only::Seen) => {}
        None => compare(&bench, &plain, &usual, &small, &large)?,
    }
    let unseen = runtime.block_on(service::start(
        redis.url(),
        &[service::UNSEEN],
        History::Nothing,
    ))?;
    let unseen = Target::new(unseen.address(), &service::path(service::UNSEEN.0));
    let audience = Audience::of(running.address(), VIEWERS);
    let is_reached = compare_seen(&bench, &unseen, &usual, &audience, wanted.goal)?;
    anyhow::ensure!(
        is_reached || wanted.goal.is_none(),
        "the goal is missed: see above"
    );
    Ok(())
}

/// What it costs to be seen, and whether it is as little as it should be.
fn compare_seen(
    bench: &Bench,
    unseen: &Target,
    usual: &Target,
    audience: &Audience,
    goal: Option<f64>,
) -> anyhow::Result<bool> {
    for target in [unseen, usual] {
        bench.warm_up(target)?;
    }
    let goal = Goal::AtMost(goal.unwrap_or(SEEN_GOAL));
    let mut are_reached = true;
    for per_second in SEEN_AT {
        let load = Load::Fixed { per_second };
        let pairs = bench.in_turns_with(unseen, usual, load, || audience.watch())?;
        let title = format!(
            "the log, {VIEWERS} viewers and metrics, {per_second:.0} requests/s, latency from the intended moment"
        );
        let sides = ["all off", "all on"];
        are_reached &= show(&title, sides, &pairs, None, Some(goal))?;
    }
    audience.said()?;
    Ok(are_reached)
}

/// The comparisons of the table.
fn compare(
    bench: &Bench,
    plain: &Target,
    usual: &Target,
    small: &Target,
    large: &Target,
) -> anyhow::Result<()> {
    for target in [plain, usual, small, large] {
        bench.warm_up(target)?;
    }
    let closed = Load::Closed;
    let pairs = bench.in_turns(plain, usual, closed)?;
    let fastest = report::median(pairs.iter().map(|pair| pair.second.requests_per_second()));
    let title = format!("as fast as it goes, {CONNECTIONS} connections");
    show(
        &title,
        ["bare GET", "ringmaster"],
        &pairs,
        Some(Goal::AtLeast(0.4)),
        None,
    )?;

    let fixed = Load::Fixed {
        per_second: fastest / 2.0,
    };
    let pairs = bench.in_turns(plain, usual, fixed)?;
    let title = format!(
        "{:.0} requests/s, latency from the intended moment",
        fastest / 2.0
    );
    show(
        &title,
        ["bare GET", "ringmaster"],
        &pairs,
        None,
        Some(Goal::AtMost(2.0)),
    )?;

    let pairs = bench.in_turns(small, large, closed)?;
    let title = format!("ringmaster by the number of agents, {CONNECTIONS} connections");
    show(
        &title,
        ["100", "100,000"],
        &pairs,
        Some(Goal::AtLeast(0.8)),
        None,
    )?;
    Ok(())
}

/// One comparison as a table, and whether it reaches what it is to reach.
fn show(
    title: &str,
    sides: [&str; 2],
    pairs: &[Pair],
    speed: Option<Goal>,
    tail: Option<Goal>,
) -> anyhow::Result<bool> {
    let rows = [
        Row::new("requests/s", Side::requests_per_second, speed),
        Row::new("p50, µs", |side| side.percentile(50), None),
        Row::new("p99, µs", |side| side.percentile(99), tail),
        Row::new("Redis CPU, µs/request", Side::redis_cpu, None),
        Row::new("workers' CPU, µs/request", Side::workers_cpu, None),
        Row::new("client's CPU, µs/request", Side::client_cpu, None),
    ];
    say(&report::table(title, sides, pairs, &rows))?;
    Ok(report::are_reached(pairs, &rows))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}").context("nobody reads the figures")
}

/// What the command line asks for.
struct Wanted {
    rounds: usize,
    round: Duration,
    log: bool,
    only: Option<Only>,
    /// How much the p99 may grow by being seen, if more makes the run fail.
    goal: Option<f64>,
}

/// One side of the comparison, for a profiler, or the last comparison.
enum Only {
    Bare,
    Ringmaster,
    Seen,
}

impl Wanted {
    /// `--quick`, `--no-log`, `--only-bare`, `--only-ringmaster`, `--only-seen`, `--goal 1.2`; Cargo adds words of its own, which
    /// mean nothing here.
    fn from_arguments() -> anyhow::Result<Self> {
        let arguments: Vec<String> = std::env::args().collect();
        let has = |word: &str| arguments.iter().any(|argument| argument == word);
        let goal = arguments.iter().position(|argument| argument == "--goal");
        let goal = goal.map(|place| {
            let factor = arguments.get(place + 1).and_then(|text| text.parse().ok());
            factor.context("--goal takes a factor, as in --goal 1.2")
        });
        let goal: Option<f64> = goal.transpose()?;
        let (rounds, round) = match (has("--quick"), goal) {
            (true, _) => (3, 1),
            (false, None) => (5, 3),
            (false, Some(_)) => (15, 6),
        };
        let words = [
            ("--only-bare", Only::Bare),
            ("--only-ringmaster", Only::Ringmaster),
            ("--only-seen", Only::Seen),
        ];
        Ok(Self {
            rounds,
            round: Duration::from_secs(round),
            log: !has("--no-log"),
            only: words
                .into_iter()
                .find_map(|(word, only)| has(word).then_some(only)),
            goal,
        })
    }
}

/// Logging as `ringmaster serve` sets it up by default, but for where the lines go.
fn log_to_nowhere() -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(io::sink());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("info"))
        .with_writer(writer)
        .with_ansi(false)
        .init();
    guard
}
