//! The measure of all things here: an actix handler that does one Redis `GET` and answers what it found.

use std::net::SocketAddr;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context as _;
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisResult,
};
use tokio::task::JoinSet;

use crate::service::{COMMAND_TIMEOUT, CONNECT_TIMEOUT, WORKERS};

/// Where the answer is kept.
const KEY: &str = "bare";

/// The running server; it ends when dropped.
pub(crate) struct Bare {
    address: SocketAddr,
    _task: JoinSet<std::io::Result<()>>,
}

impl Bare {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Starts it with as many workers as ringmaster has, each with a connection of its own, configured as ringmaster's are.
pub(crate) async fn start(redis: &str, answer: &str) -> anyhow::Result<Bare> {
    let address = redis.into_connection_info()?;
    let client = Client::open(address.set_tcp_settings(TcpSettings::default().set_nodelay(true)))?;
    let mut connection = connect(client.clone()).await?;
    let () = connection.set(KEY, answer).await?;
    let server = HttpServer::new(move || {
        let client = client.clone();
        App::new()
            .data_factory(move || connect(client.clone()))
            .route("/bare", web::get().to(get))
    })
    .disable_signals()
    .workers(WORKERS)
    .bind("127.0.0.1:0")?;
    let address = *server.addrs().first().context("it listens")?;
    let mut task = JoinSet::new();
    task.spawn(server.run());
    Ok(Bare {
        address,
        _task: task,
    })
}

async fn get(connection: Data<MultiplexedConnection>) -> HttpResponse {
    let mut connection = MultiplexedConnection::clone(&connection);
    let answer: RedisResult<String> = connection.get(KEY).await;
    answer.map_or_else(
        |_| HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE),
        |json| {
            HttpResponse::Ok()
                .content_type("application/json")
                .body(json)
        },
    )
}

async fn connect(client: Client) -> RedisResult<MultiplexedConnection> {
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(COMMAND_TIMEOUT));
    client
        .get_multiplexed_async_connection_with_config(&limits)
        .await
}
