//! A master with two replicas, and three sentinels with a password of their own that watch them.

use std::collections::HashMap;
use std::time::Duration;

use super::nodes::{LOGIN, Node, wait_until};

/// The sentinels' own.
pub(crate) const PASSWORD: &str = "of-the-sentinels";

/// All of them.
#[derive(Debug)]
pub(crate) struct Watched {
    servers: Vec<Node>,
    sentinels: Vec<Node>,
}

impl Watched {
    /// Starts everybody, and waits until each sentinel knows all the others. A master that says nothing for so long is
    /// dead to them; on a busy machine a short time makes them replace one that is well.
    pub(crate) fn start(dead_after: Duration) -> Self {
        let master = Node::server(&[]);
        let port = master.port.to_string();
        let replica = || Node::server(&["--replicaof", "127.0.0.1", &port]);
        let servers = vec![replica(), replica(), master];
        for server in &servers {
            server.admit();
        }
        wait_until("the replicas follow", || {
            let info: String = servers[2].ask("INFO replication");
            info.matches("state=online").count() == 2
        });
        let sentinels: Vec<_> = (0..3).map(|_| sentinel(&port, dead_after)).collect();
        let watched = Self { servers, sentinels };
        wait_until("the sentinels know each other", || {
            let knows = |one: &Node| {
                let seen = view(one);
                seen["num-slaves"] == "2" && seen["num-other-sentinels"] == "2"
            };
            watched.sentinels.iter().all(knows)
        });
        watched
    }

    /// The `store.…` settings with which a server finds the master.
    pub(crate) fn settings(&self) -> String {
        format!("url = '{}', sentinel_password = '{PASSWORD}'", self.url())
    }

    pub(crate) fn url(&self) -> String {
        let hosts: Vec<_> = self
            .sentinels
            .iter()
            .map(|one| format!("127.0.0.1:{}", one.port))
            .collect();
        format!("redis+sentinel://{LOGIN}{}/main", hosts.join(","))
    }

    /// All servers that say that they are the master. One that was replaced says so for seconds more.
    pub(crate) fn masters(&self) -> Vec<&Node> {
        let is_master = |server: &&Node| {
            let info: Result<String, _> = server.try_ask("INFO replication");
            info.is_ok_and(|info| info.contains("role:master"))
        };
        self.servers.iter().filter(is_master).collect()
    }

    /// Do the sentinels and the replicas agree on the master?
    pub(crate) fn is_settled(&self) -> bool {
        let [master] = self.masters()[..] else {
            return false;
        };
        let port = master.port.to_string();
        let info: String = master.ask("INFO replication");
        let agrees = |one: &Node| {
            let seen = view(one);
            seen["port"] == port && seen["flags"] == "master"
        };
        info.matches("state=online").count() == self.servers.len() - 1
            && self.sentinels.iter().all(agrees)
    }

    /// The number of the last election that gave a master.
    pub(crate) fn elected(&self) -> u64 {
        let numbers = self.sentinels.iter().map(|one| {
            let number: Option<u64> = view(one)["config-epoch"].parse().ok();
            number.unwrap()
        });
        numbers.max().unwrap()
    }

    /// Has the sentinels put another one in the place of the master, which goes on as a replica.
    pub(crate) fn depose(&self) {
        ask(&self.sentinels[0], "SENTINEL FAILOVER main");
    }

    /// Ends the master without a word.
    pub(crate) fn kill_master(&mut self) {
        let port = self.masters()[0].port;
        let place = self.servers.iter().position(|one| one.port == port);
        self.servers.remove(place.unwrap()).kill();
    }

    /// Ends a sentinel without a word.
    pub(crate) fn kill_sentinel(&mut self) {
        self.sentinels[0].kill();
    }
}

fn sentinel(master: &str, dead_after: Duration) -> Node {
    let dead_after = dead_after.as_millis();
    Node::start("redis-server", |port, folder| {
        let text = format!(
            "port {port}\nbind 127.0.0.1\nrequirepass {PASSWORD}\nsentinel sentinel-pass {PASSWORD}\n\
             sentinel monitor main 127.0.0.1 {master} 2\nsentinel down-after-milliseconds main {dead_after}\n\
             sentinel failover-timeout main 3000\n"
        );
        let file = folder.join("sentinel.conf");
        std::fs::write(&file, text).unwrap();
        vec![file.display().to_string(), "--sentinel".to_owned()]
    })
}

/// What a sentinel says of the master.
fn view(sentinel: &Node) -> HashMap<String, String> {
    let text = ask(sentinel, "SENTINEL MASTER main");
    redis::from_redis_value(text).unwrap()
}

fn ask(sentinel: &Node, command: &str) -> redis::Value {
    let url = format!("redis://:{PASSWORD}@127.0.0.1:{}", sentinel.port);
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut words = command.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    command.query(&mut connection).unwrap()
}
