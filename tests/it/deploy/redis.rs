//! Redis and Sentinel take the shipped files, and are set as the guide says.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::shipped;
use crate::support::process::Program;

/// Starts Redis with this file, on a socket in its folder, and asks it.
fn asked(folder: &Path, file: &str, more: &[&str], question: &[&str]) -> Vec<String> {
    let socket = folder.join("socket");
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = Command::new("redis-server")
        .arg(folder.join(file))
        .args(["--port", "0", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(folder)
        .args(more)
        .stdin(Stdio::null())
        .stdout(log)
        .spawn();
    let _server = Program(child.expect("redis-server starts"));
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
