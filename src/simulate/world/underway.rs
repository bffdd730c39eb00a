//! Requests that run beside the world.

use std::collections::VecDeque;
use std::future::Future;

use tokio::task::JoinSet;

use super::super::service::{Pace, ServiceError};

/// Requests that run beside the world. What comes back of one is of the type `B`.
///
/// On a virtual clock nothing is beside anything: a request is carried out at once, so that one run is like the other, and
/// only what came back waits until the world looks for it.
#[derive(Debug)]
pub(super) struct Underway<B> {
    pace: Pace,
    tasks: JoinSet<B>,
    ready: VecDeque<B>,
}

impl<B: Send + 'static> Underway<B> {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            tasks: JoinSet::new(),
            ready: VecDeque::new(),
        }
    }

    /// Begins a request.
    pub(super) async fn begin(&mut self, request: impl Future<Output = B> + Send + 'static) {
        match self.pace {
            Pace::Virtual => {
                let back = request.await;
                self.ready.push_back(back);
            }
            Pace::Real => {
                self.tasks.spawn(request);
            }
        }
    }

    /// Is nothing under way, and nothing back?
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.ready.is_empty()
    }

    /// What came back already.
    pub(super) fn ready(&mut self) -> Option<B> {
        self.ready.pop_front()
    }

    /// Waits for what comes back next; `None` when nothing is under way.
    pub(super) async fn back(&mut self) -> Result<Option<B>, ServiceError> {
        match self.tasks.join_next().await {
            Some(back) => Ok(Some(back?)),
            None => Ok(None),
        }
    }
}
