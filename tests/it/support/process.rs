//! `ringmaster serve` as a process of its own, with its files in a temporary folder, killed when dropped.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The time limit of starting: generous, for nothing is promised about it.
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// A child that does not outlive the test.
#[derive(Debug)]
pub(crate) struct Program(pub(crate) Child);

impl Program {
    /// The order to stop that an init system gives.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(&id)
            .status();
        assert!(status.unwrap().success());
    }

    /// The exit code, once it has ended.
    pub(crate) fn exit_code(&mut self, most: Duration) -> Option<i32> {
        let deadline = Instant::now() + most;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            sleep(Duration::from_millis(5));
        }
        panic!("still there after {most:?}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The program with these arguments, its output kept for the test. No setting of the tester's reaches it.
pub(crate) fn ringmaster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringmaster"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server that listens.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    pub(crate) program: Program,
    address: SocketAddr,
    folder: TempDir,
}

impl ServerProcess {
    /// Starts a server with these settings and with these rules for the account `default`.
    pub(crate) fn serve(settings: &str, rules: &str) -> Self {
        Self::serve_folder(settings, |folder| {
            std::fs::create_dir(folder.join("rules")).unwrap();
            std::fs::write(folder.join("rules/default.yaml"), rules).unwrap();
        })
    }

    /// Starts a server with these settings in a folder that has been filled; the rules are in `rules`.
    pub(crate) fn serve_folder(settings: &str, fill: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fill(path);
        let drain = if settings.contains("drain_seconds") {
            ""
        } else {
            "drain_seconds = 0\n"
        };
        let log = if settings.contains("log = ") {
            ""
        } else {
            "log = { format = 'json', filter = 'warn,ringmaster::cli=info,ringmaster::reload=info' }\n"
        };
        let own = format!("listen = '127.0.0.1:0'\n{log}");
        std::fs::write(
            path.join("settings.toml"),
            format!("{own}{drain}{settings}"),
        )
        .unwrap();
        let mut command = ringmaster(&["serve", "--config", "settings.toml"]);
        command.current_dir(path);
        Self::started(command, folder)
    }

    /// Starts a command that serves, with what it logs in this folder.
    pub(crate) fn started(mut command: Command, folder: TempDir) -> Self {
        let path = folder.path();
        let log = std::fs::File::create(path.join("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        let mut program = Program(child.unwrap());
        let address = address_in(path, &mut program);
        Self {
            program,
            address,
            folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The folder in which it was started.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// Waits until the log says where the server listens.
fn address_in(folder: &Path, program: &mut Program) -> SocketAddr {
    let deadline = Instant::now() + STARTS_WITHIN;
    loop {
        let log = std::fs::read_to_string(folder.join("log")).unwrap();
        if let Some(address) = log.lines().find_map(listening) {
            return address;
        }
        let ended = program.0.try_wait().unwrap();
        assert!(ended.is_none(), "the server ended: {ended:?}\n{log}");
        assert!(Instant::now() < deadline, "the server is not up\n{log}");
        sleep(Duration::from_millis(5));
    }
}

fn listening(line: &str) -> Option<SocketAddr> {
    let event: Value = serde_json::from_str(line).ok()?;
    (event.get("message")? == "listening").then_some(())?;
    event.get("address")?.as_str()?.parse().ok()
}
