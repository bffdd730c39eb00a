//! Who watches: viewers of the decision stream and of the console, and Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, Response};
use tokio::runtime::Runtime;

use crate::load::Target;
use crate::service::{TOKEN, USUAL};
use crate::{load, say, service};

/// More often than Prometheus reads.
const SCRAPE_EVERY: Duration = Duration::from_secs(1);
/// The streams, which as many watch.
const STREAMS: [&str; 2] = ["decisions/stream", "live"];
/// Until the service has noticed that nobody watches any more, and reads nothing for them: it must have failed to send something
/// twice, and the console's reader may rest for five seconds between.
const NOTICED_WITHIN: u32 = 12;
/// The lowest: viewers sit elsewhere, and what it costs to be one is not the service's.
const PRIORITY: i32 = 19;

/// Those who watch a service whenever they are asked to.
pub(crate) struct Audience {
    address: SocketAddr,
    viewers: usize,
    read: Arc<[AtomicU64; STREAMS.len()]>,
    scrapes: Arc<AtomicU64>,
}

/// Viewers that read all they are sent, and a reader of the metrics, until this is dropped.
pub(crate) struct Watching {
    readers: Option<Runtime>,
    target: Target,
}

impl Audience {
    /// So many.
    pub(crate) fn of(address: SocketAddr, viewers: usize) -> Self {
        Self {
            address,
            viewers,
            read: Arc::default(),
            scrapes: Arc::default(),
        }
    }

    /// They begin; each is let in.
    pub(crate) fn watch(&self) -> anyhow::Result<Watching> {
        let readers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .on_thread_start(step_back)
            .build()?;
        let client = Client::new();
        for viewer in 0..self.viewers {
            let which = viewer % STREAMS.len();
            let url = format!(
                "http://{}/v1/accounts/{USUAL}/{}",
                self.address, STREAMS[which]
            );
            let asked = client.get(url).bearer_auth(TOKEN).send();
            let response = readers.block_on(asked)?.error_for_status()?;
            readers.spawn(watch(response, Arc::clone(&self.read), which));
        }
        let metrics = format!("http://{}/metrics", self.address);
        readers.spawn(scrape(client, metrics, Arc::clone(&self.scrapes)));
        Ok(Watching {
            readers: Some(readers),
            target: Target::new(self.address, &service::path(USUAL)),
        })
    }

    /// Says how much they have read, and fails when somebody has seen nothing.
    pub(crate) fn said(&self) -> anyhow::Result<()> {
        for (stream, read) in STREAMS.iter().zip(&*self.read) {
            let read = read.load(Ordering::Relaxed) / 1_000;
            anyhow::ensure!(read > 0, "nobody has seen anything of {stream}");
            say(&format!("of {stream} the viewers read {read} kB together"))?;
        }
        let scrapes = self.scrapes.load(Ordering::Relaxed);
        anyhow::ensure!(scrapes > 0, "nobody has read the metrics");
        say(&format!("the metrics were read {scrapes} times"))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(readers) = self.readers.take() {
            readers.shutdown_background();
            for _ in 0..NOTICED_WITHIN {
                // A decision, so that there is something to send.
                let _either = load::one_answer(&self.target);
                sleep(Duration::from_secs(1));
            }
        }
    }
}

/// Of this thread alone, which only Linux can.
fn step_back() {
    if cfg!(target_os = "linux") {
        rustix::process::setpriority_process(None, PRIORITY).expect("anybody may step back");
    }
}

async fn watch(
    mut response: Response,
    read: Arc<[AtomicU64; STREAMS.len()]>,
    which: usize,
) -> anyhow::Result<()> {
    while let Some(chunk) = response.chunk().await? {
        read[which].fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }
    anyhow::bail!("the stream has ended")
}

async fn scrape(client: Client, metrics: String, scrapes: Arc<AtomicU64>) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(SCRAPE_EVERY).await;
        let answer = client.get(&metrics).send().await?.error_for_status()?;
        answer.bytes().await.context("the metrics")?;
        scrapes.fetch_add(1, Ordering::Relaxed);
    }
}
