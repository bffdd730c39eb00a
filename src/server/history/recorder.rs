//! The one task of a process that writes down what has happened, after the answers: nobody who waits for one waits for this.
//!
//! What happens gets a place in a bounded channel; when that is full, it is dropped and counted. The worker that was there makes
//! an entry of it once its answer has gone: it has all of it at hand, and many at a time, made elsewhere, would keep a processor
//! from callers for longer. The task waits a moment, so that under load there is one write for many entries, and one wake for
//! many answers. While the store is down it keeps the newest entries. A write of which nothing was heard is made again, so that
//! an entry may stand twice, but seldom is lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::Keeping;
use crate::presence::{LogRetention, NewEntry, Store};
use crate::routing::RouterShared;
use crate::routing::log::{Numbers, Told};
use crate::server::metrics::Tallies;
use crate::telephony::AccountName;

/// So much may wait to be taken: seconds of the heaviest load.
const MOST_TOLD: usize = 8_192;
/// So much is kept while the store is down.
const MOST_HELD: usize = 20_000;
/// So much is taken before it is written.
const AT_A_TIME: usize = 256;
/// So much is written in one step, for which decisions wait: some 0.3 ms.
const BATCH: usize = 8;
/// How long is waited for more to write with the first.
const LINGER: Duration = Duration::from_millis(50);
/// How long a write may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long is waited after one that failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How long is waited at the end for those who are still making an entry.
const LAST: Duration = Duration::from_millis(200);
/// How often what has become too old is let go.
const TRIM_EVERY: Duration = Duration::from_mins(1);

/// Where what happens is handed over.
#[derive(Clone, Debug)]
pub(super) struct RecorderHandle {
    sender: mpsc::Sender<New>,
    numbers: Numbers,
    tallies: Arc<Tallies>,
}

impl RecorderHandle {
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends as soon as it begins, and does the same when it is dropped"
    )]
    pub(super) fn tell(&self, told: Told) {
        let Ok(place) = self.sender.clone().try_reserve_owned() else {
            self.tallies.log.dropped(told.account(), 1);
            return;
        };
        let later = Later {
            told,
            numbers: self.numbers,
            place: Some(place),
        };
        // Behind what this thread has to do for the answer.
        tokio::spawn(async move { drop(later) });
    }
}

/// What becomes an entry when this is dropped: in its turn, or with a runtime that ends before.
struct Later {
    told: Told,
    numbers: Numbers,
    place: Option<mpsc::OwnedPermit<New>>,
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.send(New {
                account: self.told.account().clone(),
                entry: self.told.entry(self.numbers),
            });
        }
    }
}

/// An entry that is not written yet.
#[derive(Debug)]
struct New {
    account: AccountName,
    entry: NewEntry,
}

/// The task. It ends with this, or when it is told to.
#[derive(Debug)]
pub(in crate::server) struct Recording {
    stop: oneshot::Sender<()>,
    task: JoinSet<()>,
}

impl Recording {
    /// Writes down what is left, but takes no longer than this for it.
    pub(in crate::server) async fn finish(mut self, within: Duration) {
        // It may have ended by itself.
        let _unheard: Result<(), ()> = self.stop.send(());
        let ended = timeout(within, self.task.join_next()).await;
        if ended.is_err() {
            tracing::warn!("stopping: the last decisions are not written down");
        }
    }
}

/// What the task works with.
pub(super) struct Recorder {
    told: mpsc::Receiver<New>,
    store: Arc<dyn Store>,
    shared: Arc<RouterShared>,
    tallies: Arc<Tallies>,
    retention: LogRetention,
    held: BTreeMap<AccountName, VecDeque<NewEntry>>,
    count: usize,
    /// When it was last said that something is lost, and how much was by then.
    warned: Option<Instant>,
    known_lost: u64,
}

impl Recorder {
    pub(super) fn begin(
        keeping: Keeping,
        store: &Arc<dyn Store>,
        shared: &Arc<RouterShared>,
        tallies: &Arc<Tallies>,
    ) -> (RecorderHandle, Recording) {
        let (sender, told) = mpsc::channel(MOST_TOLD);
        let recorder = Self {
            told,
            store: Arc::clone(store),
            shared: Arc::clone(shared),
            tallies: Arc::clone(tallies),
            retention: keeping.retention,
            held: BTreeMap::new(),
            count: 0,
            warned: None,
            known_lost: 0,
        };
        let (stop, stopping) = oneshot::channel();
        let mut task = JoinSet::new();
        task.spawn(recorder.run(stopping));
        let handle = RecorderHandle {
            sender,
            numbers: keeping.numbers,
            tallies: Arc::clone(tallies),
        };
        (handle, Recording { stop, task })
    }

