//! HTTP: translates between the wire and [`routing`](crate::routing), and decides nothing itself.
//!
//! [`routes`] is the table of contents; each endpoint has its file. Exotel's paths have no middleware: what it asks must
//! not pay for what people's applications need, so checks are extractors and the log line is written by the handler.

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
mod context;
mod errands;
mod events;
mod explain;
mod fields;
mod headers;
mod health;
mod inbound;
mod limits;
mod lines;
mod metrics;
pub mod problem;
mod queues;
mod rules;
mod source;
mod start;
mod stores;
mod tally;
mod tls;

pub use access::Access;
pub use context::{Context, Lifecycle};
pub use errands::Errands;
pub use explain::question;
pub use start::{App, Running, StartError, start, surroundings_of};
pub use stores::Stores;
pub use tally::{Refused, Tally};
pub use tls::TlsError;

/// Every path that is served.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/ccm-programmable-connect")
            .route(web::get().to(connect::get))
            .route(web::post().to(connect::post)),
    )
    .service(
        web::resource("/exotel/{account}/connect")
            .route(web::get().to(connect::get))
            .route(web::post().to(connect::post)),
    )
    .service(
        web::resource("/exotel/{account}/events")
            .route(web::get().to(events::get))
            .route(web::post().to(events::post)),
    )
    .service(web::resource("/exotel/{account}/calls").route(web::post().to(calls::callback::post)))
    .service(
        web::scope("/v1/accounts/{account}")
            .wrap(headers::guarded())
            .configure(agents::routes)
            .configure(queues::routes)
            .configure(calls::routes)
            .configure(callers::routes)
            .configure(rules::routes)
            .configure(explain::routes)
            .default_service(web::to(no_such_path)),
    )
    .service(web::scope("/v1").default_service(web::to(no_such_path)))
    .configure(health::routes)
    .service(
        web::resource("/metrics")
            .wrap(headers::guarded())
            .route(web::get().to(metrics::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .default_service(web::to(no_such_path))
    .app_data(PathConfig::default().error_handler(|_, _| ApiError::NoSuchPath.into()));
}

async fn no_such_path() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NoSuchPath)
}

/// For the methods that a path of the API does not take.
async fn method_not_allowed(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    Err(ApiError::MethodNotAllowed { allowed })
}

/// The value of a header, if it is there and is text.
fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}
