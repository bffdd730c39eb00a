//! Where the time goes: processor time of Redis, of the servers' workers and of the client.

use std::fs;
use std::ops::Sub;
use std::path::Path;
use std::time::Duration;

/// Names of the threads that answer requests, as far as Linux keeps them.
const WORKER: &str = "actix-server wo";
/// See [`WORKER`].
pub(crate) const CLIENT: &str = "load";

/// Processor time since the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu {
    /// Of redis-server.
    pub(crate) redis: Duration,
    /// Of the workers of both servers, of which only one is busy at a time. Zero where the system does not tell.
    pub(crate) workers: Duration,
    /// Of the client that asks, as far as its threads still run.
    pub(crate) client: Duration,
}

impl Cpu {
    /// Until now.
    pub(crate) fn now(redis: &mut redis::Connection) -> anyhow::Result<Self> {
        let report: String = redis::cmd("INFO").arg("cpu").query(redis)?;
        let seconds = |name| {
            let value = report.lines().find_map(|line| line.strip_prefix(name))?;
            value.trim().parse::<f64>().ok()
        };
        let redis = [seconds("used_cpu_sys:"), seconds("used_cpu_user:")];
        Ok(Self {
            redis: Duration::from_secs_f64(redis.into_iter().flatten().sum()),
            workers: threads(WORKER),
            client: threads(CLIENT),
        })
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            redis: self.redis.saturating_sub(earlier.redis),
            workers: self.workers.saturating_sub(earlier.workers),
            client: self.client.saturating_sub(earlier.client),
        }
    }
}

/// All threads of that name.
fn threads(name: &str) -> Duration {
    let threads = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    threads
        .filter_map(|thread| of_thread(&thread.path(), name))
        .sum()
}

/// The first field of `schedstat` is the time on a processor in nanoseconds.
fn of_thread(thread: &Path, wanted: &str) -> Option<Duration> {
    let name = fs::read_to_string(thread.join("comm")).ok()?;
    if !name.starts_with(wanted) {
        return None;
    }
    let times = fs::read_to_string(thread.join("schedstat")).ok()?;
    Some(Duration::from_nanos(times.split(' ').next()?.parse().ok()?))
}
