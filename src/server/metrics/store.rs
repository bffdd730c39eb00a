//! The store: how long each operation takes, and which fail.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::Count;
use super::histogram::{Histogram, OF_MACHINES};
use crate::presence::observed::{Failure, Operation};

/// All operations, in the order of [`Operation::ALL`].
#[derive(Debug)]
pub(super) struct StoreCounts(Vec<OfOperation>);

#[derive(Debug)]
struct OfOperation {
    operation: Operation,
    took: Histogram,
    /// In the order of [`Failure::ALL`].
    failures: Vec<Count>,
}

impl Default for StoreCounts {
    fn default() -> Self {
        let of = |operation: &Operation| OfOperation {
            operation: *operation,
            took: Histogram::new(OF_MACHINES),
            failures: Failure::ALL.iter().map(|_| Count::default()).collect(),
        };
        Self(Operation::ALL.iter().map(of).collect())
    }
}

impl StoreCounts {
    /// An operation is over.
    pub(super) fn ended(&self, operation: Operation, took: Duration, failure: Option<Failure>) {
        let Some(counts) = self.0.iter().find(|counts| counts.operation == operation) else {
            return;
        };
        counts.took.observe(took);
        let place = failure.and_then(|failure| Failure::ALL.iter().position(|one| *one == failure));
        if let Some(counted) = place.and_then(|place| counts.failures.get(place)) {
            counted.add_one();
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut times = encoder.encode_descriptor(
            "store_seconds",
            "How long operations of the store take, failed ones too",
            None,
            MetricType::Histogram,
        )?;
        for counts in &self.0 {
            let labels = [("operation", counts.operation.as_str())];
            counts.took.encode(times.encode_family(&labels)?)?;
        }
        let mut errors = encoder.encode_descriptor(
            "store_errors",
            "Operations of the store that failed; abandoned are those whose asker waited no longer",
            None,
            MetricType::Counter,
        )?;
        for counts in &self.0 {
            for (failure, count) in Failure::ALL.iter().zip(&counts.failures) {
                let operation = counts.operation.as_str();
                errors
                    .encode_family(&[("operation", operation), ("kind", failure.as_str())])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        Ok(())
    }
}
