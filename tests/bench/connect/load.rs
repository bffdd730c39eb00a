//! The load: an ordinary HTTP client with connections that stay open, a question at a time on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use crate::{CONNECTIONS, cpu};
use caller::Caller;

mod caller;

/// Threads of the client, as many as there are workers.
const THREADS: usize = 2;

/// Who is asked.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    url: Arc<str>,
}

impl Target {
    /// `path` goes up to where Exotel's parameters begin.
    pub(crate) fn new(address: SocketAddr, path: &str) -> Self {
        Self {
            url: Arc::from(format!("http://{address}{path}")),
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

/// Where the client runs: threads of its own, so that it is not what holds up the faster side.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name(cpu::CLIENT)
        .enable_all()
        .build()?;
    Ok(runtime)
}

/// Asks for so long. The calling thread must not be in a runtime.
pub(crate) fn run(
    runtime: &Runtime,
    target: &Target,
    load: Load,
    lasting: Duration,
) -> anyhow::Result<Answers> {
    let callers = callers(target)?;
    match load {
        Load::Closed => runtime.block_on(closed(callers, lasting)),
        Load::Fixed { per_second } => {
            let (senders, receivers): (Vec<_>, Vec<_>) =
                (0..CONNECTIONS).map(|_| mpsc::unbounded_channel()).unzip();
            thread::scope(|scope| {
                scope.spawn(move || keep_time(&senders, per_second, lasting));
                runtime.block_on(fixed(callers, receivers))
            })
        }
    }
}

/// The body of one good answer.
pub(crate) fn one_answer(target: &Target) -> anyhow::Result<String> {
    runtime()?.block_on(async {
        let (good, body) = Caller::new(target, 0)?.ask().await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        anyhow::ensure!(good, "not three destinations: {body}");
        Ok(body)
    })
}

fn callers(target: &Target) -> anyhow::Result<Vec<Caller>> {
    (0..CONNECTIONS)
        .map(|index| Caller::new(target, index))
        .collect()
}

async fn closed(callers: Vec<Caller>, lasting: Duration) -> anyhow::Result<Answers> {
    let end = Instant::now() + lasting;
    let mut tasks = JoinSet::new();
    for caller in callers {
        tasks.spawn(async move {
            let mut answers = Answers::default();
            let mut now = Instant::now();
            while now < end {
                let (good, _body) = caller.ask().await?;
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
    callers: Vec<Caller>,
    due: Vec<UnboundedReceiver<Instant>>,
) -> anyhow::Result<Answers> {
    let mut tasks = JoinSet::new();
    for (caller, mut due) in callers.into_iter().zip(due) {
        tasks.spawn(async move {
            let mut answers = Answers::default();
            while let Some(moment) = due.recv().await {
                let (good, _body) = caller.ask().await?;
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
