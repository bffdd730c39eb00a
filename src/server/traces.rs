//! Traces, for OpenTelemetry: each fetch of Exotel's and each request of the API is a span, where somebody collects them.
//!
//! A span is made when its request is over, from what was measured anyway: while the request runs, nothing of this is in
//! its way. Whose trace it belongs to says the W3C `traceparent` of the request; without one it begins a trace. Neither
//! numbers nor keys stand in a span: a call is known by its `CallSid`, a caller not at all.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use tokio::time::Instant;

use super::start::StartError;
use crate::clock::Clock;
use crate::routing::Decision;
use crate::settings::TelemetrySettings;
use crate::telephony::{AccountName, CallSid};

#[cfg(feature = "otel")]
mod client;
#[cfg(feature = "otel")]
mod export;

/// Where spans go.
#[derive(Clone)]
pub(super) struct Traces {
    #[cfg(feature = "otel")]
    exporter: export::Exporter,
    clock: Arc<dyn Clock>,
}

/// A fetch that was answered.
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "nobody reads it in a build that sends no spans")
)]
pub(super) struct Fetched<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) account: &'a AccountName,
    pub(super) call: Option<&'a CallSid>,
    pub(super) decision: &'a Decision,
    pub(super) arrival: Instant,
    pub(super) took: Duration,
}

/// A request of the API that was answered.
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "nobody reads it in a build that sends no spans")
)]
pub(super) struct Requested<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) method: &'a str,
    pub(super) route: Option<&'a str>,
    pub(super) account: Option<&'a AccountName>,
    pub(super) status: u16,
    pub(super) took: Duration,
}

#[cfg(feature = "otel")]
impl Traces {
    /// Sends spans where the settings say; `None` where they say nothing.
    pub(super) fn start(
        settings: &TelemetrySettings,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Self>, StartError> {
        let Some(endpoint) = &settings.otlp_endpoint else {
            return Ok(None);
        };
        let exporter =
            export::Exporter::start(endpoint, settings).map_err(StartError::Telemetry)?;
        Ok(Some(Self {
            exporter,
            clock: Arc::clone(clock),
        }))
    }

    /// A fetch is over.
    pub(super) fn fetched(&self, fetched: &Fetched<'_>) {
        self.exporter.fetched(fetched, self.clock.now());
    }

    /// A request of the API is over.
    pub(super) fn requested(&self, requested: &Requested<'_>) {
        self.exporter.requested(requested, self.clock.now());
    }

    /// Sends what is still to be sent, and no more; it may take a few seconds, in a thread of its own.
    pub(super) async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.exporter.stop()).await;
        if let Err(error) = stopped {
            tracing::debug!(%error, "the last spans may not be sent");
        }
    }
}

#[cfg(not(feature = "otel"))]
impl Traces {
    /// This build sends no spans: whoever asks for them must hear of it.
    pub(super) fn start(
        settings: &TelemetrySettings,
        _: &Arc<dyn Clock>,
    ) -> Result<Option<Self>, StartError> {
        match &settings.otlp_endpoint {
            Some(_) => Err(StartError::NoTelemetry),
            None => Ok(None),
        }
    }

    pub(super) fn fetched(&self, _: &Fetched<'_>) {}

    pub(super) fn requested(&self, _: &Requested<'_>) {}

    pub(super) async fn stop(self) {}
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clock, .. } = self;
        formatter
            .debug_struct("Traces")
            .field("clock", clock)
            .finish_non_exhaustive()
    }
}
