//! A Redis server of a test's own, on a socket in a temporary folder, killed when dropped.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The time limit of starting: generous, for nothing is promised about it, and a busy machine takes its time.
const STARTS_WITHIN: Duration = Duration::from_mins(2);

/// A running server.
#[derive(Debug)]
pub(crate) struct RedisServer {
    process: Child,
    folder: TempDir,
    /// Does it write down what it is told?
    is_lasting: bool,
}

impl RedisServer {
    /// Starts a server and waits until it takes connections.
    pub(crate) fn start() -> Self {
        Self::started(false)
    }

    /// One that writes all that it is told to a file, as `deploy/redis/redis.conf` has it, and reads it at its next start.
    pub(crate) fn start_lasting() -> Self {
        Self::started(true)
    }

    fn started(is_lasting: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = spawn(&folder, is_lasting);
        let mut server = Self {
            process,
            folder,
            is_lasting,
        };
        server.wait_until_ready();
        server
    }

    /// The address for clients.
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The server's process id, for signals.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Stops the server at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("the server was running");
        self.process.wait().expect("the server can be waited for");
    }

    /// Starts it again at the same address: empty, but for what it has written down.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(&self.folder, self.is_lasting);
        self.wait_until_ready();
    }

    /// Sends a signal by name: `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status();
        assert!(status.expect("kill runs").success());
    }

    /// Has the server carry out a command, as an operator would.
    pub(crate) fn command(&self, words: &[&str]) {
        let client = redis::Client::open(self.url()).expect("a good address");
        let mut connection = client.get_connection().expect("the server runs");
        let mut command = redis::cmd(words.first().expect("a command"));
        for word in words.iter().skip(1) {
            command.arg(word);
        }
        command.exec(&mut connection).expect("the server does it");
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + STARTS_WITHIN;
        while Instant::now() < deadline {
            let ended = self.process.try_wait().expect("the server can be asked");
            assert!(ended.is_none(), "redis-server ended: {ended:?}");
            let client = redis::Client::open(self.url()).expect("a good address");
            let pong = client
                .get_connection()
                .and_then(|mut c| redis::cmd("PING").query::<String>(&mut c));
            if pong.is_ok() {
                return;
            }
            sleep(Duration::from_millis(5));
        }
        panic!("redis-server does not answer");
    }
}

fn spawn(folder: &TempDir, is_lasting: bool) -> Child {
    let appends = if is_lasting { "yes" } else { "no" };
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", appends])
        .arg("--unixsocket")
        .arg(folder.path().join("s"))
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server runs; install the package redis-server")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
