//! `GET /metrics`, for Prometheus: one registry, to which each part adds a collector of its own.
//!
//! A collector reads the state itself when it is asked, so that no figure can differ from what is the case. Labels come
//! from closed sets and from the names of accounts, never from a request.

use std::fmt;

use actix_web::HttpResponse;
use actix_web::web::Data;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::reload::ReloadHandle;

mod rules;

/// What the format is called.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is measured.
#[derive(Debug)]
pub(super) struct Metrics(Registry);

impl Metrics {
    /// The metrics of a process.
    pub(super) fn new(reload: &ReloadHandle) -> Self {
        let mut registry = Registry::with_prefix("ringmaster");
        registry.register_collector(Box::new(rules::RulesCollector(reload.clone())));
        Self(registry)
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// The metrics of this moment.
pub(super) async fn get(metrics: Data<Metrics>) -> HttpResponse {
    match metrics.text() {
        Ok(text) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::warn!(%error, "the metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
