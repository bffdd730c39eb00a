//! A network that fails: what is certain of the call, and that nothing is sent twice that may have been taken.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ringmaster::voice::{Placed, VoiceClient, VoiceSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wiremock::MockServer;

use super::desk::*;

/// What a server heard, one entry a connection.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server that reads the beginning of each request, says `words` and hangs up.
async fn hangs_up(words: &'static str) -> (String, Heard, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Heard::default();
    let (mut server, ears) = (JoinSet::new(), Arc::clone(&heard));
    server.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            bytes.truncate(length);
            ears.lock().unwrap().push(bytes);
            stream.write_all(words.as_bytes()).await.unwrap();
        }
    });
    (url, heard, server)
}

#[tokio::test]
async fn a_cut_connection_leaves_it_open_whether_there_is_a_call() {
    for words in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"http_code\"",
    ] {
        let (url, heard, _server) = hangs_up(words).await;
        let error = client(&url).make_call(&sample_call()).await.unwrap_err();
        assert_eq!((error.code(), error.placed()), ("cut", Placed::Unknown));
        assert_eq!(heard.lock().unwrap().len(), 1, "sent once");
    }
}

#[tokio::test]
async fn a_silence_ends_at_the_time_limit_and_is_not_asked_into_again() {
    let late = json_answer(200, SAMPLE_SUCCESS).set_delay(Duration::from_secs(20));
    let server = exotel(vec![late]).await;
    let settings = VoiceSettings {
        timeout: Duration::from_millis(300),
        ..settings(&server.uri())
    };
    let client = VoiceClient::new(settings, roomy(), clock()).unwrap();
    let started = Instant::now();
    let error = client.make_call(&sample_call()).await.unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(error.to_string(), "Exotel did not answer within 300ms");
    assert_eq!((error.code(), error.placed()), ("silent", Placed::Unknown));
    assert_eq!(requests(&server).await.len(), 1);
}

/// An address at which nobody listens.
async fn nobody() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn a_refused_connection_places_no_call() {
    let url = format!("http://{}", nobody().await);
    let error = client(&url).make_call(&sample_call()).await.unwrap_err();
    assert_eq!((error.code(), error.placed()), ("unreachable", Placed::No));
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_connection_that_is_refused_is_tried_again_and_one_call_is_made() {
    let address = nobody().await;
    let client = client(&format!("http://{address}"));
    let exotel_returns = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let listener = std::net::TcpListener::bind(address).unwrap();
        let server = MockServer::builder().listener(listener).start().await;
        mount(&server, vec![json_answer(200, SAMPLE_SUCCESS)]).await;
        server
    };
    let call = sample_call();
    let (made, server) = tokio::join!(client.make_call(&call), exotel_returns);
    assert!(made.unwrap().call.is_some());
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn without_tls_on_the_other_side_nothing_is_sent() {
    let (url, heard, _server) = hangs_up("HTTP/1.1 200 OK\r\n\r\n").await;
    let url = url.replace("http://", "https://");
    let error = client(&url).make_call(&sample_call()).await.unwrap_err();
    assert_eq!((error.code(), error.placed()), ("unreachable", Placed::No));
    // A handshake of TLS begins with these bytes.
    let heard = heard.lock().unwrap();
    assert!(
        heard.iter().all(|bytes| bytes.starts_with(&[0x16, 0x03])),
        "{heard:?}"
    );
    assert!(!heard.is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let redirect = wiremock::ResponseTemplate::new(307).insert_header("location", other.uri());
    let server = exotel(vec![redirect]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.placed()),
        ("unreadable", Placed::Unknown)
    );
    assert_eq!(requests(&other).await.len(), 0);
}
