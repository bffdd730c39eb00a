//! A connection is given up with whatever was wrong with it, and made again by few tries.

use std::time::Duration;

use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::super::settings::RedisSettings;
use super::*;

/// A server that greets every client, and answers only those after the first.
async fn deaf_to_the_first(listener: TcpListener) {
    let mut clients = JoinSet::new();
    for number in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        clients.spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                if number == 0 && text.contains("PING") {
                    continue;
                }
                let replies = "+OK\r\n".repeat(text.matches('*').count());
                stream.write_all(replies.as_bytes()).await.unwrap();
            }
        });
    }
}

#[tokio::test]
async fn a_connection_that_answers_nobody_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(deaf_to_the_first(listener));
    let hot = Hot::new(&Route::new(&RedisSettings::at(&url)).unwrap());
    let ping = Call::plain(redis::cmd("PING"));
    for _ in 0..MOST_UNANSWERED {
        let given_up = tokio::time::timeout(Duration::from_millis(200), hot.run(&ping)).await;
        assert!(given_up.is_err());
    }
    assert_eq!(hot.run(&ping).await.unwrap(), Value::Okay);
}

/// Says this to everything on its first connections, and is well on those after them.
async fn refusing_the_first(listener: TcpListener, count: usize, reply: String) {
    let mut clients = JoinSet::new();
    for number in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        let reply = if number < count {
            reply.clone()
        } else {
            "+OK".to_owned()
        };
        clients.spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let replies = format!("{reply}\r\n").repeat(text.matches('*').count());
                if stream.write_all(replies.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// Whatever it was that a server refused, it is asked again as soon as somebody needs it, on a new connection.
#[rstest]
#[case::a_password("-WRONGPASS invalid username-password pair or user is disabled.")]
#[case::a_password_where_none_is_needed("-ERR AUTH called without any password configured")]
#[case::who_has_not_logged_in("-NOAUTH Authentication required.")]
#[case::while_it_loads("-LOADING Redis is loading the dataset in memory")]
#[case::while_its_master_is_away("-MASTERDOWN Link with MASTER is down")]
#[case::too_many("-ERR max number of clients reached")]
#[tokio::test]
async fn no_refusal_stays(#[case] reply: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://:secret@{}/1", listener.local_addr().unwrap());
    let mut settings = RedisSettings::at(&url);
    // Each call makes one try.
    settings.reconnect.retries = 0;
    let mut server = JoinSet::new();
    server.spawn(refusing_the_first(listener, 4, reply.to_owned()));
    let hot = Hot::new(&Route::new(&settings).unwrap());
    let ping = Call::plain(redis::cmd("PING"));
    for _ in 0..4 {
        let error = hot.run(&ping).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
    assert!(hot.standing().is_failing());
    assert_eq!(hot.run(&ping).await.unwrap(), Value::Okay);
    assert!(!hot.standing().is_doubtful());
}

/// Takes every connection and drops it; counts them.
async fn dropping(listener: TcpListener, count: Arc<AtomicU32>) {
    loop {
        drop(listener.accept().await.unwrap());
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// However many callers are waiting, and however often they come again: they share the tries, and the tries have
/// pauses.
#[rstest]
#[case::one_server("redis://", "")]
#[case::a_sentinel("redis+sentinel://", "/main")]
#[case::a_cluster("redis+cluster://", "")]
#[tokio::test]
async fn a_server_that_drops_everybody_sees_few_tries(#[case] scheme: &str, #[case] path: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}{}{path}", listener.local_addr().unwrap());
    let (mut others, count) = (JoinSet::new(), Arc::new(AtomicU32::new(0)));
    others.spawn(dropping(listener, Arc::clone(&count)));
    let hot = Hot::new(&Route::new(&RedisSettings::at(&url)).unwrap());
    for _ in 0..50 {
        let hot = hot.clone();
        others.spawn(async move {
            loop {
                let ping = Call::plain(redis::cmd("PING"));
                hot.run(&ping).await.unwrap_err();
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let count = count.load(Ordering::Relaxed);
    assert!((2..60).contains(&count), "{count} connections in a second");
}
