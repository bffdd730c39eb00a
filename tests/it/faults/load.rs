//! Callers who never stop asking, each on a connection of its own, as Exotel comes. They are all on the test's one thread,
//! so nothing in a test may hold it up while it asks.

use std::process::Command;
use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::Client;
use tokio::task::spawn_blocking;

use super::book::{Book, Outcome};

/// So many fetches are under way at the same time.
pub(super) const LINES: usize = 8;
/// The pause between two of a line.
const PAUSE: Duration = Duration::from_millis(20);
/// Nobody waits longer: more than is allowed, so that a late answer is seen as what it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// Every so manieth caller is put through to somebody who is held for long.
const LONG_ONES: usize = 4;

/// Has callers asking at these doors, in turn, while something happens; gives what they saw.
pub(super) async fn under_load(doors: &[String], happens: impl AsyncFnOnce(&Book)) -> Book {
    let book = Book::new();
    let client = Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE);
    let client = client.build().unwrap();
    let lines = join_all((0..LINES).map(|line| keep_asking(&client, doors, &book, line)));
    let story = async {
        book.back(doors.len(), Duration::ZERO).await;
        happens(&book).await;
        book.close();
    };
    join(lines, story).await;
    book
}

async fn keep_asking(client: &Client, doors: &[String], book: &Book, line: usize) {
    for n in 0.. {
        if book.is_over() {
            return;
        }
        let (door, is_long) = ((line + n) % doors.len(), n % LONG_ONES == 0);
        let digits = if is_long { 2 } else { 1 };
        let call = format!("line-{line}-{n}");
        let query = format!("key=key&CallSid={call}&digits=%22{digits}%22");
        let url = format!("{}/ccm-programmable-connect?{query}", doors[door]);
        let asked = book.now();
        let outcome = match ask(client, &url).await {
            Ok((status, body)) => Outcome::of(status, &body),
            Err(error) => Outcome::Failed(format!("{error:?}")),
        };
        book.enter(door, call, is_long, asked, outcome);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ask(client: &Client, url: &str) -> Result<(u16, String), reqwest::Error> {
    let response = client.get(url).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

/// Sends a process a signal by name, without holding up the callers.
pub(super) async fn signal(process: u32, name: &'static str) {
    let kill = move || {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(process.to_string());
        kill.status().unwrap()
    };
    assert!(spawn_blocking(kill).await.unwrap().success());
}
