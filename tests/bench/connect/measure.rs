//! Rounds: two sides in turns, so that what else the machine does meets both.

use std::cell::RefCell;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::cpu::Cpu;
use crate::load::{self, Load, Target};
use crate::redis_server::RedisServer;
use crate::say;

/// Before each round, so that it does not pay for what the one before it left behind.
const QUIET: Duration = Duration::from_secs(1);

/// What one side did in one round.
#[derive(Debug)]
pub(crate) struct Side {
    latencies: Vec<Duration>,
    /// Answers that were not as they should be.
    pub(crate) wrong: usize,
    took: Duration,
    cpu: Cpu,
}

/// One round of both sides.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) first: Side,
    pub(crate) second: Side,
}

/// How rounds are run.
pub(crate) struct Bench {
    rounds: usize,
    round: Duration,
    redis: RefCell<redis::Connection>,
    client: Runtime,
}

impl Bench {
    /// So many rounds of this length, on this Redis.
    pub(crate) fn new(redis: &RedisServer, rounds: usize, round: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            rounds,
            round,
            redis: RefCell::new(redis.connection()?),
            client: load::runtime()?,
        })
    }

    /// A round that does not count.
    pub(crate) fn warm_up(&self, target: &Target) -> anyhow::Result<()> {
        self.run(target, Load::Closed, Duration::from_secs(1))
            .map(drop)
    }

    /// Both sides in turns; who begins alternates.
    pub(crate) fn in_turns(
        &self,
        first: &Target,
        second: &Target,
        load: Load,
    ) -> anyhow::Result<Vec<Pair>> {
        self.in_turns_with(first, second, load, || Ok(()))
    }

    /// The same with something that is there in the second side's rounds, and gone in the first's.
    pub(crate) fn in_turns_with<T>(
        &self,
        first: &Target,
        second: &Target,
        load: Load,
        beside: impl Fn() -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<Pair>> {
        let second = || {
            let beside = beside()?;
            let side = self.run(second, load, self.round);
            drop(beside);
            side
        };
        let mut pairs = Vec::with_capacity(self.rounds);
        for round in 0..self.rounds {
            let pair = if round % 2 == 0 {
                let first = self.run(first, load, self.round)?;
                Pair {
                    first,
                    second: second()?,
                }
            } else {
                let second = second()?;
                Pair {
                    first: self.run(first, load, self.round)?,
                    second,
                }
            };
            pairs.push(pair);
        }
        Ok(pairs)
    }

    /// One side alone for ten rounds, for a profiler to watch.
    pub(crate) fn only(&self, target: &Target) -> anyhow::Result<()> {
        self.warm_up(target)?;
        for _ in 0..10 {
            let side = self.run(target, Load::Closed, self.round)?;
            say(&format!(
                "{:.0} requests/s, {:.1} µs of Redis, {:.1} µs of workers and {:.1} µs of the client a request, {} wrong",
                side.requests_per_second(),
                side.redis_cpu(),
                side.workers_cpu(),
                side.client_cpu(),
                side.wrong
            ))?;
        }
        Ok(())
    }

    fn run(&self, target: &Target, load: Load, lasting: Duration) -> anyhow::Result<Side> {
        let redis = &mut *self.redis.borrow_mut();
        sleep(QUIET);
        let before = Cpu::now(redis)?;
        let started = Instant::now();
        let mut answers = load::run(&self.client, target, load, lasting)?;
        let took = started.elapsed();
        answers.latencies.sort_unstable();
        Ok(Side {
            latencies: answers.latencies,
            wrong: answers.wrong,
            took,
            cpu: Cpu::now(redis)? - before,
        })
    }
}

impl Side {
    /// How many were answered.
    pub(crate) fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// Answers a second.
    pub(crate) fn requests_per_second(&self) -> f64 {
        self.requests() as f64 / self.took.as_secs_f64()
    }

    /// The latency within which so many of a hundred answers came, in µs.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let place = self.requests() * percent / 100;
        let latency = self.latencies.get(place).or(self.latencies.last());
        latency.map_or(0.0, |latency| micros(*latency))
    }

    /// Of redis-server, in µs a request.
    pub(crate) fn redis_cpu(&self) -> f64 {
        micros(self.cpu.redis) / self.requests() as f64
    }

    /// Of the server's workers, in µs a request.
    pub(crate) fn workers_cpu(&self) -> f64 {
        micros(self.cpu.workers) / self.requests() as f64
    }

    /// Of the client, in µs a request.
    pub(crate) fn client_cpu(&self) -> f64 {
        micros(self.cpu.client) / self.requests() as f64
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
