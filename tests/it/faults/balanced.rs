//! Two instances behind the shipped `HAProxy`; one after the other is killed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::book::{Book, Outcome};
use super::house::{instance, settings, staff};
use super::load::{LINES, under_load};
use super::{BACK_WITHIN, LASTS};
use crate::support::nodes::free_port;
use crate::support::process::{Program, ServerProcess};
use crate::support::redis::RedisServer;

const KILLS: [usize; 3] = [0, 1, 0];

/// `HAProxy` with `deploy/haproxy/haproxy.cfg`, but for the port.
struct Balancer {
    _program: Program,
    _folder: TempDir,
    door: String,
}

impl Balancer {
    fn start(instances: [u16; 2]) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let shipped = fs::read_to_string("deploy/haproxy/haproxy.cfg").unwrap();
        let bind = format!("bind 127.0.0.1:{port}");
        let here = shipped.replace("bind :8080", &bind);
        assert_ne!(here, shipped, "the sample listens elsewhere by now");
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, here).unwrap();
        let child = Command::new("haproxy")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
            .env("APPLICATIONS", format!("127.0.0.1:{}", free_port()))
            .env("RINGMASTER_1", format!("127.0.0.1:{}", instances[0]))
            .env("RINGMASTER_2", format!("127.0.0.1:{}", instances[1]))
            .args(["-db", "-f"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            _program: Program(child.expect("haproxy runs; install the package haproxy")),
            _folder: folder,
            door: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Waits until it lets callers through.
    async fn is_up(&self) {
        let url = format!("{}/exotel/default/connect?key=key", self.door);
        for _ in 0..500 {
            let answer = reqwest::get(&url).await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("nobody behind {}", self.door);
    }
}

/// Waits until the balancer sends an instance that has just started some callers.
async fn is_asked(instance: &ServerProcess) {
    for _ in 0..500 {
        if instance.log().contains("\"decided\"") {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("the balancer leaves an instance out that is well");
}

#[tokio::test]
async fn an_instance_that_is_killed_costs_no_call_but_those_that_it_was_asked_for() {
    let redis = RedisServer::start();
    let ports = [free_port(), free_port()];
    let start = |place: usize| {
        let settings = settings(ports[place], &redis.url());
        spawn_blocking(move || instance(&settings))
    };
    let mut instances = [start(0).await.unwrap(), start(1).await.unwrap()];
    staff(&Client::new(), &instances[0].url("")).await;
    let balancer = Balancer::start(ports);
    balancer.is_up().await;
    let (mut killed, mut worst) = (Vec::new(), Duration::ZERO);
    let book = under_load(std::slice::from_ref(&balancer.door), async |book: &Book| {
        for place in KILLS {
            sleep(LASTS / 4).await;
            instances[place].program.0.kill().unwrap();
            killed.push(book.now());
            worst = worst.max(book.back(1, book.now()).await);
            sleep(LASTS / 4).await;
            instances[place] = start(place).await.unwrap();
            is_asked(&instances[place]).await;
        }
    })
    .await;
    book.show("instances killed", worst);
    assert!(worst < BACK_WITHIN);
    book.all_were_answered_but(|record| {
        let was_in_flight = |at: &Duration| record.asked <= *at && *at <= record.answered;
        matches!(record.outcome, Outcome::Failed(_)) && killed.iter().any(was_in_flight)
    });
    let records = book.between(Duration::ZERO, Duration::MAX);
    let count =
        |wanted: fn(&Outcome) -> bool| records.iter().filter(|one| wanted(&one.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    assert!(failed <= KILLS.len() * LINES, "{failed} failed");
    assert_eq!(
        count(|outcome| *outcome == Outcome::Fallback),
        0,
        "Redis is well"
    );
    book.nobody_was_promised_twice();
}
