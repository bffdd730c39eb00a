//! A Redis of the benchmark's own, over TCP as in production, killed when dropped.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tempfile::TempDir;

/// A running server that saves nothing.
pub(crate) struct RedisServer {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl RedisServer {
    /// Starts a server on a free port and waits until it takes connections.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port()
            .to_string();
        let process = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &port,
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server does not run; install the package redis-server")?;
        let url = format!("redis://127.0.0.1:{port}");
        let server = Self {
            process,
            url,
            _folder: folder,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The address for clients.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// For a profiler.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A connection for questions outside the measured time.
    pub(crate) fn connection(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(self.url())?.get_connection()
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match self.connection() {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(error).context("redis-server does not take connections");
                }
                Err(_) => sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _either = self.process.kill();
        let _either = self.process.wait();
    }
}
