//! Requests that are no fetch and no report of Exotel's: counted, and one log line each.
//!
//! Of a request of the API the line says which path it asked for, as the pattern that it fits, and of whom it knows the
//! token, the account and the token's name. Health checks and scrapes come all the time, and strangers as often as they like, so
//! both are logged at `debug`: nobody without a token fills the log, where they would push out the lines of others.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};
use tokio::time::Instant;

use super::audit::{self, Signature};
use super::context::Context;
use super::metrics::{Metrics, Route};
use super::problem::ApiError;
use super::traces::Requested;
use crate::telephony::told;

/// Whose token a request came with.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    /// The token's name, if it has one.
    pub(super) token: Option<String>,
    /// Who it is, to those who read the audit.
    pub(super) signature: Signature,
}

/// Where HTTPS is spoken, browsers stay with it, for a year from the last time.
const HSTS: (HeaderName, HeaderValue) = (
    STRICT_TRANSPORT_SECURITY,
    HeaderValue::from_static("max-age=31536000"),
);

/// What such a wrapped service answers.
type Answered = Result<ServiceResponse<BoxBody>, Error>;

/// A request of the API: one line, and one in the audit where a change was asked for and is refused at the door.
pub(super) async fn api(request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    said(Route::Api, request, next).await
}

/// A request for the console's page, or for what belongs to it.
pub(super) async fn console(request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    said(Route::Console, request, next).await
}

async fn said(route: Route, request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    let arrival = Instant::now();
    let mut response = counted(route, request, next).await?;
    let context = response.request().app_data::<Data<Context>>().cloned();
    if let Some(context) = context {
        context.lifecycle().end_connection(response.response_mut());
    }
    let asked = response.request();
    let bearer = asked.extensions().get::<Bearer>().cloned();
    let bearer = bearer.as_ref();
    let (took, route) = (arrival.elapsed(), asked.match_pattern());
    if let Some(traces) = asked
        .app_data::<Data<Context>>()
        .and_then(|context| context.traces())
    {
        traces.requested(&Requested {
            headers: asked.headers(),
            method: asked.method().as_str(),
            route: route.as_deref(),
            account: bearer.map(|bearer| &bearer.signature.account),
            status: response.status().as_u16(),
            took,
        });
    }
    let method = asked.method().as_str();
    let status = response.status().as_u16();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if let Some(bearer) = bearer {
        let (account, token) = (
            bearer.signature.account.as_str(),
            bearer.token.as_deref().map(told),
        );
        let token = token.as_deref();
        let error = response.response().error();
        if let Some(error) = error.and_then(|error| error.as_error::<ApiError>()) {
            audit::refused(&bearer.signature, asked, error);
        }
        tracing::info!(method, route, status, account, token, took_us, "requested");
    } else {
        tracing::debug!(method, route, status, took_us, "requested");
    }
    Ok(response)
}

/// A health check.
pub(super) async fn health(request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    seldom_said(Route::Health, request, next).await
}

/// A scrape.
pub(super) async fn metrics(request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    seldom_said(Route::Metrics, request, next).await
}

/// The API's document.
pub(super) async fn docs(request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    seldom_said(Route::Docs, request, next).await
}

/// A path under which nothing is served.
pub(super) async fn stranger(metrics: Data<Metrics>) -> Result<HttpResponse, ApiError> {
    let error = ApiError::NoSuchPath;
    let requests = &metrics.tallies().requests;
    requests.answered(Route::Other, error.status());
    Err(error)
}

async fn seldom_said(route: Route, request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    let response = counted(route, request, next).await?;
    tracing::debug!(
        route = response.request().match_pattern(),
        status = response.status().as_u16(),
        "requested"
    );
    Ok(response)
}

async fn counted(route: Route, request: ServiceRequest, next: Next<BoxBody>) -> Answered {
    let metrics = request.app_data::<Data<Metrics>>().cloned();
    let mut response = next.call(request).await?;
    if response.request().app_config().secure() {
        response.headers_mut().insert(HSTS.0, HSTS.1);
    }
    if let Some(metrics) = metrics {
        let requests = &metrics.tallies().requests;
        requests.answered(route, response.status());
        let error = response.response().error();
        let error = error.and_then(|error| error.as_error::<ApiError>());
        if let Some(why) = error.and_then(ApiError::refused) {
            requests.refused(why);
        }
    }
    Ok(response)
}
