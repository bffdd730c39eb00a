//! A way to a server that a test can make bad: slow, cut, or half open, where one side believes in a connection of which
//! the other knows nothing. It runs on a thread of its own and ends when dropped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What the way is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// As if it were not there.
    Clear,
    /// Every reply comes so much later.
    SlowReplies(Duration),
    /// Every request comes so much later.
    SlowRequests(Duration),
    /// Nothing comes through; all of it does when this is over.
    Frozen,
    /// Connections are taken, and what comes on them is lost. Those that meet this are dead for good, and nobody is told.
    LosesRequests,
    /// The same with what the server says.
    LosesReplies,
    /// All connections end, and new ones as soon as they are made.
    Cut,
}

/// What becomes of some bytes at a moment.
enum Treatment {
    Passes,
    Late(Duration),
    Waits,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Requests,
    Replies,
}

impl Weather {
    fn treats(self, direction: Direction) -> Treatment {
        match (self, direction) {
            (Self::SlowReplies(by), Direction::Replies)
            | (Self::SlowRequests(by), Direction::Requests) => Treatment::Late(by),
            (Self::LosesRequests, Direction::Requests)
            | (Self::LosesReplies, Direction::Replies)
            | (Self::Cut, _) => Treatment::Lost,
            (Self::Frozen, _) => Treatment::Waits,
            (
                Self::Clear
                | Self::SlowReplies(_)
                | Self::SlowRequests(_)
                | Self::LosesRequests
                | Self::LosesReplies,
                _,
            ) => Treatment::Passes,
        }
    }
}

/// A listener in front of a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts one, in clear weather, in front of the server at this socket.
    pub(crate) fn start(server: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel(Weather::Clear);
        let (stop, stopped) = oneshot::channel();
        let server = server.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = serve(listener, server, seen) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            weather,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The address for clients of a Redis.
    pub(crate) fn redis_url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Makes the way like this from now on.
    pub(crate) fn becomes(&self, weather: Weather) {
        self.weather.send(weather).unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _panicked = self.thread.take().map(JoinHandle::join);
    }
}

async fn serve(listener: TcpListener, server: PathBuf, weather: watch::Receiver<Weather>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted.unwrap();
                connections.spawn(carry(client, server.clone(), weather.clone()));
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// One connection, until either side ends it or the weather does.
async fn carry(client: TcpStream, server: PathBuf, weather: watch::Receiver<Weather>) {
    client.set_nodelay(true).unwrap();
    let Ok(server) = UnixStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut end = weather.clone();
    let requests = (Direction::Requests, weather.clone());
    let replies = (Direction::Replies, weather);
    tokio::select! {
        () = pass_on(from_client, to_server, requests) => {}
        () = pass_on(from_server, to_client, replies) => {}
        _ = end.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

/// One direction of a connection.
async fn pass_on(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    (direction, weather): (Direction, watch::Receiver<Weather>),
) {
    let (sender, receiver) = unbounded_channel();
    tokio::select! {
        () = read(from, sender) => {}
        () = write(receiver, to, direction, weather) => {}
    }
}

type Piece = (Instant, Vec<u8>);

async fn read(mut from: impl AsyncRead + Unpin, pieces: UnboundedSender<Piece>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if pieces
            .send((Instant::now(), bytes[..length].to_vec()))
            .is_err()
        {
            return;
        }
    }
}

async fn write(
    mut pieces: UnboundedReceiver<Piece>,
    mut to: impl AsyncWrite + Unpin,
    direction: Direction,
    mut weather: watch::Receiver<Weather>,
) {
    let mut is_dead = false;
    while let Some((at, bytes)) = pieces.recv().await {
        is_dead = is_dead || !arrives(at, direction, &mut weather).await;
        if !is_dead && to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Waits until bytes that were sent at this moment are to be passed on; `false` when they are lost.
async fn arrives(
    at: Instant,
    direction: Direction,
    weather: &mut watch::Receiver<Weather>,
) -> bool {
    loop {
        let now = *weather.borrow_and_update();
        let until = match now.treats(direction) {
            Treatment::Passes => return true,
            Treatment::Lost => return false,
            Treatment::Late(by) => Some(at + by),
            Treatment::Waits => None,
        };
        let time_comes = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_comes => return true,
            changed = weather.changed() => if changed.is_err() { return false },
        }
    }
}
