//! The boards of all accounts: one reader for each, however many watch, and only while somebody does. What it sees is put into
//! frames once, and each viewer has a short queue of them: one that takes nothing any more is let go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::board::{Board, Change, Item, Parts, Reader, Sources};
use super::lasting::Endings;
use crate::clock::Timestamp;
use crate::presence::LogId;
use crate::server::access::{Access, Token};
use crate::server::context::Lifecycle;
use crate::server::decisions::sse;
use crate::server::history::{Frame, Viewers, Viewing};
use crate::server::problem::ApiError;
use crate::telephony::AccountName;

/// How often an account is looked at: as often as somebody can see something change.
const EVERY: Duration = Duration::from_millis(250);
/// A look that takes long is taken more seldom: its reader rests so many times as long as it took, so that callers, who need
/// the same store and the same processors, hardly ever meet one.
const REST: u32 = 199;
/// But not longer than this: whoever watches is to see what changes.
const LONGEST: Duration = Duration::from_secs(5);
/// How long is waited when the store does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Within this it is noticed that nobody watches any more, or that the service stops.
const NOTICED_WITHIN: Duration = Duration::from_millis(250);
/// How often viewers are told that all is well when nothing changes; by its absence they see that they have lost touch.
const BEAT: Duration = Duration::from_secs(4);
/// How often it is looked for viewers who take nothing.
const LOOK: Duration = Duration::from_secs(15);

/// The boards of all accounts.
#[derive(Debug)]
pub(in crate::server) struct Boards {
    runtime: Handle,
    sources: Sources,
    lifecycle: Arc<Lifecycle>,
    endings: Endings,
    most: usize,
    by_account: Mutex<BTreeMap<AccountName, Watched>>,
    readers: Mutex<JoinSet<()>>,
}

/// An account that somebody watches.
#[derive(Debug, Default)]
struct Watched {
    viewers: Viewers,
    /// What was seen last; none before the first look, and while the store does not answer.
    seen: Option<Seen>,
}

/// What a look has shown.
#[derive(Debug)]
struct Seen {
    board: Board,
    looked: Instant,
}

impl Seen {
    /// For whoever comes between two looks: the store's clock has gone on since.
    fn now(&self) -> Board {
        Board {
            at: self.board.at.plus(self.looked.elapsed()),
            ..self.board.clone()
        }
    }
}

