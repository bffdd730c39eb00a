//! Streams that are opened with a session go on for hours, and end when it does.
//!
//! Who signs out is told of to all streams of this instance, so those of theirs end at once. On another instance, and when a
//! session ends in any other way, a stream sees it by looking at the session, every few seconds. That it does so keeps the
//! session in use.

use std::pin::pin;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::time::{Instant, sleep, timeout};

use super::session::Session;
use crate::server::context::Context;

/// How often a stream looks whether its session is still there: for so long at most it goes on after that has ended elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How often the session is kept from ending.
const RENEW_EVERY: Duration = Duration::from_mins(1);
/// A look that takes longer than this has seen nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many ends may wait to be heard of; a stream that has missed some looks for itself.
const MOST_WAITING: usize = 64;

/// Where streams hear that somebody has signed out here.
#[derive(Debug)]
pub(super) struct Endings(Sender<String>);

impl Default for Endings {
    fn default() -> Self {
        Self(Sender::new(MOST_WAITING))
    }
}

impl Endings {
    /// This session has ended.
    pub(super) fn tell(&self, session: &Session) {
        // Nobody may be listening.
        let _heard = self.0.send(session.note());
    }
}

/// The session of a stream.
pub(in crate::server) struct Lasting {
    session: Session,
    context: Data<Context>,
    endings: Receiver<String>,
    is_over: bool,
    /// When it was last seen that it is still there.
    looked: Option<Instant>,
    renewed: Instant,
}

impl Lasting {
    /// That of the request, which was let in by it; none for one that was let in by a token.
    pub(in crate::server) fn of(request: &HttpRequest, context: &Data<Context>) -> Option<Self> {
        if request.headers().contains_key(AUTHORIZATION) {
            return None;
        }
        Some(Self {
            session: Session::of(request)?,
            endings: context.boards()?.endings().0.subscribe(),
            context: context.clone(),
            is_over: false,
            // It may have ended since it was found.
            looked: None,
            renewed: Instant::now(),
        })
    }

    /// Returns when it is time to look.
    async fn due(&mut self) {
        let note = self.session.note();
        while !self.is_over {
            let since = self.looked.map_or(LOOK_EVERY, |looked| looked.elapsed());
            tokio::select! {
                () = sleep(LOOK_EVERY.saturating_sub(since)) => return,
                told = self.endings.recv() => match told {
                    Ok(ended) => self.is_over = ended == note,
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => self.is_over = true,
                },
            }
        }
    }

    /// Has the session ended? A store that does not answer ends nobody's.
    async fn look(&mut self) -> bool {
        if self.is_over {
            return true;
        }
        self.looked = Some(Instant::now());
        let store = self.context.store();
        let is_there = if self.renewed.elapsed() >= RENEW_EVERY {
            self.renewed = Instant::now();
            timeout(PATIENCE, self.session.renew(store)).await
        } else {
            let found = timeout(PATIENCE, self.session.find(store)).await;
            found.map(|found| found.map(|mark| mark.is_some()))
        };
        matches!(is_there, Ok(Ok(false)))
    }
}

/// What `next` comes to, or `None` when the session is over before that.
pub(in crate::server) async fn unless_over<T>(
    lasting: &mut Option<Lasting>,
    next: impl Future<Output = Option<T>>,
) -> Option<T> {
    let Some(lasting) = lasting else {
        return next.await;
    };
    let mut next = pin!(next);
    loop {
        tokio::select! {
            // A stream that always has something to send looks all the same.
            biased;
            () = lasting.due() => if lasting.look().await { return None; },
            it = &mut next => return it,
        }
    }
}
