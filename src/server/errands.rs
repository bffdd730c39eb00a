//! Calls that are being made for applications, what Exotel reports of them, and changes that somebody makes in another's name:
//! each is carried to its end, also when whoever asked has hung up, and when the service is told to stop meanwhile.
//!
//! A worker of the HTTP server ends with its requests, and takes with it whatever it started. So such work runs on the
//! runtime of the service, with a store of that runtime.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::outbound::Lines;
use crate::routing::Router;

/// Work that outlives its request.
#[derive(Debug)]
pub struct Errands {
    runtime: Handle,
    router: Router,
    lines: Arc<Lines>,
    running: Mutex<JoinSet<()>>,
}

impl Errands {
    /// Work on the runtime of whoever calls this; the router's store must be of that runtime too.
    pub fn new(router: Router, lines: Arc<Lines>) -> Self {
        Self {
            runtime: Handle::current(),
            router,
            lines,
            running: Mutex::default(),
        }
    }

    /// Decides whom a call rings, with the store for this work.
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// The way to Exotel of each account that has one.
    pub fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    /// Begins a piece of work; it goes on whether or not anybody waits for what comes of it.
    pub fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (done, outcome) = oneshot::channel();
        let mut running = self.running();
        // What has ended is forgotten, so that the set does not grow.
        while running.try_join_next().is_some() {}
        let work = async move {
            let _unheard: Result<(), T> = done.send(work.await);
        };
        running.spawn_on(work, &self.runtime);
        outcome
    }

    /// Waits until all work is done, but no longer than this; what then goes on is given up.
    pub async fn finish(&self, within: Duration) {
        let mut running = std::mem::take(&mut *self.running());
        let all = async { while running.join_next().await.is_some() {} };
        if timeout(within, all).await.is_err() {
            let left = running.len();
            tracing::warn!(
                left,
                "stopping: calls that are being made, reports of some, or changes are given up; whether they come about is not known"
            );
        }
    }

    fn running(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
