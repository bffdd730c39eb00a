//! Stopping: what is in flight is answered.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::office::Office;
use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = "POST /exotel/default/connect?key=key&CallSid=one HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // Asked for the body, so the request is in flight.
    let mut asked = vec![0; CONTINUE.len()];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(asked, CONTINUE);
    let address = server.address();
    let stop = server.running.stop();
    let finish = async {
        // Time for the stop to begin. On a busy machine it may be too short, and the test then shows less.
        tokio::time::sleep(Duration::from_millis(30)).await;
        stream.write_all(b"To=01135124157").await.unwrap();
        let mut answer = vec![0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned()
    };
    let ((), answer) = tokio::join!(stop, finish);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody else is let in"
    );
}

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
queues:
  everybody: { agents: {} }
rules:
  - targets: [{ queue: everybody }]
fallback: { numbers: ['+911140009999'] }
";

/// A connection that the process has taken, for it has answered on it.
async fn connected(office: &Office) -> TcpStream {
    let mut stream = TcpStream::connect(office.processes[0].address())
        .await
        .unwrap();
    let answer = asked(&mut stream, "/livez").await;
    assert!(answer.ends_with("ok"), "{answer}");
    stream
}

async fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Reads one short answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let mut length = 0;
    loop {
        let read = stream.read(&mut bytes[length..]).await.unwrap();
        length += read;
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        if read == 0 || text.ends_with("ok") || text.ends_with('}') {
            return text;
        }
    }
}

async fn asked(stream: &mut TcpStream, path: &str) -> String {
    send(stream, path).await;
    answer(stream).await
}

/// A frozen Redis keeps them waiting for the whole deadline, which is when the order to stop comes.
#[tokio::test]
async fn a_process_told_to_stop_answers_all_that_are_waiting_and_ends_well() {
    let redis = RedisServer::start();
    let mut office = Office::on_redis(1, &redis, "answer_deadline_ms = 2000\n", RULES);
    redis.signal("STOP");
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(connected(&office).await);
    }
    for (call, stream) in streams.iter_mut().enumerate() {
        send(
            stream,
            &format!("/ccm-programmable-connect?key=key&CallSid=c{call}"),
        )
        .await;
    }
    // One thread answers: what came before these has been begun when they are answered.
    for _ in 0..3 {
        connected(&office).await;
    }
    office.processes[0].program.terminate();
    for stream in &mut streams {
        let answer = answer(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
        assert!(answer.contains("+911140009999"), "{answer:?}");
    }
    let process = &mut office.processes[0];
    let code = process.program.exit_code(Duration::from_secs(30));
    assert_eq!(code, Some(0), "{}", process.log());
    let late = TcpStream::connect(process.address()).await;
    assert!(late.is_err(), "nobody is let in any more");
}

/// Load balancers keep connections open; they must not hold up an end, nor turn it into a failure.
#[tokio::test]
async fn a_process_with_idle_connections_ends_well_within_its_grace() {
    let mut office = Office::in_memory("shutdown_grace_seconds = 20\n", RULES);
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(connected(&office).await);
    }
    let process = &mut office.processes[0];
    process.program.terminate();
    let code = process.program.exit_code(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{}", process.log());
}

/// Callers who come while it drains, each by a connection of their own, until shortly before the drain is over.
#[tokio::test]
async fn while_a_process_drains_nobody_is_turned_away() {
    const DRAIN: Duration = Duration::from_secs(3);
    let mut office = Office::in_memory("drain_seconds = 3\n", RULES);
    let address = office.processes[0].address();
    let told = Instant::now();
    office.processes[0].program.terminate();
    let caller = async |caller: usize| {
        let mut answered = 0;
        while told.elapsed() < DRAIN.mul_f32(0.7) {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let path = format!("/ccm-programmable-connect?key=key&CallSid=c{caller}-{answered}");
            let answer = asked(&mut stream, &path).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
            answered += 1;
        }
        answered
    };
    let answered: usize = join_all((0..8).map(caller)).await.into_iter().sum();
    assert!(answered > 50, "{answered}");
    let process = &mut office.processes[0];
    let ready = reqwest::get(process.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), 503);
    let code = process.program.exit_code(Duration::from_secs(30));
    assert_eq!(code, Some(0), "{}", process.log());
    assert!(told.elapsed() >= DRAIN, "it did not end before its time");
}

/// Whoever keeps a connection open is told with an answer that it is the last, so that nothing is sent into the end of it.
#[tokio::test]
async fn while_a_process_drains_each_answer_is_the_last_on_its_connection() {
    let mut office = Office::in_memory("drain_seconds = 600\n", RULES);
    let path = "/ccm-programmable-connect?key=key&CallSid=kept";
    let mut kept = connected(&office).await;
    let before = asked(&mut kept, path).await;
    assert!(!before.to_lowercase().contains("connection: close"));
    office.processes[0].program.terminate();
    let mut ready = String::new();
    while !ready.starts_with("HTTP/1.1 503") {
        ready = asked(&mut connected(&office).await, "/readyz").await;
    }
    let unsigned = "/v1/accounts/default/queues";
    for path in [path, "/exotel/default/events?key=key", unsigned] {
        let mut stream = connected(&office).await;
        send(&mut stream, path).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(head.contains("\r\nconnection: close"), "{path}: {answer}");
    }
    let answer = asked(&mut kept, path).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let process = &mut office.processes[0];
    process.program.terminate();
    let code = process.program.exit_code(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{}", process.log());
}

/// A load balancer sees the end coming, and sends nothing more, before anything is refused.
#[tokio::test]
async fn on_sigterm_a_process_drains_before_it_lets_nobody_in() {
    let mut office = Office::in_memory("drain_seconds = 600\n", RULES);
    drop(connected(&office).await);
    office.processes[0].program.terminate();
    let mut ready = String::from("HTTP/1.1 200");
    while ready.starts_with("HTTP/1.1 200") {
        let mut stream = connected(&office).await;
        ready = asked(&mut stream, "/readyz").await;
    }
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    let mut stream = connected(&office).await;
    let path = "/ccm-programmable-connect?key=key&CallSid=late";
    let answer = asked(&mut stream, path).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // A second signal comes from somebody who doesn't want to wait.
    let process = &mut office.processes[0];
    process.program.terminate();
    let code = process.program.exit_code(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{}", process.log());
}
