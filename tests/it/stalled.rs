//! Whoever takes nothing of what is sent: the connection goes, and keeps nobody from stopping.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::office::Office;
use crate::support::process::ServerProcess;

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
queues:
  everybody: { agents: {} }
rules:
  - targets: [{ queue: everybody }]
fallback: { numbers: ['+911140009999'] }
";
/// Twenty seconds, and what a busy machine may add.
const SOON: Duration = Duration::from_secs(35);
const AGENTS: &str = "/v1/accounts/default/agents";
const LIVE: &str = "/v1/accounts/default/live";

/// A service with much to tell, that would wait long for those whom it tells.
async fn office() -> Office {
    let office = Office::in_memory("drain_seconds = 0\nshutdown_grace_seconds = 60\n", RULES);
    let agents: Vec<_> = (0..400)
        .map(|n| json!({ "id": format!("agent-{n}"), "name": "A", "destinations": [format!("sip:agent-{n}")] }))
        .collect();
    office
        .admin(Method::PUT, "/agents", Some(json!(agents)))
        .await;
    office
}

/// Asks for all this and reads nothing.
async fn stalled(address: SocketAddr, paths: impl Iterator<Item = &str>) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    for path in paths {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer boss\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
    }
    stream
}

/// The server's end of a connection, as the kernel has it.
#[derive(Debug, PartialEq, Eq)]
struct End {
    /// Written, and not taken.
    waiting: u64,
    inode: String,
}

fn end(stream: &TcpStream) -> Option<End> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let (server, client) = (stream.peer_addr().unwrap(), stream.local_addr().unwrap());
    let ends =
        |field: &str, address: SocketAddr| field.ends_with(&format!(":{:04X}", address.port()));
    let lines = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut lines = lines.filter(|fields| fields.len() > 9);
    let fields = lines.find(|fields| ends(fields[1], server) && ends(fields[2], client))?;
    let (waiting, _) = fields[4].split_once(':').unwrap();
    Some(End {
        waiting: u64::from_str_radix(waiting, 16).unwrap(),
        inode: fields[9].to_owned(),
    })
}

/// The server's end once nothing of what it has written is taken any more.
async fn full(stream: &TcpStream) -> End {
    let deadline = Instant::now() + SOON;
    let mut before: Option<End> = None;
    loop {
        match (end(stream), before) {
            (Some(now), Some(before)) if now.waiting > 0 && before == now => return now,
            // A busy machine may be late to look.
            (None, Some(before)) if before.waiting > 0 => return before,
            (now, _) => before = now,
        }
        assert!(Instant::now() < deadline, "it is taken: {before:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn has_descriptor(process: &ServerProcess, end: &End) -> bool {
    let folder = format!("/proc/{}/fd", process.program.0.id());
    let wanted = format!("socket:[{}]", end.inode);
    let mut files = std::fs::read_dir(folder).unwrap().flatten();
    files.any(|file| {
        let target = std::fs::read_link(file.path());
        target.is_ok_and(|target| target == Path::new(&wanted))
    })
}

#[tokio::test]
async fn a_viewer_who_takes_nothing_loses_the_connection_and_with_it_goes_the_descriptor() {
    let office = office().await;
    let process = &office.processes[0];
    let stream = stalled(process.address(), [LIVE].into_iter()).await;
    let end = full(&stream).await;
    assert!(has_descriptor(process, &end), "it is the server's");
    let began = Instant::now();
    while has_descriptor(process, &end) {
        assert!(began.elapsed() < SOON, "the descriptor is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn those_who_take_nothing_do_not_keep_a_process_from_stopping() {
    let mut office = office().await;
    let address = office.processes[0].address();
    let mut streams = Vec::new();
    for _ in 0..3 {
        // More than the kernel takes in on the way, so that the server itself waits.
        let paths = std::iter::repeat_n(AGENTS, 100).chain([LIVE]);
        streams.push(stalled(address, paths).await);
    }
    for stream in &streams {
        full(stream).await;
    }
    let process = &mut office.processes[0];
    process.program.terminate();
    let code = process.program.exit_code(SOON);
    assert_eq!(code, Some(0), "{}", process.log());
}
