//! What browsers are told about everything that one may show. Exotel's paths go without: no browser sees their answers, and
//! each answer would pay for it.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::DefaultHeaders;

/// A page that needs more says so itself; whatever is no page needs nothing, and may stand in nobody's frame.
pub(super) const HEADERS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Agents, calls and the numbers of people stay in no cache on the way.
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Adds these headers where the answer says nothing else.
pub(super) fn guarded() -> DefaultHeaders {
    HEADERS
        .into_iter()
        .fold(DefaultHeaders::new(), DefaultHeaders::add)
}
