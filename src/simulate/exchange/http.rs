//! The doors of the stand-in: each path of the Voice API, behind HTTP Basic.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER};
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Exchange;
use super::body;
use super::list;
use super::refusal::Refusal;
use super::request;

/// Everything that is answered.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/v3/accounts/{account}/calls", post().to(make_call))
        .route("/v3/accounts/{account}/calls/{call}", get().to(details))
        .route("/v3/accounts/{account}/calls/{call}/legs", get().to(legs))
        .service(
            resource([
                "/v1/Accounts/{account}/Calls",
                "/v1/Accounts/{account}/Calls.json",
            ])
            .get(calls),
        );
}

async fn make_call(
    http: HttpRequest,
    account: Path<String>,
    bytes: Bytes,
    exchange: Data<Exchange>,
) -> HttpResponse {
    let now = exchange.now();
    let mut book = exchange.book();
    let id = book.next_request();
    if !is_known(&http) {
        return refused(id, "POST", Refusal::NOT_AUTHENTICATED, String::new());
    }
    let asked = match request::read(&bytes) {
        Ok(asked) => asked,
        Err(invalid) => return refused(id, "POST", Refusal::INVALID, invalid.description()),
    };
    book.hears(&asked);
    if let Some(refusal) = book.refusal_of(&asked) {
        return refused(id, "POST", refusal, String::new());
    }
    let entry = book.place(&account, asked, now);
    HttpResponse::Ok().json(body::success(id, "POST", entry))
}

async fn details(
    http: HttpRequest,
    path: Path<(String, String)>,
    exchange: Data<Exchange>,
) -> HttpResponse {
    let (_, call) = path.into_inner();
    let mut book = exchange.book();
    let id = book.next_request();
    if !is_known(&http) {
        return refused(id, "GET", Refusal::NOT_AUTHENTICATED, String::new());
    }
    book.was_told(&call);
    match book.entry(&call) {
        Some(entry) => HttpResponse::Ok().json(body::success(id, "GET", entry)),
        None => refused(id, "GET", Refusal::UNKNOWN_CALL, String::new()),
    }
}

async fn legs(
    http: HttpRequest,
    path: Path<(String, String)>,
    exchange: Data<Exchange>,
) -> HttpResponse {
    let (_, call) = path.into_inner();
    let mut book = exchange.book();
    let id = book.next_request();
    if !is_known(&http) {
        return refused(id, "GET", Refusal::NOT_AUTHENTICATED, String::new());
    }
    match book.entry(&call) {
        Some(entry) => HttpResponse::Ok().json(body::legs(id, entry)),
        None => refused(id, "GET", Refusal::UNKNOWN_CALL, String::new()),
    }
}

async fn calls(http: HttpRequest, account: Path<String>, exchange: Data<Exchange>) -> HttpResponse {
    let mut book = exchange.book();
    let id = book.next_request();
    if !is_known(&http) {
        return refused(id, "GET", Refusal::NOT_AUTHENTICATED, String::new());
    }
    let asked = list::Asked::of(http.query_string());
    HttpResponse::Ok().json(list::page(&account, book.over(), &asked))
}

/// Key and token are whatever the account's settings have; but both must be there.
fn is_known(request: &HttpRequest) -> bool {
    let header = request.headers().get(AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    let encoded = header.and_then(|text| text.strip_prefix("Basic "));
    let pair = encoded.and_then(|text| STANDARD.decode(text.trim()).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    let pair = pair.as_deref().and_then(|pair| pair.split_once(':'));
    pair.is_some_and(|(key, token)| !key.is_empty() && !token.is_empty())
}

fn refused(
    id: String,
    method: &'static str,
    refusal: Refusal,
    description: String,
) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response: HttpResponseBuilder = HttpResponse::build(status);
    if let Some(seconds) = refusal.retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    response.json(body::failure(id, method, refusal, description))
}
