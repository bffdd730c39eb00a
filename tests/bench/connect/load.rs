//! The load: HTTP/1.1 over connections that stay open, written by hand so that it costs far less than what it measures.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use crate::CONNECTIONS;
use connection::Connection;

mod connection;

/// Who is asked.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    address: SocketAddr,
    path: Arc<str>,
}

impl Target {
    /// `path` goes up to where Exotel's parameters begin.
    pub(crate) fn new(address: SocketAddr, path: &str) -> Self {
        Self {
            address,
            path: Arc::from(path),
        }
    }
}

/// How it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// Each connection asks again as soon as it has its answer.
    Closed,
    /// Questions are due at fixed moments, however long the answers take.
    Fixed {
        /// How many.
        per_second: f64,
    },
}

/// What came of one round.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// How long each answer took; at a fixed rate, from the moment at which its question was due.
    pub(crate) latencies: Vec<Duration>,
    /// How many were not 200 with three destinations.
    pub(crate) wrong: usize,
}

impl Answers {
    fn add(&mut self, good: bool, took: Duration) {
        self.latencies.push(took);
        self.wrong += usize::from(!good);
    }
}

/// Asks for so long, on the calling thread, which must not be in a runtime.
pub(crate) fn run(target: &Target, load: Load, lasting: Duration) -> anyhow::Result<Answers> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let connections = runtime.block_on(open(target))?;
    match load {
        Load::Closed => runtime.block_on(closed(connections, lasting)),
        Load::Fixed { per_second } => {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..CONNECTIONS).map(|_| mpsc::unbounded_channel()).unzip();
            thread::scope(|scope| {
                scope.spawn(move || keep_time(&senders, per_second, lasting));
                runtime.block_on(fixed(connections, receivers))
            })
        }
    }
}

/// The body of one good answer.
pub(crate) fn one_answer(target: &Target) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(target, 0).await?;
        let good = connection.ask().await?;
        let body = connection.body().to_owned();
        good.then_some(body.clone())
            .with_context(|| format!("not three destinations: {body}"))
    })
}

async fn open(target: &Target) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for index in 0..CONNECTIONS {
        connections.push(Connection::open(target, index).await?);
    }
    Ok(connections)
}

async fn closed(connections: Vec<Connection>, lasting: Duration) -> anyhow::Result<Answers> {
    let end = Instant::now() + lasting;
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        tasks.spawn(async move {
            let mut answers = Answers::default();
            let mut now = Instant::now();
            while now < end {
                let good = connection.ask().await?;
                let then = Instant::now();
                answers.add(good, then - now);
                now = then;
            }
            Ok(answers)
        });
    }
    joined(tasks).await
}

async fn fixed(
    connections: Vec<Connection>,
    due: Vec<UnboundedReceiver<Instant>>,
) -> anyhow::Result<Answers> {
    let mut tasks = JoinSet::new();
    for (mut connection, mut due) in connections.into_iter().zip(due) {
        tasks.spawn(async move {
            let mut answers = Answers::default();
            while let Some(moment) = due.recv().await {
                let good = connection.ask().await?;
                answers.add(good, moment.elapsed());
            }
            Ok(answers)
        });
    }
    joined(tasks).await
}

/// Hands out questions in turns at the moments when they are due. A thread, because a runtime's timers know
/// milliseconds only.
fn keep_time(connections: &[mpsc::UnboundedSender<Instant>], per_second: f64, lasting: Duration) {
    let start = Instant::now();
    let pause = Duration::from_secs_f64(1.0 / per_second);
    let (mut after, mut turn) = (Duration::ZERO, connections.iter().cycle());
    while after < lasting {
        thread::sleep(after.saturating_sub(start.elapsed()));
        let connection = turn.next().expect("a cycle does not end");
        if connection.send(start + after).is_err() {
            return;
        }
        after += pause;
    }
}

async fn joined(mut tasks: JoinSet<anyhow::Result<Answers>>) -> anyhow::Result<Answers> {
    let mut all = Answers::default();
    while let Some(one) = tasks.join_next().await {
        let one = one??;
        all.latencies.extend(one.latencies);
        all.wrong += one.wrong;
    }
    Ok(all)
}
