//! What is measured of a running server, and when that is no longer flat.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::process::ServerProcess;
use crate::support::redis::RedisServer;

/// In the first of so many parts of the time a server may still grow: connections, threads' arenas, what is remembered of callers.
const WARM_UP: usize = 3;
/// How much more memory the last third of what is left may have than the first. The allocator gives and takes pages by
/// the hundred, and a megabyte of that was seen either way in half an hour; a leak of 100 bytes a request is three megabytes in a
/// minute at this rate of everything together, and 90 in half an hour.
const MEMORY_KB: u64 = 2_048;
/// How many more descriptors: visitors who come with a connection of their own, seen one time and not the other.
const DESCRIPTORS: usize = 8;

/// The server at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) at: Duration,
    pub(super) resident_kb: u64,
    pub(super) descriptors: usize,
    /// How many of them are its connections to Redis.
    pub(super) redis_lines: usize,
    redis_kb: u64,
    answered: u64,
}

impl Sample {
    /// The descriptors that are not connections to Redis.
    pub(super) fn other_descriptors(&self) -> usize {
        self.descriptors.saturating_sub(self.redis_lines)
    }
}

/// Somebody who looks.
pub(super) struct Watch {
    begun: Instant,
    server: u32,
    redis: u32,
    redis_clients: redis::Connection,
    log: PathBuf,
    out: Option<fs::File>,
}

impl Watch {
    pub(super) fn new(server: &ServerProcess, redis: &RedisServer, file: Option<String>) -> Self {
        let mut out = file.map(|path| fs::File::create(path).unwrap());
        if let Some(out) = &mut out {
            writeln!(
                out,
                "seconds,resident_kb,descriptors,redis_lines,redis_kb,answered"
            )
            .unwrap();
        }
        Self {
            begun: Instant::now(),
            server: server.program.0.id(),
            redis: redis.pid(),
            redis_clients: redis::Client::open(redis.url())
                .and_then(|client| client.get_connection())
                .unwrap(),
            log: server.folder().join("log"),
            out,
        }
    }

    /// Looks, and takes away what was logged: half an hour of it would fill a small disk.
    pub(super) fn look(&mut self, answered: u64) -> Sample {
        let process = PathBuf::from(format!("/proc/{}", self.server));
        let sample = Sample {
            at: self.begun.elapsed(),
            resident_kb: resident_kb(&process),
            descriptors: fs::read_dir(process.join("fd")).unwrap().count(),
            redis_lines: others_at(&mut self.redis_clients),
            redis_kb: resident_kb(&PathBuf::from(format!("/proc/{}", self.redis))),
            answered,
        };
        if let Some(out) = &mut self.out {
            writeln!(
                out,
                "{:.1},{},{},{},{},{answered}",
                sample.at.as_secs_f64(),
                sample.resident_kb,
                sample.descriptors,
                sample.redis_lines,
                sample.redis_kb
            )
            .unwrap();
        }
        let log = fs::File::options().write(true).open(&self.log).unwrap();
        log.set_len(0).unwrap();
        sample
    }
}

/// How many besides whoever asks are connected to Redis.
fn others_at(connection: &mut redis::Connection) -> usize {
    let report: String = redis::cmd("INFO").arg("clients").query(connection).unwrap();
    let mut lines = report.lines();
    let all = lines.find_map(|line| line.strip_prefix("connected_clients:"));
    all.unwrap().trim().parse::<usize>().unwrap() - 1
}

fn resident_kb(process: &Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}

/// The thirds of what was seen after warming up, the first and the last of them.
fn thirds(samples: &[Sample]) -> (&[Sample], &[Sample]) {
    let rest = &samples[samples.len() / WARM_UP..];
    let third = rest.len() / 3;
    (&rest[..third], &rest[rest.len() - third..])
}

fn median(samples: &[Sample]) -> u64 {
    let mut all: Vec<_> = samples.iter().map(|sample| sample.resident_kb).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

fn most(samples: &[Sample]) -> usize {
    let all = samples.iter().map(|sample| sample.descriptors);
    all.max().unwrap()
}

/// What was not flat.
pub(super) fn complaints(samples: &[Sample]) -> Vec<String> {
    let (first, last) = thirds(samples);
    let mut wrong = Vec::new();
    let (before, after) = (median(first), median(last));
    if after > before + MEMORY_KB {
        wrong.push(format!("memory grew from {before} to {after} kB"));
    }
    let (before, after) = (most(first), most(last));
    if after > before + DESCRIPTORS {
        wrong.push(format!("descriptors grew from {before} to {after}"));
    }
    wrong
}

/// What was seen, at six moments.
pub(super) fn summary(samples: &[Sample]) -> String {
    let step = samples.len().div_ceil(6).max(1);
    let shown = samples.iter().step_by(step).chain(samples.last());
    let line = |sample: &Sample| {
        format!(
            "{:6.0} s  {:6} kB  {:4} descriptors, {:2} of them to Redis  Redis {:7} kB  {:8} fetches",
            sample.at.as_secs_f64(),
            sample.resident_kb,
            sample.descriptors,
            sample.redis_lines,
            sample.redis_kb,
            sample.answered
        )
    };
    shown.map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(count: u64, resident_kb: impl Fn(u64) -> u64, fds: impl Fn(u64) -> u64) -> Vec<String> {
        let sample = |n| Sample {
            at: Duration::from_secs(n),
            resident_kb: resident_kb(n),
            descriptors: usize::try_from(fds(n)).unwrap(),
            redis_lines: 0,
            redis_kb: 0,
            answered: 0,
        };
        complaints(&(0..count).map(sample).collect::<Vec<_>>())
    }

    #[test]
    fn what_wavers_is_flat_and_so_is_what_grew_while_warming_up() {
        let wavering = |n: u64| 40_000 + n % 7 * 200 + n.min(15) * 1_000;
        assert!(seen(60, wavering, |n| 60 + n % 5).is_empty());
    }

    #[test]
    fn a_hundred_bytes_a_request_are_found_within_a_minute() {
        // Of the 1,150 requests or so that a second has altogether.
        let wrong = seen(60, |n| 40_000 + n * 115, |_| 60);
        assert_eq!(wrong, ["memory grew from 42990 to 46095 kB"]);
    }

    #[test]
    fn a_descriptor_every_other_second_is_found() {
        let wrong = seen(60, |_| 40_000, |n| 60 + n / 2);
        assert_eq!(wrong, ["descriptors grew from 76 to 89"]);
    }
}
