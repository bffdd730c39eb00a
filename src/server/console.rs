//! The console: a page at `/` on which people see an account's agents, calls and decisions live, and act on them.
//!
//! Reading order: [`session`] (who is signed in, as a cookie tells it), `origin` (requests of other sites are not taken for
//! theirs), `sign_in`, `page` and `assets` (what a browser is sent), `board` (what is shown of an account, in parts), `boards`
//! (one reader of each account for all who watch), `live` (the stream of changes), [`lasting`] (streams end with their session),
//! [`figures`] (what is counted of the day).
//!
//! What the page asks for and changes goes through the API under `/v1`, with the session in the place of a token: there is
//! one way in, with one set of checks.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::{headers, method_not_allowed, watch};

mod assets;
mod board;
mod boards;
pub(super) mod figures;
pub(super) mod lasting;
pub(super) mod live;
mod origin;
mod page;
pub(super) mod session;
mod sign_in;

pub(super) use board::{Blind, Sources};
pub(super) use boards::Boards;

/// What a browser may do with the page: nothing but what comes from here. No script and no style stands in the page itself,
/// so text that got in by mistake could not act.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// `/`, and everything under `/console`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::console))
            .route(web::get().to(page::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/console/sign-in")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::console))
            .route(web::post().to(sign_in::sign_in))
            .default_service(web::to(|| method_not_allowed("POST"))),
    )
    .service(
        web::resource("/console/sign-out")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::console))
            .route(web::post().to(sign_in::sign_out))
            .default_service(web::to(|| method_not_allowed("POST"))),
    )
    .service(
        web::resource("/console/assets/{asset}")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::console))
            .route(web::get().to(assets::get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}
