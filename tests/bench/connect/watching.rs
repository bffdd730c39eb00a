//! Who watches: viewers of the decision stream, and Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, Response};
use tokio::runtime::Runtime;

use crate::service::{TOKEN, USUAL};
use crate::{load, say};

/// More often than Prometheus reads.
const SCRAPE_EVERY: Duration = Duration::from_secs(1);

/// Viewers that read all they are sent, and a reader of the metrics, until this is dropped.
pub(crate) struct Watching {
    read: Arc<AtomicU64>,
    scrapes: Arc<AtomicU64>,
    viewers: u64,
    _readers: Runtime,
}

impl Watching {
    /// So many viewers, each of which is let in.
    pub(crate) fn start(address: SocketAddr, viewers: u64) -> anyhow::Result<Self> {
        let readers = load::runtime()?;
        let (read, scrapes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let client = Client::new();
        let stream = format!("http://{address}/v1/accounts/{USUAL}/decisions/stream");
        for _ in 0..viewers {
            let asked = client.get(&stream).bearer_auth(TOKEN).send();
            let response = readers.block_on(asked)?.error_for_status()?;
            readers.spawn(watch(response, Arc::clone(&read)));
        }
        let metrics = format!("http://{address}/metrics");
        readers.spawn(scrape(
            client,
            metrics,
            Arc::clone(&read),
            Arc::clone(&scrapes),
        ));
        Ok(Self {
            read,
            scrapes,
            viewers,
            _readers: readers,
        })
    }

    /// Says how much they have read.
    pub(crate) fn said(&self) -> anyhow::Result<()> {
        let read = self.read.load(Ordering::Relaxed) / self.viewers / 1_000;
        let scrapes = self.scrapes.load(Ordering::Relaxed);
        say(&format!(
            "each viewer read {read} kB; the metrics were read {scrapes} times"
        ))
    }
}

async fn watch(mut response: Response, read: Arc<AtomicU64>) -> anyhow::Result<()> {
    while let Some(chunk) = response.chunk().await? {
        read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }
    anyhow::bail!("the stream has ended")
}

/// Reads the metrics while there is something new to see, which is while that side is loaded.
async fn scrape(
    client: Client,
    metrics: String,
    read: Arc<AtomicU64>,
    scrapes: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let mut before = 0;
    loop {
        tokio::time::sleep(SCRAPE_EVERY).await;
        let now = read.load(Ordering::Relaxed);
        if now != before {
            before = now;
            let answer = client.get(&metrics).send().await?.error_for_status()?;
            answer.bytes().await.context("the metrics")?;
            scrapes.fetch_add(1, Ordering::Relaxed);
        }
    }
}