    async fn run(mut self, mut stopping: oneshot::Receiver<()>) {
        let mut trim = interval(TRIM_EVERY);
        trim.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut some = Vec::with_capacity(AT_A_TIME);
        loop {
            let is_behind = self.count > 0;
            tokio::select! {
                count = self.told.recv_many(&mut some, AT_A_TIME) => {
                    if count == 0 {
                        break;
                    }
                    if count < AT_A_TIME {
                        sleep(LINGER).await;
                    }
                    self.take(&mut some);
                    self.write().await;
                }
                () = sleep(PAUSE), if is_behind => self.write().await,
                _ = trim.tick() => self.trim().await,
                _ = &mut stopping => break,
            }
            self.complain();
        }
        self.take(&mut some);
        // Whoever has a place is heard, and nobody gets one any more.
        self.told.close();
        let rest = async {
            while self.told.recv_many(&mut some, AT_A_TIME).await > 0 {
                self.take(&mut some);
            }
        };
        if timeout(LAST, rest).await.is_err() {
            tracing::warn!("stopping: somebody has not told the last decisions");
        }
        self.write().await;
        let lost = self
            .held
            .iter()
            .map(|(account, held)| (account, held.len()));
        lost.for_each(|(account, count)| self.tallies.log.dropped(account, count));
    }

    /// Holds what was told, and what is told meanwhile.
    fn take(&mut self, some: &mut Vec<New>) {
        while some.len() < AT_A_TIME
            && let Ok(new) = self.told.try_recv()
        {
            some.push(new);
        }
        for new in some.drain(..) {
            let held = self.held.entry(new.account).or_default();
            held.push_back(new.entry);
            self.count = self.count.saturating_add(1);
        }
        while self.count > MOST_HELD {
            self.let_one_go();
        }
    }

    /// The oldest of the account that has most.
    fn let_one_go(&mut self) {
        let most = self.held.iter_mut().max_by_key(|(_, held)| held.len());
        if let Some((account, held)) = most
            && held.pop_front().is_some()
        {
            self.tallies.log.dropped(account, 1);
        }
        self.count = self.count.saturating_sub(1);
    }

    /// Writes what is held, as far as the store takes it.
    async fn write(&mut self) {
        if self.shared.breaker.is_open() {
            return;
        }
        for (account, held) in &mut self.held {
            while !held.is_empty() {
                let some = held.len().min(BATCH);
                let batch: Vec<_> = held.iter().take(some).cloned().collect();
                let append = self.store.log().append(account, &batch, self.retention);
                match timeout(PATIENCE, append).await {
                    Ok(Ok(())) => self.tallies.log.written(account, some),
                    Ok(Err(error)) if !error.is_transient() => {
                        tracing::warn!(%account, code = error.code(), %error, "decisions cannot be written down");
                        self.tallies.log.dropped(account, some);
                    }
                    Ok(Err(_)) | Err(_) => return,
                }
                held.drain(..some);
                self.count = self.count.saturating_sub(some);
            }
        }
        self.held.clear();
    }

    async fn trim(&self) {
        if self.shared.breaker.is_open() {
            return;
        }
        for account in self.shared.books.all().keys() {
            let trim = self.store.log().trim(account, self.retention);
            if let Ok(Err(error)) = timeout(PATIENCE, trim).await {
                tracing::debug!(%account, %error, "old decisions are still there");
            }
        }
    }

    /// Says, but once a minute at most, that something is lost.
    fn complain(&mut self) {
        let lost = self.tallies.log.lost();
        let is_recent = |at: Instant| at.elapsed() < TRIM_EVERY;
        if lost > self.known_lost && !self.warned.is_some_and(is_recent) {
            let entries = lost.saturating_sub(self.known_lost);
            tracing::warn!(
                entries,
                "decisions are not written down: there are too many, or the store is down for long"
            );
            self.warned = Some(Instant::now());
            self.known_lost = lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};
    use crate::routing::log::ClickTold;

    fn click() -> Told {
        Told::Click(Box::new(ClickTold {
            account: AccountName::default(),
            call: None,
            at: SystemClock.now(),
            entry: crate::routing::log::entry::ClickEntry::default(),
        }))
    }

    #[test]
    fn an_entry_is_made_by_a_runtime_that_ends_before_its_turn_and_one_without_a_place_is_counted()
    {
        let (sender, mut told) = mpsc::channel(2);
        let handle = RecorderHandle {
            sender,
            numbers: Numbers::Masked,
            tallies: Arc::new(Tallies::of([AccountName::default()])),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            for _ in 0..3 {
                handle.tell(click());
            }
        });
        assert_eq!(
            handle.tallies.log.lost(),
            1,
            "for three there are two places"
        );
        assert!(
            told.try_recv().is_err(),
            "nothing is made before the answer has gone"
        );
        drop(runtime);
        told.close();
        let mut made = 0;
        while told.try_recv().is_ok() {
            made += 1;
        }
        assert_eq!(made, 2);
        drop(told);
        handle.tell(click());
        assert_eq!(handle.tallies.log.lost(), 2, "nobody listens any more");
    }
}
