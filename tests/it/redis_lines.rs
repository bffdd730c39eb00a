//! The connections of decisions: one command a decision, and each worker's is looked after by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Client;
use ringmaster::presence::Store;
use ringmaster::presence::memory::Memory;
use ringmaster::presence::redis::{RedisSettings, RedisStore};

use crate::support::nodes::{LOGIN, Node};
use crate::support::process::ServerProcess;
use crate::support::server::RULES;

fn admitting() -> Node {
    let node = Node::server(&[]);
    node.admit();
    node
}

fn url(node: &Node) -> String {
    format!("redis://{LOGIN}127.0.0.1:{}", node.port)
}

/// The connections that the service has, by their numbers.
fn clients(node: &Node) -> BTreeSet<u64> {
    let list: String = node.ask("CLIENT LIST");
    let ours = list.lines().filter(|line| line.contains("user=ringmaster"));
    ours.map(|line| {
        let id = line.strip_prefix("id=").unwrap();
        id.split(' ').next().unwrap().parse().unwrap()
    })
    .collect()
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(10), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The other worker's successes say nothing of this one's connection.
#[tokio::test]
async fn a_worker_that_cannot_log_in_again_is_known_and_comes_back_without_a_caller() {
    let node = admitting();
    let store = RedisStore::new(&RedisSettings::at(&url(&node)), Memory::default()).unwrap();
    let (one, two) = (store.for_worker(), store.for_worker());
    one.ping().await.unwrap();
    let of_one = clients(&node);
    two.ping().await.unwrap();
    let both = clients(&node);
    let of_two: Vec<_> = both.difference(&of_one).collect();
    assert_eq!(of_two.len(), 1, "{both:?}");
    node.ask::<()>("ACL SETUSER ringmaster resetpass >another");
    node.ask::<u32>(&format!("CLIENT KILL ID {}", of_two[0]));
    until("a line fails", || store.failing_lines() == 1).await;
    one.ping().await.unwrap();
    two.ping().await.unwrap_err();
    assert_eq!((one.failing_lines(), two.failing_lines()), (1, 1));
    node.ask::<()>("ACL SETUSER ringmaster resetpass >change-me");
    until("no line fails", || store.failing_lines() == 0).await;
    two.ping().await.unwrap();
    drop(two);
    until("its connection ends", || clients(&node).len() == 1).await;
}

/// Says what commands arrived on which connection until now; what scripts do is not among them.
fn heard(monitor: &mut BufReader<TcpStream>) -> BTreeMap<String, Vec<String>> {
    let mut commands = BTreeMap::<_, Vec<_>>::new();
    loop {
        let mut line = String::new();
        monitor.read_line(&mut line).unwrap();
        if line.contains("\"that-is-all\"") {
            return commands;
        }
        let (_, rest) = line.split_once(" [").unwrap_or_default();
        let (from, command) = rest.split_once("] ").unwrap_or_default();
        let from = from.split(' ').next_back().unwrap_or_default();
        if !command.is_empty() && from != "lua" {
            let of_one = commands.entry(from.to_owned()).or_default();
            of_one.push(command.trim_end().to_owned());
        }
    }
}

#[tokio::test]
async fn a_decision_is_one_command_and_its_connection_carries_nothing_else() {
    const FETCHES: usize = 60;
    let node = admitting();
    let settings = format!(
        "workers = 2\nstore = {{ kind = 'redis', url = '{}' }}\n[accounts.default]\nkeys = ['key']\n",
        url(&node)
    );
    let process = ServerProcess::serve(&settings, RULES);
    // Each on a connection of its own, so that both workers have some.
    let client = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let fetch = async |sid: String| {
        let query = format!("key=key&CallSid={sid}&To=01135124157");
        let url = process.url(&format!("/ccm-programmable-connect?{query}"));
        let answer = client.get(url).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("\"destination\":[]"), "{answer}");
    };
    for n in 0..FETCHES {
        fetch(format!("warm-{n}-")).await;
    }
    let mut stream = TcpStream::connect(("127.0.0.1", node.port)).unwrap();
    stream.write_all(b"MONITOR\r\n").unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut monitor = BufReader::new(stream);
    let mut begun = String::new();
    monitor.read_line(&mut begun).unwrap();
    assert_eq!(begun, "+OK\r\n");
    for n in 0..FETCHES {
        fetch(format!("seen-{n}-")).await;
    }
    node.try_ask::<String>("ECHO that-is-all").unwrap();
    let mut commands = heard(&mut monitor);
    commands.retain(|_, all| all.iter().any(|command| command.contains(":call:seen-")));
    assert_eq!(
        commands.len(),
        2,
        "a connection for each worker: {commands:#?}"
    );
    for n in 0..FETCHES {
        let key = format!(":call:seen-{n}-\"");
        let its = commands.values().flatten().filter(|one| one.contains(&key));
        assert_eq!(its.count(), 1, "fetch {n}: {commands:#?}");
    }
    let all: Vec<_> = commands.values().flatten().collect();
    assert_eq!(all.len(), FETCHES, "{all:#?}");
    let is_script = |one: &&String| one.to_lowercase().starts_with("\"evalsha\"");
    assert!(all.iter().all(is_script), "{all:#?}");
}
