//! What a command is sent over, wherever Redis is.

use redis::aio::{ConnectionLike, ConnectionManager, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, Value};

/// Replies of a server that is not the master any more, or not with enough replicas: perhaps another one is by now.
const DEMOTED: [&str; 3] = ["READONLY", "MASTERDOWN", "NOREPLICAS"];

/// A multiplexed connection; clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    /// To one address, made anew by its manager when it breaks.
    Managed(ConnectionManager),
    /// To one server; when it breaks it is replaced by whoever holds it.
    Single(MultiplexedConnection),
    /// To the nodes of a cluster, which follows its changes by itself.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Managed(connection) => connection.req_packed_command(cmd),
            Self::Single(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Managed(connection) => connection.req_packed_commands(cmd, offset, count),
            Self::Single(connection) => connection.req_packed_commands(cmd, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(cmd, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Managed(connection) => connection.get_db(),
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl Connection {
    /// Must another connection be made after this error? A demoted server keeps its connections and refuses to write on
    /// them, for ever; behind an address or a name there may be another one by now.
    pub(super) fn is_lost(&self, error: &RedisError) -> bool {
        match self {
            Self::Managed(_) => is_demoted(error),
            Self::Single(_) => is_demoted(error) || error.is_unrecoverable_error(),
            Self::Cluster(_) => false,
        }
    }
}

fn is_demoted(error: &RedisError) -> bool {
    error.code().is_some_and(|code| DEMOTED.contains(&code))
}
