//! A stand-in for Exotel's Voice API: it takes requests for calls, over HTTP, and tells what has become of each.
//!
//! Reading order: [`request`] (what is taken, read strictly), [`refusal`] (how no is said), [`book`] (the calls and their
//! state), `body`, `list` (what is written), `http` (the doors). Nothing of the client is used: a fault that both had would
//! hide. The stand-in rings nobody by itself: whoever plays the people asks it what was placed, and tells it how each call
//! goes on.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use crate::clock::{Clock, Timestamp};

mod body;
pub mod book;
mod http;
mod list;
pub mod refusal;
pub mod request;

pub use book::{DueCallback, PlacedCall, Step, VoiceOutcome};
pub use refusal::Refusal;
pub use request::{AskedCall, AskedCallback, CallbackMoment};

use book::Book;

/// A stand-in for Exotel's Voice API. Cheap to clone: all clones are one.
#[derive(Clone, Debug)]
pub struct Exchange {
    book: Arc<Mutex<Book>>,
    clock: Arc<dyn Clock>,
}

/// An exchange that is reached over HTTP.
pub struct Doors {
    /// Where.
    pub address: SocketAddr,
    server: Server,
    handle: ServerHandle,
}

impl Exchange {
    /// One that knows no calls yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let book = Book::new(clock.now());
        Self {
            book: Arc::new(Mutex::new(book)),
            clock,
        }
    }

    /// Opens the doors at this address, with any free port in the place of port 0. Requests are answered when this returns.
    ///
    /// # Errors
    /// When nothing can be listened on there.
    pub fn open(&self, address: SocketAddr) -> io::Result<Doors> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let exchange = self.clone();
        let server = HttpServer::new(move || {
            let exchange = Data::new(exchange.clone());
            App::new().app_data(exchange).configure(http::routes)
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
        Ok(Doors {
            address,
            handle: server.handle(),
            server,
        })
    }

    /// Requests with this custom field are refused so.
    pub fn refuse(&self, custom_field: &str, refusal: Refusal) {
        self.book().refuse(custom_field, refusal);
    }

    /// The calls that were placed with this custom field: one, if whoever asked for them is in order.
    pub fn placed(&self, custom_field: &str) -> Vec<PlacedCall> {
        self.book().placed(custom_field)
    }

    /// Did anybody ask for a call with this custom field, placed or not?
    pub fn has_heard(&self, custom_field: &str) -> bool {
        self.book().has_heard(custom_field)
    }

    /// Is this one of the calls that were placed here?
    pub fn knows(&self, sid: &str) -> bool {
        self.book().entry(sid).is_some()
    }

    /// A call goes on. Gives the reports that are due: those that were asked for.
    pub fn step(&self, sid: &str, step: Step) -> Vec<DueCallback> {
        let now = self.now();
        let mut book = self.book();
        let Some((entry, moment, due)) = book.step(sid, step, now) else {
            return Vec::new();
        };
        let body = body::callback(entry, moment);
        let due = due.into_iter().map(|callback| DueCallback {
            url: callback.url,
            body: body.clone(),
        });
        due.collect()
    }

    /// The calls that whoever looked them up has learnt to be over, since this was asked last.
    pub fn learnt_to_be_over(&self) -> BTreeSet<String> {
        self.book().take_learnt()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A book in which somebody panicked while writing is still the only one there is.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Doors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Doors");
        shown
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Doors {
    /// Does what is to be done while the doors are open, and closes them.
    ///
    /// # Errors
    /// When the server ends by itself.
    pub async fn open_during<T>(self, what: impl Future<Output = T>) -> io::Result<T> {
        let Self { server, handle, .. } = self;
        let done = async {
            let done = what.await;
            handle.stop(false).await;
            done
        };
        let (ended, done) = tokio::join!(server, done);
        ended.map(|()| done)
    }
}
