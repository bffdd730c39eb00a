//! Those who watch an account's decisions live, each with a short queue of its own: one that takes nothing any more is let
//! go, and nobody else waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::presence::LogId;

/// So much may wait for a viewer.
const MOST_WAITING: usize = 256;
/// What waits is sent on in pieces of about so many bytes: each costs a worker a turn.
const PIECE: usize = 32 * 1024;
/// So many looks in a row at a viewer who takes nothing of what waits, and it is let go.
const MOST_IDLE: u8 = 2;

/// What is sent to viewers.
#[derive(Clone, Debug)]
pub(in crate::server) struct Frame {
    /// Of a decision, its place in the log.
    pub(in crate::server) id: Option<LogId>,
    pub(in crate::server) bytes: Bytes,
}

/// Somebody who watches, seen from where the frames come from.
#[derive(Debug)]
struct Viewer {
    frames: mpsc::Sender<Frame>,
    taken: Arc<AtomicU64>,
    /// What it had taken at the last look.
    seen: u64,
    idle: u8,
}

/// The same, seen from where the frames go to.
#[derive(Debug)]
pub(in crate::server) struct Viewing {
    frames: mpsc::Receiver<Frame>,
    taken: Arc<AtomicU64>,
    /// Everything up to here was there before; what comes stands behind it.
    pub(in crate::server) from: LogId,
}

impl Viewing {
    /// The next frames that do not stand at or before `skipped`, those that wait in one piece; `None` when there will be none.
    pub(in crate::server) async fn next(&mut self, skipped: LogId) -> Option<Bytes> {
        let is_new = |frame: &Frame| frame.id.is_none_or(|id| id > skipped);
        let first = loop {
            let frame = self.frames.recv().await?;
            if is_new(&frame) {
                break frame.bytes;
            }
        };
        if self.frames.is_empty() {
            return Some(first);
        }
        let mut piece = BytesMut::from(first);
        while piece.len() < PIECE
            && let Ok(frame) = self.frames.try_recv()
        {
            if is_new(&frame) {
                piece.extend_from_slice(&frame.bytes);
            }
        }
        Some(piece.freeze())
    }

    /// Something was sent on.
    pub(in crate::server) fn took(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }
}

/// All who watch one account.
#[derive(Debug, Default)]
pub(in crate::server) struct Viewers(Vec<Viewer>);

impl Viewers {
    /// One more, who gets what comes from now on.
    pub(in crate::server) fn add(&mut self, from: LogId) -> Viewing {
        let (frames, receiver) = mpsc::channel(MOST_WAITING);
        let taken = Arc::new(AtomicU64::new(0));
        self.0.push(Viewer {
            frames,
            taken: Arc::clone(&taken),
            seen: 0,
            idle: 0,
        });
        Viewing {
            frames: receiver,
            taken,
            from,
        }
    }

    /// Sends a frame to all; whoever has no room for it is let go.
    pub(in crate::server) fn send(&mut self, frame: &Frame) {
        self.0
            .retain(|viewer| viewer.frames.try_send(frame.clone()).is_ok());
    }

    /// Lets go who has taken nothing of what waits, look after look.
    pub(in crate::server) fn look(&mut self) {
        self.0.retain_mut(|viewer| {
            let taken = viewer.taken.load(Ordering::Relaxed);
            let is_idle = viewer.frames.capacity() < MOST_WAITING && taken == viewer.seen;
            viewer.idle = if is_idle {
                viewer.idle.saturating_add(1)
            } else {
                0
            };
            viewer.seen = taken;
            viewer.idle < MOST_IDLE
        });
    }

    /// How many are still there.
    pub(in crate::server) fn count(&mut self) -> usize {
        self.0.retain(|viewer| !viewer.frames.is_closed());
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(number: u64) -> Frame {
        Frame {
            id: Some(LogId::new(1, number)),
            bytes: Bytes::from(number.to_string()),
        }
    }

    #[tokio::test]
    async fn one_who_takes_nothing_is_let_go_and_the_others_get_everything() {
        let mut viewers = Viewers::default();
        let _stalled = viewers.add(LogId::default());
        let mut quick = viewers.add(LogId::default());
        for number in 1..=1_000 {
            viewers.send(&frame(number));
            assert_eq!(
                quick.next(LogId::default()).await,
                Some(Bytes::from(number.to_string()))
            );
            quick.took();
        }
        assert_eq!(viewers.count(), 1);
    }

    #[tokio::test]
    async fn one_who_is_silent_while_little_happens_is_let_go_at_the_second_look() {
        let mut viewers = Viewers::default();
        let (_stalled, mut slow) = (viewers.add(LogId::default()), viewers.add(LogId::default()));
        viewers.look();
        viewers.look();
        assert_eq!(viewers.count(), 2, "nothing waited for them");
        for number in 1..=2 {
            viewers.send(&frame(number));
            viewers.look();
            assert!(slow.next(LogId::default()).await.is_some());
            slow.took();
        }
        viewers.look();
        assert_eq!(viewers.count(), 1);
    }

    #[tokio::test]
    async fn what_waits_comes_in_pieces_and_all_of_it() {
        let mut viewers = Viewers::default();
        let mut viewing = viewers.add(LogId::default());
        let bytes = |number: u8| Bytes::from(vec![number; PIECE / 4]);
        for number in 1..=9 {
            let (id, bytes) = (None, bytes(number));
            viewers.send(&Frame { id, bytes });
        }
        let (mut sizes, mut all) = (Vec::new(), Vec::new());
        while sizes.len() < 3 {
            let piece = viewing.next(LogId::default()).await.unwrap();
            sizes.push(piece.len());
            all.extend_from_slice(&piece);
        }
        assert_eq!(sizes, [PIECE, PIECE, PIECE / 4]);
        let sent: Vec<u8> = (1..=9).flat_map(bytes).collect();
        assert_eq!(all, sent);
    }

    #[tokio::test]
    async fn what_a_viewer_has_already_is_passed_over_and_its_leaving_shows() {
        let mut viewers = Viewers::default();
        let mut viewing = viewers.add(LogId::default());
        (1..=3).for_each(|number| viewers.send(&frame(number)));
        let next = viewing.next(LogId::new(1, 2)).await;
        assert_eq!(next, Some(Bytes::from("3")));
        drop(viewing);
        assert_eq!(viewers.count(), 0);
    }
}
