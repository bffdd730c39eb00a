//! Calls: those that we start, what Exotel reports of them, and any call as it is remembered.

use actix_web::web::{self, ServiceConfig};

use super::method_not_allowed;

pub(super) mod callback;
mod document;
mod exotel;
mod explain;
mod show;
mod start;

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(start::post, show::get, explain::get))]
pub(super) struct Described;

/// Everything under `/v1/accounts/{account}/calls`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/calls")
            .route(web::post().to(start::post))
            .default_service(web::to(|| method_not_allowed("POST"))),
    )
    .service(
        web::resource("/calls/{call}")
            .route(web::get().to(show::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/calls/{call}/explain")
            .route(web::get().to(explain::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}
