//! A cluster of three masters, each with a replica if wanted.

use std::time::Duration;

use super::nodes::{LOGIN, Node, free_port, plain, wait_until};

/// How many keys' slots there are.
const SLOTS: u16 = 16_384;
const MASTERS: u16 = 3;

/// All nodes; the first three are the masters of the beginning, in the order of their slots.
#[derive(Debug)]
pub(crate) struct Cluster {
    nodes: Vec<Node>,
}

impl Cluster {
    /// Starts three masters with as many replicas each, and waits until they agree.
    pub(crate) fn start(replicas: u16) -> Self {
        let count = MASTERS * (1 + replicas);
        let cluster = Self {
            nodes: (0..count).map(|_| node()).collect(),
        };
        cluster.meet();
        for (place, replica) in (0_u16..).zip(&cluster.nodes[usize::from(MASTERS)..]) {
            let id: String = cluster.nodes[usize::from(place % MASTERS)].ask("CLUSTER MYID");
            wait_until("the master is known", || {
                replica
                    .try_ask::<()>(&format!("CLUSTER REPLICATE {id}"))
                    .is_ok()
            });
        }
        let expected = count - MASTERS;
        wait_until("the cluster agrees", || {
            let agrees = |node: &Node| {
                let (info, nodes): (String, String) =
                    (node.ask("CLUSTER INFO"), node.ask("CLUSTER NODES"));
                info.contains("cluster_state:ok")
                    && nodes.matches("slave").count() == usize::from(expected)
                    && !nodes.contains("handshake")
            };
            cluster.nodes.iter().all(agrees)
        });
        for node in &cluster.nodes {
            node.admit();
        }
        cluster.wait_for_replicas(usize::from(replicas));
        cluster
    }

    fn meet(&self) {
        let first = &self.nodes[0];
        for (place, node) in (0_u16..).zip(&self.nodes) {
            node.ask::<()>(&format!("CLUSTER SET-CONFIG-EPOCH {}", place + 1));
            if place < MASTERS {
                let (from, to) = (start_of(place), start_of(place + 1) - 1);
                node.ask::<()>(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"));
            }
            let bus = bus_port(first);
            node.ask::<()>(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", first.port));
        }
    }

    fn wait_for_replicas(&self, count: usize) {
        wait_until("the replicas follow", || {
            self.nodes[..usize::from(MASTERS)].iter().all(|master| {
                let info: String = master.ask("INFO replication");
                info.matches("state=online").count() == count
            })
        });
    }

    /// The addresses of two nodes, which tell of the others.
    pub(crate) fn urls(&self) -> Vec<String> {
        let url = |node: &Node| format!("redis://{LOGIN}127.0.0.1:{}", node.port);
        self.nodes.iter().take(2).map(url).collect()
    }

    /// The master of an account's keys, by its place.
    pub(crate) fn home(&self, account: &str) -> usize {
        let slot: u16 = self.nodes[0].ask(&format!("CLUSTER KEYSLOT {{{account}}}"));
        let home = (0..MASTERS).find(|place| slot < start_of(place + 1));
        usize::from(home.unwrap())
    }

    /// Ends a master without a word.
    pub(crate) fn kill(&mut self, place: usize) {
        self.nodes[place].kill();
    }

    /// Is the replica of that master a master itself by now?
    pub(crate) fn has_successor(&self, place: usize) -> bool {
        let info: String = self.nodes[place + usize::from(MASTERS)].ask("INFO replication");
        info.contains("role:master")
    }

    /// Every node forgets its scripts.
    pub(crate) fn flush_scripts(&self) {
        for node in &self.nodes {
            node.ask::<()>("SCRIPT FLUSH");
        }
    }

    /// How many keys each master has.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let masters = &self.nodes[..usize::from(MASTERS)];
        masters.iter().map(|node| node.ask("DBSIZE")).collect()
    }
}

fn node() -> Node {
    // The port of the nodes' own talk, too, is a free one; which one, its file says.
    Node::start("redis-server", |port, folder| {
        let bus = free_port();
        std::fs::write(folder.join("bus"), bus.to_string()).unwrap();
        let timeout = Duration::from_secs(1).as_millis().to_string();
        let bus = bus.to_string();
        let more = [
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            &bus,
            "--cluster-node-timeout",
            &timeout,
            "--cluster-require-full-coverage",
            "no",
        ];
        plain(port, &more)
    })
}

fn bus_port(node: &Node) -> String {
    std::fs::read_to_string(node.folder().join("bus")).unwrap()
}

/// The first slot of the master at this place.
fn start_of(place: u16) -> u16 {
    u16::try_from(u32::from(SLOTS) * u32::from(place) / u32::from(MASTERS)).unwrap()
}
