//! Sends batches of spans. It runs in the exporter's own thread, so it may wait; a collector that is down is said once, not
//! with every batch.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// The time limit of one batch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The way to the collector.
pub(super) struct Client {
    agent: Agent,
    is_failing: AtomicBool,
}

impl Client {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build();
        Self {
            agent: config.new_agent(),
            is_failing: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut response = self.agent.run(request.map(|body| body.to_vec()))?;
        let body = response.body_mut().read_to_vec()?;
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }

    /// Says when it begins to fail, and when it no longer does.
    fn note(&self, failure: Option<&dyn fmt::Display>) {
        let was_failing = self.is_failing.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(failure) if !was_failing => {
                tracing::warn!(%failure, "traces are lost: the collector does not take them; said once until it does");
            }
            None if was_failing => tracing::info!("the collector takes traces again"),
            Some(_) | None => {}
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Client")
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.send(request);
        match &answer {
            Err(error) => self.note(Some(error)),
            Ok(response) if !response.status().is_success() => self.note(Some(&response.status())),
            Ok(_) => self.note(None),
        }
        answer
    }
}
