//! What a command is sent over, wherever Redis is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, Value};

/// Replies that will not change on this connection. A server that is not the master any more, or not with enough replicas:
/// perhaps another one is by now. And one that does not know us here: a new connection says again who we are.
const OVER: [&str; 4] = ["READONLY", "MASTERDOWN", "NOREPLICAS", "NOAUTH"];

/// A multiplexed connection; clones share it. When it breaks it is replaced by whoever holds it.
#[derive(Clone)]
pub(super) enum Connection {
    /// To one server.
    Single(MultiplexedConnection),
    /// The same to the master that sentinels named; with whether another one is by now.
    Master(MultiplexedConnection, Arc<AtomicBool>),
    /// To the nodes of a cluster, which follows its changes by itself.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) | Self::Master(connection, _) => {
                connection.req_packed_command(cmd)
            }
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
            Self::Single(connection) | Self::Master(connection, _) => {
                connection.req_packed_commands(cmd, offset, count)
            }
            Self::Cluster(connection) => connection.req_packed_commands(cmd, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) | Self::Master(connection, _) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl Connection {
    /// Have the sentinels named another master meanwhile?
    pub(super) fn is_deposed(&self) -> bool {
        match self {
            Self::Master(_, is_over) => is_over.load(Ordering::Relaxed),
            Self::Single(_) | Self::Cluster(_) => false,
        }
    }

    /// Must another connection be made after this error? A demoted server keeps its connections and refuses to write on
    /// them, for ever; behind an address or a name there may be another one by now.
    pub(super) fn is_lost(&self, error: &RedisError) -> bool {
        match self {
            Self::Single(_) | Self::Master(..) => {
                error.code().is_some_and(|code| OVER.contains(&code))
                    || error.is_unrecoverable_error()
            }
            Self::Cluster(_) => false,
        }
    }

    /// Has the server said nothing that could be read? Of a cluster only silence counts, for its connection goes by itself
    /// to whoever is there.
    pub(super) fn is_unanswered(&self, error: &RedisError) -> bool {
        match self {
            Self::Single(_) | Self::Master(..) => error.clone().into_server_errors().is_none(),
            Self::Cluster(_) => error.is_timeout(),
        }
    }
}
