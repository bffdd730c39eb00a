//! Redis and Sentinel take the shipped files, and are set as the guide says.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::shipped;
use crate::support::process::Program;

/// Starts Redis with this file, on a socket in its folder, and asks it.
fn asked(folder: &Path, file: &str, more: &[&str], question: &[&str]) -> Vec<String> {
    let mut command = Command::new("redis-server");
    command
        .arg(folder.join(file))
        .args(["--port", "0", "--unixsocket"])
        .arg(folder.join("socket"))
        .arg("--dir")
        .arg(folder)
        .args(more);
    let _server = started(folder, &mut command);
    answer(folder, question)
}

fn started(folder: &Path, command: &mut Command) -> Program {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = command.stdin(Stdio::null()).stdout(log).spawn();
    Program(child.expect("redis-server starts"))
}

/// What the server says whose socket is in this folder, once it is there.
fn answer<T: redis::FromRedisValue>(folder: &Path, question: &[&str]) -> T {
    let socket = folder.join("socket");
    let url = format!("unix://{}", socket.display());
    let client = redis::Client::open(url).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = client.get_connection().and_then(|mut connection| {
            let mut command = redis::cmd(question[0]);
            command.arg(&question[1..]).query(&mut connection)
        });
        match answer {
            Ok(answer) => return answer,
            Err(error) => assert!(
                Instant::now() < deadline,
                "{error}\n{}",
                std::fs::read_to_string(folder.join("log")).unwrap()
            ),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn redis_evicts_nothing_and_keeps_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("redis.conf"), shipped("redis/redis.conf")).unwrap();
    let question = [
        "CONFIG",
        "GET",
        "maxmemory-policy",
        "appendonly",
        "appendfsync",
    ];
    let mut set = asked(path, "redis.conf", &[], &question);
    set.sort();
    assert_eq!(
        set,
        [
            "appendfsync",
            "appendonly",
            "everysec",
            "maxmemory-policy",
            "noeviction",
            "yes"
        ]
    );
}

#[test]
fn sentinel_watches_the_master_that_the_address_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let file = shipped("redis/sentinel.conf");
    let address = shipped("compose/redis_url");
    let master = address.trim().rsplit('/').next().unwrap();
    // The names of the containers are known among themselves only.
    let here = file.replace(" redis-1 6379 ", " 127.0.0.1 6399 ");
    assert_ne!(file, here);
    std::fs::write(path.join("sentinel.conf"), here).unwrap();
    let question = ["SENTINEL", "get-master-addr-by-name", master];
    let watched = asked(path, "sentinel.conf", &["--sentinel"], &question);
    assert_eq!(watched, ["127.0.0.1", "6399"]);
}

#[test]
fn who_was_promoted_is_the_master_also_after_all_were_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let own = path.join("redis.conf");
    let lines = [
        "port 0".to_owned(),
        format!("unixsocket {}", path.join("socket").display()),
        format!("dir {}", path.display()),
        "replicaof 127.0.0.1 1".to_owned(),
    ];
    let start = || {
        let mut command = Command::new("sh");
        command
            .args(["deploy/compose/start-redis", "deploy/redis/redis.conf"])
            .arg(&own)
            .args(&lines);
        started(path, &mut command)
    };
    let replica_of = || -> Vec<String> { answer(path, &["CONFIG", "GET", "replicaof"]) };

    let server = start();
    assert_eq!(replica_of(), ["replicaof", "127.0.0.1 1"]);
    // What Sentinel does with the one that it promotes.
    let done: String = answer(path, &["REPLICAOF", "NO", "ONE"]);
    assert_eq!(done, "OK");
    let done: String = answer(path, &["CONFIG", "REWRITE"]);
    assert_eq!(done, "OK");
    drop(server);
    std::fs::remove_file(path.join("socket")).unwrap();
    let _server = start();
    assert_eq!(replica_of(), ["replicaof", ""]);
}

#[test]
fn whoever_starts_redis_as_it_is_shipped_has_not_opened_it_to_the_network() {
    let file = shipped("redis/redis.conf");
    assert!(!file.contains("\nprotected-mode no") && !file.contains("\nbind "));
}
