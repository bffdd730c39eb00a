//! Redis servers on ports of their own, as sentinels and clusters need them; killed when dropped.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Cmd, Connection, FromRedisValue, RedisResult};
use tempfile::TempDir;

/// The time limit of everything that servers do among themselves before a test begins: generous, for nothing is
/// promised about it.
const SETTLES_WITHIN: Duration = Duration::from_mins(1);

/// The user of the tests, with the rights that `deploy/redis.acl` gives and no more.
pub(crate) const LOGIN: &str = "ringmaster:change-me@";

/// A server.
#[derive(Debug)]
pub(crate) struct Node {
    process: Child,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Node {
    /// Starts `program` with these arguments, on a port that is free. Another program may take the port first; then it is
    /// another port's turn.
    pub(crate) fn start(program: &str, arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        for _ in 0..5 {
            let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
            let process = Command::new(program)
                .args(arguments(port, folder.path()))
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let process = process.expect("the server runs; install the package redis-server");
            let mut node = Self {
                process,
                port,
                folder,
            };
            if node.is_up() {
                return node;
            }
        }
        panic!("{program} ends as soon as it has started");
    }

    /// A server that keeps nothing on disk, with these arguments beside.
    pub(crate) fn server(more: &[&str]) -> Self {
        Self::start("redis-server", |port, _| plain(port, more))
    }

    fn is_up(&mut self) -> bool {
        let deadline = Instant::now() + SETTLES_WITHIN;
        while Instant::now() < deadline {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            sleep(Duration::from_millis(5));
        }
        panic!("nobody listens at port {}", self.port);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Makes the user of the tests known.
    pub(crate) fn admit(&self) {
        self.ask::<()>(&least_rights());
    }

    /// Has it carry out a command, as an operator would.
    pub(crate) fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        self.try_ask(command).expect("the server does it")
    }

    pub(crate) fn try_ask<T: FromRedisValue>(&self, command: &str) -> RedisResult<T> {
        words(command).query(&mut self.connection()?)
    }

    fn connection(&self) -> RedisResult<Connection> {
        redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?.get_connection()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// The rule that `deploy/redis.acl` documents, as a command.
pub(crate) fn least_rights() -> String {
    let file = std::fs::read_to_string("deploy/redis.acl").unwrap();
    let rule = file.lines().find_map(|line| line.strip_prefix("user "));
    format!("ACL SETUSER {}", rule.unwrap())
}

/// The arguments of a server that keeps nothing on disk.
pub(crate) fn plain(port: u16, more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["--port".to_owned(), port.to_string()];
    let usual = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"];
    arguments.extend(usual.iter().chain(more).map(ToString::to_string));
    arguments
}

/// Tries until it holds.
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + SETTLES_WITHIN;
    while !holds() {
        assert!(Instant::now() < deadline, "still not: {what}");
        sleep(Duration::from_millis(20));
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn words(command: &str) -> Cmd {
    let mut all = command.split(' ');
    let mut command = redis::cmd(all.next().unwrap());
    for word in all {
        command.arg(word);
    }
    command
}
