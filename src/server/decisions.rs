//! What was decided: the log to page through, and as it goes on.

use actix_web::web::{self, ServiceConfig};

use super::method_not_allowed;
use crate::presence::{LogId, Logged};

mod described;
mod filter;
mod list;
pub(super) mod passed_over;
pub(super) mod sse;
mod stream;
pub(super) mod timeline;

pub(super) use described::Entry;
pub(super) use filter::moment;

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list::get, stream::get))]
pub(super) struct Described;

/// Everything under `/v1/accounts/{account}/decisions`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/decisions")
            .route(web::get().to(list::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/decisions/stream")
            .route(web::get().to(stream::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}

/// An entry as it is shown: as it was written, with its place.
pub(super) fn shown(entry: &Logged) -> String {
    with_id(Some(entry.id), &entry.text)
}

fn with_id(id: Option<LogId>, text: &str) -> String {
    match (id, text.strip_prefix('{')) {
        (Some(id), Some(rest)) => format!("{{\"id\":\"{id}\",{rest}"),
        (None, _) | (_, None) => text.to_owned(),
    }
}
