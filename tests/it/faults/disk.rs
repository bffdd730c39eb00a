//! What is logged can't be written: the disk is full, or whoever should read it is gone or has stopped reading.

use std::fs::OpenOptions;
use std::io::{PipeReader, pipe};
use std::process::Stdio;
use std::time::Duration;

use reqwest::Client;
use rstest::rstest;
use tokio::time::sleep;

use super::LASTS;
use super::book::Outcome;
use super::house::{command, instance, settings, staff};
use super::load::under_load;
use crate::support::nodes::free_port;
use crate::support::process::Program;
use crate::support::redis::RedisServer;

/// So much a pipe takes before whoever writes has to wait; each fetch is a line, and no line is shorter than this.
const OF_A_PIPE: usize = 64 * 1024;
const SHORTEST_LINE: usize = 200;
/// The time that a server takes to end at the most.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Where the log goes; the reader, if there is one, has to be kept.
fn full_disk() -> (Stdio, Option<PipeReader>) {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    (full.into(), None)
}

fn gone_reader() -> (Stdio, Option<PipeReader>) {
    let (_gone, writer) = pipe().unwrap();
    (writer.into(), None)
}

fn stopped_reader() -> (Stdio, Option<PipeReader>) {
    let (reader, writer) = pipe().unwrap();
    (writer.into(), Some(reader))
}

async fn is_up(door: &str) {
    for _ in 0..500 {
        if reqwest::get(format!("{door}/livez")).await.is_ok() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody listens at {door}");
}

#[rstest]
#[case::to_a_full_disk(full_disk())]
#[case::to_a_reader_who_is_gone(gone_reader())]
#[case::to_a_reader_who_has_stopped(stopped_reader())]
#[tokio::test]
async fn answers_go_on_while_logs_go(#[case] (log, _reader): (Stdio, Option<PipeReader>)) {
    let redis = RedisServer::start();
    let well = instance(&settings(0, &redis.url()));
    let port = free_port();
    let (mut command, _folder) = command(&settings(port, &redis.url()));
    let child = command.stdout(Stdio::null()).stderr(log).spawn();
    let mut sick = Program(child.unwrap());
    drop(command);
    let doors = [format!("http://127.0.0.1:{port}"), well.url("")];
    is_up(&doors[0]).await;
    staff(&Client::new(), &doors[1]).await;
    let book = under_load(&doors, async |_| sleep(LASTS).await).await;
    book.show("no log", Duration::ZERO);
    book.all_were_answered();
    book.nobody_was_promised_twice();
    let mut records = book.between(Duration::ZERO, Duration::MAX);
    assert!(records.iter().all(|one| one.outcome != Outcome::Fallback));
    records.retain(|one| one.door == 0);
    assert!(
        records.len() * SHORTEST_LINE > OF_A_PIPE,
        "{} lines are no test",
        records.len()
    );
    sick.terminate();
    assert_eq!(sick.exit_code(ENDS_WITHIN), Some(0));
}
