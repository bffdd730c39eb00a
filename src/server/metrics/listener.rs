//! A listener for `/metrics` alone, so that what it tells stays inside while Exotel comes from outside.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};

use super::Metrics;
use crate::server::metrics_routes;

/// Opens the port; it answers while the server that is returned is polled.
pub(in crate::server) fn listen(
    address: SocketAddr,
    metrics: &Arc<Metrics>,
) -> std::io::Result<(Server, SocketAddr)> {
    let metrics = Arc::clone(metrics);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&metrics)))
            .configure(metrics_routes)
    })
    .workers(1)
    .disable_signals()
    .bind(address)?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    Ok((server.run(), bound))
}
