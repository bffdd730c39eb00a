//! An instance is frozen for some seconds, as when its machine is moved, and thawed: whoever has asked it meanwhile gets an
//! answer, not an error.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::IN_TIME;
use super::house::{House, instance, settings};
use super::load::signal;
use crate::support::redis::RedisServer;

/// Longer than a web server waits by habit for the first request on a connection.
const FROZEN_FOR: Duration = Duration::from_secs(6);
const CONNECTIONS: usize = 10;

/// One fetch on a connection that is there already: what is answered, or nothing where it is closed.
async fn fetch(stream: &mut TcpStream, call: usize) -> String {
    let path = format!("/ccm-programmable-connect?key=key&CallSid=thawed-{call}&digits=%221%22");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut answer))
        .await
        .expect("an end within ten seconds")
        .unwrap();
    answer
}

async fn connect(address: std::net::SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn whoever_asked_an_instance_while_it_was_frozen_gets_an_answer() {
    let redis = RedisServer::start();
    let house = House::of(vec![instance(&settings(0, &redis.url()))]).await;
    let one = &house.instances[0];
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        streams.push(connect(one.address()).await);
    }
    // The instance has taken these connections, and waits for what is asked on them.
    sleep(Duration::from_millis(300)).await;
    let process = one.program.0.id();
    signal(process, "STOP").await;
    sleep(FROZEN_FOR).await;
    for _ in 0..CONNECTIONS {
        streams.push(connect(one.address()).await);
    }
    let asking = streams.iter_mut().enumerate().map(async |(call, stream)| {
        let asked = Instant::now();
        (fetch(stream, call).await, asked.elapsed())
    });
    let thawing = async {
        sleep(Duration::from_millis(100)).await;
        signal(process, "CONT").await;
    };
    let asking = futures_util::future::join_all(asking);
    let (answers, ()) = futures_util::future::join(asking, thawing).await;
    for (call, (answer, took)) in answers.iter().enumerate() {
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "fetch {call}: {answer:?}"
        );
        assert!(*took < IN_TIME, "fetch {call} took {took:?}");
    }
    // And for a moment after, while its idea of the time may be an old one, those who connect first and ask then.
    for call in 100..120 {
        let mut stream = connect(one.address()).await;
        sleep(Duration::from_millis(20)).await;
        let answer = fetch(&mut stream, call).await;
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "fetch {call}: {answer:?}"
        );
    }
}
