//! HTTP: translates between the wire and [`routing`](crate::routing), and decides nothing itself.
//!
//! [`routes`] is the table of contents; each endpoint has its file. What Exotel asks must not pay for what people's
//! applications need, so there is no middleware in its way: checks are extractors, and the handler counts and logs.

use std::future::{Ready, ready};

use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{self, PathConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use problem::ApiError;

mod access;
mod agents;
mod audit;
mod body;
mod caller;
mod callers;
mod calls;
mod connect;
mod console;
mod context;
mod decisions;
mod docs;
mod errands;
mod events;
mod explain;
mod fields;
mod headers;
mod health;
mod history;
mod inbound;
mod limits;
mod lines;
mod listen;
mod metrics;
mod openapi;
pub mod problem;
mod queues;
mod replay;
mod rules;
mod seen;
mod source;
mod start;
mod stores;
mod tls;
mod traces;
mod watch;

pub use access::Access;
pub use context::{Context, Lifecycle};
pub use errands::Errands;
pub use explain::question;
pub use metrics::{Tallies, lost_lines_are_counted_by};
pub use start::{App, Running, StartError, start, surroundings_of};
pub use stores::Stores;
pub use tls::TlsError;

/// Every path that is served, but for [`metrics_routes`] and [`docs_routes`].
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/ccm-programmable-connect")
            .route(web::get().to(connect::get))
            .route(web::post().to(connect::post))
            .default_service(web::to(|| other_method("GET, POST"))),
    )
    .service(
        web::resource("/exotel/{account}/connect")
            .route(web::get().to(connect::get))
            .route(web::post().to(connect::post))
            .default_service(web::to(|| other_method("GET, POST"))),
    )
    .service(
        web::resource("/exotel/{account}/events")
            .route(web::get().to(events::get))
            .route(web::post().to(events::post))
            .default_service(web::to(|| other_method("GET, POST"))),
    )
    .service(
        web::resource("/exotel/{account}/calls")
            .route(web::post().to(calls::callback::post))
            .default_service(web::to(|| other_method("POST"))),
    )
    .service(
        web::scope("/v1/accounts/{account}")
            .wrap(from_fn(console::session::recognized))
            .wrap(headers::guarded())
            .wrap(from_fn(watch::api))
            .configure(agents::routes)
            .configure(queues::routes)
            .configure(calls::routes)
            .configure(callers::routes)
            .configure(decisions::routes)
            .configure(rules::routes)
            .configure(explain::routes)
            .configure(console::live::routes)
            .configure(replay::routes)
            .default_service(web::to(no_such_path)),
    )
    .service(
        web::scope("/v1")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::api))
            .default_service(web::to(no_such_path)),
    )
    .configure(health::routes)
    .configure(console::routes)
    .default_service(web::to(watch::stranger))
    .app_data(PathConfig::default().error_handler(|_, _| ApiError::NoSuchPath.into()));
}

/// For Prometheus, on the main listener or on one of its own.
pub fn metrics_routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/metrics")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::metrics))
            .route(web::get().to(metrics::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}

/// The API's document, for programs and for people.
pub fn docs_routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/openapi.json")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::docs))
            .route(web::get().to(openapi::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/docs")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::docs))
            .route(web::get().to(docs::page))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/docs/{part}")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::docs))
            .route(web::get().to(docs::part))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}

async fn no_such_path() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NoSuchPath)
}

/// For the methods that a path of the API does not take.
async fn method_not_allowed(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    Err(ApiError::MethodNotAllowed { allowed })
}

/// The same for the paths of Exotel, where no refusal has a body.
fn other_method(allowed: &'static str) -> Ready<HttpResponse> {
    let mut refused = HttpResponse::MethodNotAllowed();
    ready(refused.insert_header((ALLOW, allowed)).finish())
}

/// The value of a header, if it is there and is text.
fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}
