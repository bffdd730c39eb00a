//! How long things take, in buckets that many threads add to without waiting for each other.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::MetricEncoder;

use super::NoLabels;

/// Upper bounds for what a machine does, in microseconds: 50 µs to 5 s.
pub(super) const OF_MACHINES: &[u64] = &[
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000,
];

/// Upper bounds for what people do, in microseconds: 1 s to 2 min.
pub(super) const OF_PEOPLE: &[u64] = &[
    1_000_000,
    2_000_000,
    3_000_000,
    5_000_000,
    8_000_000,
    10_000_000,
    15_000_000,
    20_000_000,
    30_000_000,
    45_000_000,
    60_000_000,
    120_000_000,
];

/// Times in buckets.
#[derive(Debug)]
pub(super) struct Histogram {
    bounds: &'static [u64],
    /// One more than there are bounds: the last is for what is beyond all of them.
    buckets: Vec<AtomicU64>,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// With these upper bounds, in microseconds.
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        let buckets = bounds.iter().map(|_| AtomicU64::new(0));
        Self {
            bounds,
            buckets: buckets.chain([AtomicU64::new(0)]).collect(),
            nanoseconds: AtomicU64::new(0),
        }
    }

    /// It took so long.
    pub(super) fn observe(&self, took: Duration) {
        let micros = took.as_nanos().div_ceil(1_000);
        let place = self
            .bounds
            .partition_point(|bound| u128::from(*bound) < micros);
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Writes it for Prometheus, in seconds.
    pub(super) fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let seconds = |micros: &u64| Duration::from_micros(*micros).as_secs_f64();
        let bounds = self.bounds.iter().map(seconds).chain([f64::INFINITY]);
        let counts = self
            .buckets
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabels>(sum.as_secs_f64(), count, &buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_belongs_to_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new(&[10, 100]);
        for micros in [1, 10, 11, 100, 101] {
            histogram.observe(Duration::from_micros(micros));
        }
        histogram.observe(Duration::from_nanos(10_001));
        let counts = histogram.buckets.iter();
        let counts: Vec<_> = counts.map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!(counts, [2, 3, 1]);
        assert_eq!(histogram.nanoseconds.load(Ordering::Relaxed), 233_001);
    }
}
