//! `GET|POST /exotel/{account}/connect` and `/ccm-programmable-connect`: whom shall this call ring?

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::Instant;

use super::context::Context;
use super::header;
use super::inbound::{Answer, FetchParameters, Refusal, Unheard, Unread, add_body, admit};
use super::metrics::Route;
use super::traces::Fetched;
use crate::exotel::{ConnectRequest, Dialect, Parameters};
use crate::routing::log::{FetchTold, Told};
use crate::routing::{Reply, Router};
use crate::telephony::AccountName;

/// How much of the time for an answer its body may take.
const BODY_SHARE: f32 = 0.5;

/// A fetch as Exotel documents it: everything in the query.
#[utoipa::path(
    get, path = "/exotel/{account}/connect", tag = "exotel", operation_id = "connect",
    summary = "Whom shall this call ring?",
    params(("account" = AccountName, Path, description = "The account"), FetchParameters),
    responses((status = 200, description = "The answer", body = Answer), Unheard, Unread),
    security(("key" = [])),
)]
pub(super) async fn get(
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let arrival = Instant::now();
    let answered = async {
        let (account, parameters) = admit(&request, &context)?;
        Ok(answer(&request, &context, &account, &parameters, arrival).await)
    };
    Refusal::counted(&context, Route::Connect, answered.await)
}

/// A fetch whose parameters may stand in the body as well. A slow body must leave time to decide.
#[utoipa::path(
    post, path = "/exotel/{account}/connect", tag = "exotel", operation_id = "connectWithBody",
    summary = "Whom shall this call ring?",
    description = "With parameters in the query, the body, or both; the query counts first.",
    params(("account" = AccountName, Path, description = "The account"), FetchParameters),
    request_body(content(
        (FetchParameters = "application/x-www-form-urlencoded"),
        (FetchParameters = "multipart/form-data"),
        (FetchParameters = "application/json"),
    )),
    responses((status = 200, description = "The answer", body = Answer), Unheard, Unread),
    security(("key" = [])),
)]
pub(super) async fn post(
    request: HttpRequest,
    payload: Payload,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let arrival = Instant::now();
    let answered = async {
        let (account, mut parameters) = admit(&request, &context)?;
        let time = context.router().shared().deadline;
        add_body(&mut parameters, &request, payload, time.mul_f32(BODY_SHARE)).await?;
        Ok(answer(&request, &context, &account, &parameters, arrival).await)
    };
    Refusal::counted(&context, Route::Connect, answered.await)
}

/// Parse, decide, count, log, answer.
async fn answer(
    request: &HttpRequest,
    context: &Context,
    account: &AccountName,
    parameters: &Parameters,
    arrival: Instant,
) -> HttpResponse {
    let router = context.router();
    let book = router.book(account);
    let call = ConnectRequest::read(parameters, book.country());
    let dialect = Dialect::from_header(header(request, Dialect::HEADER), book.dialect());
    let mut decision = if context.may_fetch(account) {
        router.answer(account, &book, &call, dialect, arrival).await
    } else {
        Router::turn_away(&book, dialect)
    };
    let took = arrival.elapsed();
    context.tallies().decisions.count(account, &decision, took);
    decision.log(account, &call, took);
    if let Some(traces) = context.traces() {
        traces.fetched(&Fetched {
            headers: request.headers(),
            account,
            call: call.call.as_ref(),
            decision: &decision,
            arrival,
            took,
        });
    }
    let response = respond(decision.take_reply());
    if let Some(history) = context.history() {
        let (account, now) = (account.clone(), router.now());
        history.tell(Told::Fetch(Box::new(FetchTold {
            account,
            book,
            now,
            request: call,
            dialect,
            decision,
            status: response.status().as_u16(),
            took,
        })));
    }
    response
}

fn respond(reply: Reply) -> HttpResponse {
    match reply {
        Reply::Answer(json) => HttpResponse::Ok()
            .content_type("application/json")
            .body(json),
        Reply::Status(status) => HttpResponse::new(
            StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        ),
    }
}
