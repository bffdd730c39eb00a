//! Stopping: what is in flight is answered.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::server::TestServer;

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = "POST /exotel/default/connect?key=key&CallSid=one HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\nTo=01135";
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server has begun to read the body once it has taken the head.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let address = server.address();
    let stop = server.running.stop();
    let finish = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        stream.write_all(b"124157").await.unwrap();
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
