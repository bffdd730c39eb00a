//! What is kept of what was decided: a way to have it written down, and a way to watch it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::context::Lifecycle;
use super::metrics::Tallies;
use crate::presence::{LogRetention, Store};
use crate::routing::RouterShared;
use crate::routing::log::{Numbers, Told};
use crate::settings::{CallersInHistory, HistorySettings};

mod feed;
mod recorder;
mod viewers;

pub(super) use feed::Feeds;
pub(super) use recorder::Recording;
use recorder::{Recorder, RecorderHandle};
pub(super) use viewers::{Frame, Viewers, Viewing};

/// What all workers share of it.
#[derive(Clone, Debug)]
pub(super) struct History {
    recorder: RecorderHandle,
    feeds: Arc<Feeds>,
    kept: Duration,
}

/// What the recorder is to do.
#[derive(Clone, Copy, Debug)]
struct Keeping {
    retention: LogRetention,
    numbers: Numbers,
}

impl History {
    /// Begins to write down what happens, on the runtime of whoever calls this; `None` when nothing is to be kept.
    pub(super) fn begin(
        settings: HistorySettings,
        store: &Arc<dyn Store>,
        shared: &Arc<RouterShared>,
        tallies: &Arc<Tallies>,
        lifecycle: &Arc<Lifecycle>,
    ) -> Option<(Self, Recording)> {
        if settings.kept.is_zero() {
            return None;
        }
        let keeping = Keeping {
            retention: LogRetention {
                kept: whole_millis(settings.kept),
                most: settings.decisions,
            },
            numbers: match settings.callers {
                CallersInHistory::Masked => Numbers::Masked,
                CallersInHistory::Full => Numbers::Full,
            },
        };
        let (recorder, recording) = Recorder::begin(keeping, store, shared, tallies);
        let feeds = Feeds::new(
            Arc::clone(store),
            Arc::clone(lifecycle),
            Arc::clone(tallies),
            most(settings.viewers),
        );
        let history = Self {
            recorder,
            feeds: Arc::new(feeds),
            kept: settings.kept,
        };
        Some((history, recording))
    }

    /// Something has happened. It is written down later, or dropped when too much happens; nobody waits.
    pub(super) fn tell(&self, told: Told) {
        self.recorder.tell(told);
    }

    /// For how long.
    pub(super) fn kept(&self) -> Duration {
        self.kept
    }

    /// Where decisions are watched.
    pub(super) fn feeds(&self) -> &Arc<Feeds> {
        &self.feeds
    }
}

fn whole_millis(length: Duration) -> Duration {
    Duration::from_millis(u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
}

fn most(viewers: NonZeroU32) -> usize {
    usize::try_from(viewers.get()).unwrap_or(usize::MAX)
}
