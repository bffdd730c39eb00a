//! `POST …/explain`: whom would this call ring, and why?

use std::fmt;

use actix_web::http::header::ACCEPT;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::body::JsonBody;
use super::caller::Reader;
use super::context::Context;
use super::problem::ApiError;
use super::{header, method_not_allowed};
use crate::routing;

mod reading;

use reading::QuestionDocument;
pub(super) use reading::moment;
pub use reading::question;

/// What the document says of it.
#[derive(utoipa::OpenApi)]
#[openapi(paths(post))]
pub(super) struct Described;

/// `/v1/accounts/{account}/explain`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/explain")
            .route(web::post().to(post))
            .default_service(web::to(|| method_not_allowed("POST"))),
    );
}

/// Explains as JSON, or as text to whoever accepts that. Nothing is reserved.
#[utoipa::path(
    post, path = "/explain", tag = "decisions", operation_id = "explain",
    summary = "Whom would this call ring, and why?",
    description = "Nothing is reserved. As text to whoever accepts `text/plain`.",
    request_body(content = QuestionDocument, example = json!({"from": "09812345678", "to": "01135124157"})),
    responses((status = 200, description = "Whom, and why", content(
        (routing::Explanation = "application/json"),
        (String = "text/plain"),
    ))),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid", "stopping"]))),
)]
async fn post(
    Reader(caller): Reader,
    request: HttpRequest,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let now = context.router().now();
    let mut question =
        question(&body, caller.account.clone(), &caller.book, now).map_err(ApiError::Invalid)?;
    let store = context.store();
    let names = caller.book.queue_names();
    let traffic = store.traffic(&caller.account, &names).await?;
    let snapshot = store.snapshot(&caller.account).await?.with_traffic(traffic);
    question.last_answered = match question.caller {
        Some(from) => store.binding(&caller.account, from).await?,
        None => None,
    };
    let book = caller.book;
    // It looks at every agent, and at whole lists of callers: no caller may wait for that.
    let explain = move || routing::explain(&book, &question, &snapshot);
    let explanation = web::block(explain).await.or(Err(ApiError::Stopping))?;
    Ok(as_accepted(&request, &explanation))
}

/// As text to whoever accepts that, else as JSON.
pub(in crate::server) fn as_accepted(
    request: &HttpRequest,
    explanation: &(impl fmt::Display + Serialize),
) -> HttpResponse {
    let accept = header(request, ACCEPT.as_str());
    if accept.is_some_and(|accept| accept.contains("text/plain")) {
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(format!("{explanation}\n"))
    } else {
        HttpResponse::Ok().json(explanation)
    }
}
