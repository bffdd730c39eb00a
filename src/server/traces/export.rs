//! Spans, made of what a request came to, and handed to the exporter's thread. When that can't keep up, spans are lost;
//! nobody waits for it.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use actix_web::http::header::{HeaderMap, HeaderName};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    Span, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::client::Client;
use super::{Fetched, Requested};
use crate::clock::Timestamp;
use crate::routing::{Outcome, Part};
use crate::settings::{PublicUrl, TelemetrySettings};

/// How long the last spans may take when the service ends.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// What makes spans and sends them. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Exporter {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// The headers of a request, for the propagator.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// A request from its arrival to its answer.
struct Taken {
    began: SystemTime,
    ended: SystemTime,
}

impl Taken {
    /// One that has just been answered.
    fn until(now: Timestamp, took: Duration) -> Self {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        let ended = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_millis(millis))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        Self {
            began: ended.checked_sub(took).unwrap_or(ended),
            ended,
        }
    }
}

impl Exporter {
    pub(super) fn start(
        endpoint: &PublicUrl,
        settings: &TelemetrySettings,
    ) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str()))
            .build()?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        // Whoever asks may have decided for the whole trace; else the ratio does.
        let own = Sampler::TraceIdRatioBased(settings.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(own)))
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("ringmaster");
        Ok(Self { provider, tracer })
    }

    pub(super) fn fetched(&self, fetched: &Fetched<'_>, now: Timestamp) {
        let Fetched {
            account,
            call,
            decision,
            ..
        } = fetched;
        let taken = Taken::until(now, fetched.took);
        let mut attributes = vec![
            KeyValue::new("ringmaster.account", account.as_str().to_owned()),
            KeyValue::new("ringmaster.outcome", decision.outcome.code()),
            KeyValue::new("ringmaster.attempt", i64::from(decision.attempt)),
        ];
        let call = call.map(|call| KeyValue::new("ringmaster.call", call.as_str().to_owned()));
        let rule = decision.rule.as_deref();
        let rule = rule.map(|rule| KeyValue::new("ringmaster.rule", rule.to_owned()));
        attributes.extend(call.into_iter().chain(rule));
        let status = match decision.outcome {
            Outcome::Fallback(reason) => Status::error(reason.code()),
            Outcome::Offered | Outcome::Nobody | Outcome::Replayed => Status::Unset,
        };
        let span = self.server("connect", attributes, &taken);
        let parent = parent(fetched.headers);
        let mut span = span.start_with_context(&self.tracer, &parent);
        span.set_status(status);
        if span.is_recording() {
            let context = Context::new().with_remote_span_context(span.span_context().clone());
            let timing = decision.timing;
            for (name, part) in [("match", timing.matching), ("store", timing.store)] {
                if let Some(part) = part {
                    self.part(name, part, fetched, &taken, &context);
                }
            }
        }
        span.end_with_timestamp(taken.ended);
    }

    /// A part of a fetch, as a span within its span.
    fn part(
        &self,
        name: &'static str,
        part: Part,
        fetched: &Fetched<'_>,
        taken: &Taken,
        context: &Context,
    ) {
        let offset = part.began.saturating_duration_since(fetched.arrival);
        let began = taken.began.checked_add(offset).unwrap_or(taken.began);
        let ended = began.checked_add(part.took).unwrap_or(began);
        let span = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(began);
        let mut span = span.start_with_context(&self.tracer, context);
        span.end_with_timestamp(ended);
    }

    pub(super) fn requested(&self, requested: &Requested<'_>, now: Timestamp) {
        let taken = Taken::until(now, requested.took);
        let route = requested.route.unwrap_or("unknown");
        let mut attributes = vec![
            KeyValue::new("http.request.method", requested.method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(requested.status)),
        ];
        let account = requested.account.map(|account| account.as_str().to_owned());
        attributes.extend(account.map(|account| KeyValue::new("ringmaster.account", account)));
        let span = self.server(format!("{} {route}", requested.method), attributes, &taken);
        let parent = parent(requested.headers);
        let mut span = span.start_with_context(&self.tracer, &parent);
        if requested.status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(taken.ended);
    }

    fn server(
        &self,
        name: impl Into<Cow<'static, str>>,
        attributes: Vec<KeyValue>,
        taken: &Taken,
    ) -> SpanBuilder {
        self.tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .with_start_time(taken.began)
    }

    /// Sends what is left. It waits, so it is for a thread of its own.
    pub(super) fn stop(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_SPANS) {
            tracing::debug!(%error, "the last spans may not be sent");
        }
    }
}

/// The trace that the request says it belongs to.
fn parent(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}
