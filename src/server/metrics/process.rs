//! The process itself, under the names that Prometheus has for it. Where there is no `/proc`, only when it started.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use crate::clock::Timestamp;

/// Looks when it is asked.
#[derive(Debug)]
pub(super) struct ProcessCollector {
    pub(super) started: Timestamp,
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let started = self.started.as_millis().div_euclid(1_000);
        gauge(
            &mut encoder,
            "process_start_time_seconds",
            "When the service started, in seconds since 1970",
            Some(started),
        )?;
        gauge(
            &mut encoder,
            "process_resident_memory_bytes",
            "Memory of the process",
            fs::read_to_string("/proc/self/status")
                .ok()
                .and_then(|status| resident(&status)),
        )?;
        // Reading the folder opens it, and that is one of its entries.
        let open = fs::read_dir("/proc/self/fd").map(|folder| folder.count().saturating_sub(1));
        gauge(
            &mut encoder,
            "process_open_fds",
            "Open files and sockets of the process",
            open.ok().and_then(|open| i64::try_from(open).ok()),
        )
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &'static str,
    help: &'static str,
    value: Option<i64>,
) -> fmt::Result {
    let Some(value) = value else { return Ok(()) };
    let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    gauge.encode_gauge(&value)
}

/// The resident memory in what Linux says of a process, in bytes.
fn resident(status: &str) -> Option<i64> {
    let mut lines = status.lines();
    let kilobytes = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = kilobytes.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tringmaster\nVmPeak:\t  900 kB\nVmRSS:\t    12 kB\nThreads:\t3\n";
        assert_eq!(resident(status), Some(12_288));
        for other in ["", "VmRSS:\n", "VmRSS: many kB\n", "VmRSS: 12 MB\n"] {
            assert_eq!(resident(other), None, "{other:?}");
        }
    }
}
