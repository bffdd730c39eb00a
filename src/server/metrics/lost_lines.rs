//! Lines of the log that nobody will read, because more came than were written.

use std::fmt;
use std::sync::OnceLock;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use tracing_appender::non_blocking::ErrorCounter;

use super::NoLabels;

/// A process has one log, whatever else it has.
static LOST: OnceLock<ErrorCounter> = OnceLock::new();

/// The log of this process has been started, and counts here what it loses.
pub fn lost_lines_are_counted_by(counter: ErrorCounter) {
    // A second log is refused; the first one then goes on.
    let _already_there = LOST.set(counter);
}

/// Looks when it is asked.
#[derive(Debug)]
pub(super) struct LostLinesCollector;

impl Collector for LostLinesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let lost = LOST.get().map_or(0, ErrorCounter::dropped_lines);
        let mut lines = encoder.encode_descriptor(
            "log_lines_lost",
            "Lines of the log that were lost, because they are not read as fast as they come",
            None,
            MetricType::Counter,
        )?;
        let lost = u64::try_from(lost).unwrap_or(u64::MAX);
        lines.encode_counter::<NoLabels, _, u64>(&lost, None)
    }
}
