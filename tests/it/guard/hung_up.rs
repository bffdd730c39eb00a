//! Whoever asks for a change and hangs up before it is made: it is made all the same, and written down.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::desk::rules;
use crate::support::process::ServerProcess;
use crate::support::redis::RedisServer;

/// Long enough for a server to notice that a connection is gone.
const A_MOMENT: Duration = Duration::from_millis(300);

fn settings(redis: &RedisServer) -> String {
    format!(
        "log = {{ format = 'json', filter = 'warn,audit=info,ringmaster::cli=info' }}\n\
        store = {{ kind = 'redis', url = '{}', command_timeout_ms = 20000 }}\n\
        metrics = {{ agents_seconds = 0 }}\n\
        workers = 1\n\
        [accounts.default]\n\
        keys = ['key']\n\
        tokens = 'admin(anita):boss'\n",
        redis.url()
    )
}

/// The audit so far, one word for what was done to whom, and one for what came of it.
fn audit(server: &ServerProcess) -> Vec<String> {
    let log = server.log();
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let shown = |event: Value| {
        let word = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
        ["action", "agent", "outcome"].map(word).join(" ")
    };
    events
        .filter(|event| event["target"] == "audit")
        .map(shown)
        .collect()
}

async fn audit_of(server: &ServerProcess, lines: usize) -> Vec<String> {
    for _ in 0..2_000 {
        if audit(server).len() >= lines {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    audit(server)
}

/// So many clients wait for Redis to go on.
fn blocked(redis: &RedisServer) -> usize {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut info = redis::cmd("INFO");
    let info: String = info.arg("clients").query(&mut connection).unwrap();
    let count = info
        .lines()
        .find_map(|line| line.strip_prefix("blocked_clients:"));
    count.unwrap().trim().parse().unwrap()
}

/// A request whose sender is gone as soon as the connection is closed, without waiting for an answer.
async fn ask(server: &ServerProcess, method: &str, path: &str, body: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.set_zero_linger().unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} /v1/accounts/default{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer boss\r\n\
        Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_change_is_made_and_written_down_though_nobody_waits_for_it() {
    let redis = RedisServer::start();
    let server = ServerProcess::serve(&settings(&redis), &rules(1));
    let agent = |id: &str| json!({ "id": id, "name": "Asha", "destinations": [format!("sip:{id}")], "groups": ["sales"] });
    let url = server.url("/v1/accounts/default/agents");
    let put = Client::new().put(&url).bearer_auth("boss");
    let both = json!([agent("asha"), agent("bilal"), agent("chitra")]);
    assert_eq!(put.json(&both).send().await.unwrap().status(), 200);
    assert_eq!(audit_of(&server, 3).await.len(), 3);

    redis.command(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    let mut devi = agent("devi");
    devi.as_object_mut().unwrap().remove("id");
    let away = json!({ "status": "on_break", "reason": "lunch" });
    let changes = [
        ("PUT", "/agents/devi", devi),
        ("PUT", "/agents", json!([agent("esha")])),
        ("PUT", "/agents/asha/presence", away),
        ("POST", "/agents/chitra/release", json!({})),
        ("DELETE", "/agents/bilal", json!({})),
        ("DELETE", "/callers/+919812399999", json!({})),
    ];
    let mut asked = Vec::new();
    for (method, path, body) in &changes {
        asked.push(ask(&server, method, path, body).await);
    }
    for _ in 0..2_000 {
        if blocked(&redis) >= changes.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(blocked(&redis) >= changes.len(), "all are on their way");
    drop(asked);
    tokio::time::sleep(A_MOMENT).await;
    assert_eq!(audit(&server).len(), 3, "nothing is done yet");
    redis.command(&["CLIENT", "UNPAUSE"]);

    let lines = audit_of(&server, 9).await;
    let lines: BTreeSet<_> = lines.iter().skip(3).map(String::as_str).collect();
    insta::assert_debug_snapshot!(lines, @r#"
    {
        "agent-put devi done",
        "agent-put esha done",
        "agent-released chitra done",
        "agent-removed bilal done",
        "caller-erased - done",
        "presence-set asha done",
    }
    "#);
    let agents = Client::new().get(&url).bearer_auth("boss").send();
    let agents = agents.await.unwrap().text().await.unwrap();
    let is_there = ["asha", "bilal", "chitra", "devi", "esha"].map(|id| agents.contains(id));
    assert_eq!(is_there, [true, false, true, true, true], "{agents}");
    assert_eq!(audit(&server).len(), 9, "each of them once");
}