/// What is sent.
#[derive(Serialize)]
struct Told<'a> {
    /// When it was so, by the store's clock, ms.
    at: i64,
    /// The same on the account's clocks.
    clock: &'a str,
    shape: &'a str,
    parts: &'a Parts,
    /// The oldest first.
    decisions: Vec<&'a Item>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Boards {
    /// For so many viewers of an account; readers run on the runtime of whoever calls this.
    pub(in crate::server) fn new(sources: Sources, lifecycle: Arc<Lifecycle>, most: usize) -> Self {
        Self {
            runtime: Handle::current(),
            sources,
            lifecycle,
            endings: Endings::default(),
            most,
            by_account: Mutex::default(),
            readers: Mutex::default(),
        }
    }

    /// Where streams hear of sessions that end.
    pub(super) fn endings(&self) -> &Endings {
        &self.endings
    }

    /// May whoever has this token look now? Each look costs as much as a list of all agents.
    pub(super) fn may_look(token: &Token) -> Result<(), ApiError> {
        let too_many = |wait| ApiError::TooManyRequests { wait };
        Access::may_use_token(token).map_err(too_many)
    }

    /// The board as it is: what those who watch see, else what one look shows.
    pub(super) async fn glance(&self, account: &AccountName) -> Result<Board, ApiError> {
        let watched = lock(&self.by_account)
            .get(account)
            .and_then(|watched| watched.seen.as_ref().map(Seen::now));
        if let Some(board) = watched {
            return Ok(board);
        }
        let mut reader = Reader::new(self.sources.clone(), account.clone());
        reader.look().await.map_err(ApiError::from)?;
        reader.board().cloned().ok_or(ApiError::Stopping)
    }

    /// One more viewer, who is told the whole board first, and then what changes.
    pub(super) fn join(
        self: &Arc<Self>,
        account: &AccountName,
    ) -> Result<(Viewing, Option<Bytes>), ApiError> {
        if self.lifecycle.is_stopping() {
            return Err(ApiError::Stopping);
        }
        let mut all = lock(&self.by_account);
        let is_new = !all.contains_key(account);
        let watched = all.entry(account.clone()).or_default();
        if watched.viewers.count() >= self.most {
            return Err(ApiError::TooManyViewers { most: self.most });
        }
        let viewing = watched.viewers.add(LogId::default());
        let whole = watched.seen.as_ref().map(|seen| whole(&seen.now()));
        drop(all);
        if is_new {
            let mut readers = lock(&self.readers);
            // What has ended is forgotten, so that the set does not grow.
            while readers.try_join_next().is_some() {}
            let (boards, account) = (Arc::clone(self), account.clone());
            readers.spawn_on(async move { boards.read(account).await }, &self.runtime);
        }
        Ok((viewing, whole))
    }

    /// Looks on until nobody watches.
    async fn read(&self, account: AccountName) {
        let mut reader = Reader::new(self.sources.clone(), account.clone());
        let (mut beaten, mut looked) = (Instant::now(), Instant::now());
        let mut is_blind = false;
        let mut goes_on = self.is_watched(&account);
        while goes_on {
            let began = Instant::now();
            let pause = match reader.look().await {
                Ok(change) => {
                    let pause = rest(began.elapsed());
                    // Before it is due rather than a whole rest behind.
                    let is_beat = beaten.elapsed().saturating_add(pause) >= BEAT || is_blind;
                    if is_beat || !change.is_nothing() {
                        beaten = Instant::now();
                        self.tell(&account, reader.board(), &change);
                    }
                    is_blind = false;
                    pause
                }
                Err(error) => {
                    tracing::debug!(%account, %error, "the console's viewers cannot be shown what is new");
                    if !is_blind || beaten.elapsed() >= BEAT {
                        beaten = Instant::now();
                        self.tell_blind(&account, reader.board().map(|board| board.at));
                    }
                    is_blind = true;
                    PAUSE
                }
            };
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.let_go(&account);
            }
            goes_on = self.stay(&account, pause).await;
        }
    }

    /// Waits for so long while somebody watches; says whether anybody still does.
    async fn stay(&self, account: &AccountName, pause: Duration) -> bool {
        let began = Instant::now();
        while self.is_watched(account) {
            let left = pause.saturating_sub(began.elapsed());
            if left.is_zero() {
                return true;
            }
            sleep(left.min(NOTICED_WITHIN)).await;
        }
        false
    }

    /// Does anybody watch, and may they? If not, the account is not read any more.
    fn is_watched(&self, account: &AccountName) -> bool {
        let mut all = lock(&self.by_account);
        let Some(watched) = all.get_mut(account) else {
            return false;
        };
        let is_stopping = self.lifecycle.is_stopping();
        if is_stopping {
            let bytes = Bytes::from_static(sse::GOODBYE);
            watched.viewers.send(&Frame { id: None, bytes });
        }
        let goes_on = !is_stopping && watched.viewers.count() > 0;
        if !goes_on {
            all.remove(account);
        }
        goes_on
    }

    fn tell(&self, account: &AccountName, board: Option<&Board>, change: &Change) {
        let Some(board) = board else { return };
        // Made before anybody waits for the lock.
        let decisions = change.decisions.iter();
        let bytes = frame("change", &told(board, &change.parts, decisions));
        let mut all = lock(&self.by_account);
        let Some(watched) = all.get_mut(account) else {
            return;
        };
        // Whoever came before the first look, or while there was nothing to see, has not been told the rest.
        let bytes = match watched.seen {
            Some(_) => bytes,
            None => whole(board),
        };
        watched.seen = Some(Seen {
            board: board.clone(),
            looked: Instant::now(),
        });
        watched.viewers.send(&Frame { id: None, bytes });
    }

    fn tell_blind(&self, account: &AccountName, at: Option<Timestamp>) {
        let at = at.map_or(0, Timestamp::as_millis);
        let bytes = Bytes::from(format!("event: blind\ndata: {{\"at\":{at}}}\n\n"));
        let mut all = lock(&self.by_account);
        if let Some(watched) = all.get_mut(account) {
            watched.seen = None;
            watched.viewers.send(&Frame { id: None, bytes });
        }
    }

    fn let_go(&self, account: &AccountName) {
        if let Some(watched) = lock(&self.by_account).get_mut(account) {
            watched.viewers.look();
        }
    }
}

/// How long is rested after a look that took so long.
fn rest(took: Duration) -> Duration {
    took.saturating_mul(REST).clamp(EVERY, LONGEST)
}

fn told<'a>(
    board: &'a Board,
    parts: &'a Parts,
    decisions: impl Iterator<Item = &'a Item>,
) -> Told<'a> {
    Told {
        at: board.at.as_millis(),
        clock: &board.clock,
        shape: &board.shape,
        parts,
        decisions: decisions.collect(),
    }
}

/// All of a board.
fn whole(board: &Board) -> Bytes {
    let decisions = board.decisions.iter().rev();
    frame("board", &told(board, &board.parts, decisions))
}

/// A frame of server-sent events. JSON has no line breaks outside of its texts, and none inside.
fn frame(event: &str, told: &Told<'_>) -> Bytes {
    let json = serde_json::to_string(told).unwrap_or_default();
    Bytes::from(format!("event: {event}\ndata: {json}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_takes_long_is_taken_more_seldom_but_is_taken() {
        let after = |millis| rest(Duration::from_millis(millis)).as_millis();
        assert_eq!(after(0), 250, "not more often than somebody can see");
        assert_eq!(after(1), 250);
        assert_eq!(after(4), 796);
        assert_eq!(after(20), 3_980);
        assert_eq!(after(26), 5_000, "nor more seldom than somebody will wait");
        assert_eq!(rest(Duration::MAX), LONGEST);
    }
}
