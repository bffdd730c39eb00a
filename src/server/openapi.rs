//! What is served, as a document for programs: `/openapi.json`, in the words of `OpenAPI` 3.1.
//!
//! Each handler says beside itself what it takes and gives (`utoipa::path`), and each part of the API lists its handlers
//! beside its routes; the types are those that are read and written. What all have in common is said once, by
//! [`finish`](finish::finish): the account in the path, what the door refuses, what comes of a store that fails.
//!
//! A handler names the codes of its own problems under `x-problems`; the responses are made of them.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use utoipa::OpenApi;

use super::problem::Problem;
use super::rules::RefusedRules;
use super::{
    agents, callers, calls, connect, console, decisions, events, explain, health, metrics, queues,
    replay, rules,
};
use crate::telephony::AccountName;

mod finish;

/// Everything in one: a part is added where its routes are.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "ringmaster",
        description = "Decides whose phone rings: the service behind Exotel's Programmable Connect URL. \
            Exotel proves itself with `key` in the query; everything under `/v1` takes a bearer token, whose role is \
            `admin` (everything), `presence` (read, and set presence) or `read`. Times are RFC 3339 with the offset of the \
            account's zone, lengths of time are texts such as `1h30m`. Fields may be added to answers; none changes or goes.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = ".", description = "Where this document is served")),
    tags(
        (name = "exotel", description = "What Exotel asks and reports"),
        (name = "agents", description = "Who may be rung, and whether they are there"),
        (name = "queues", description = "Who is ready, and which calls wait"),
        (name = "calls", description = "Calls that are started here, and any call as it is remembered"),
        (name = "decisions", description = "What was decided and why, and what would be"),
        (name = "callers", description = "What is kept of those who call"),
        (name = "rules", description = "The account's rules"),
        (name = "operation", description = "For monitors, load balancers and programs that read this"),
    ),
    paths(connect::get, connect::post, events::get, events::post, calls::callback::post, health::livez, health::readyz, metrics::get, get),
    nest(
        (path = "/v1/accounts/{account}", api = agents::Described),
        (path = "/v1/accounts/{account}", api = queues::Described),
        (path = "/v1/accounts/{account}", api = calls::Described),
        (path = "/v1/accounts/{account}", api = callers::Described),
        (path = "/v1/accounts/{account}", api = decisions::Described),
        (path = "/v1/accounts/{account}", api = rules::Described),
        (path = "/v1/accounts/{account}", api = explain::Described),
        (path = "/v1/accounts/{account}", api = replay::Described),
        (path = "/v1/accounts/{account}", api = console::live::Described),
    ),
    components(schemas(AccountName, Problem<'static>, RefusedRules)),
)]
struct Described;

/// The document, which is the same as long as the process runs: made for the first who asks.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    Bytes::from(finish::finish(document).to_string())
});

/// This document. It is no secret, and needs no token.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation", operation_id = "openapi",
    summary = "This document",
    description = "Not served with the setting `docs = false`.",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(super) async fn get() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(DOCUMENT.clone())
}
