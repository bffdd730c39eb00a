//! `POST /exotel/{account}/calls`: what Exotel reports of a call that we started. Always 200 for whoever has the key.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use std::time::Duration;

use crate::exotel::MAX_BODY_BYTES;
use crate::exotel::voice::{CallEvent, CallStatus, StatusCallback};
use crate::outbound;
use crate::presence::Heard;
use crate::routing::log::told::Reported;
use crate::routing::log::{ReportTold, Told};
use crate::server::context::Context;
use crate::server::inbound::{Refusal, Unheard, admit_anyhow};
use crate::server::metrics::Route;
use crate::telephony::{AccountName, CallSid};

const BODY_LIMIT: Duration = Duration::from_secs(1);

/// Answered at once; what it changes, the store decides afterwards.
#[utoipa::path(
    post, path = "/exotel/{account}/calls", tag = "exotel", operation_id = "reportOfStartedCall",
    summary = "Takes a report of a call that was started here",
    params(
        ("account" = AccountName, Path, description = "The account"),
        ("call" = Option<String>, Query, description = "Our name of the call"),
    ),
    request_body(content = Object, description = "Exotel's status callback", content_type = "application/json"),
    responses((status = 200, description = "Whatever it says, with no body"), Unheard),
    security(("key" = [])),
)]
pub(in crate::server) async fn post(
    request: HttpRequest,
    payload: Payload,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let answered = take(&request, payload, &context).await;
    Refusal::counted(&context, Route::Calls, answered)
}

async fn take(
    request: &HttpRequest,
    payload: Payload,
    context: &Context,
) -> Result<HttpResponse, Refusal> {
    let (account, parameters) = admit_anyhow(request, context)?;
    if !context.may_report(&account) {
        return Ok(HttpResponse::Ok().finish());
    }
    let id = parameters
        .get("call")
        .and_then(|id| CallSid::parse(id).ok());
    let body = tokio::time::timeout(BODY_LIMIT, payload.to_bytes_limited(MAX_BODY_BYTES)).await;
    let Ok(Ok(Ok(body))) = body else {
        tracing::debug!(%account, "the body of a status callback did not come whole and in time");
        return Ok(HttpResponse::Ok().finish());
    };
    match StatusCallback::read(&body) {
        Ok(callback) => learn(context, account, id, callback),
        Err(error) => tracing::debug!(%account, %error, "a status callback cannot be read"),
    }
    Ok(HttpResponse::Ok().finish())
}

fn learn(context: &Context, account: AccountName, id: Option<CallSid>, callback: StatusCallback) {
    let Some(permit) = context.report_permit() else {
        tracing::warn!(%account, "a status callback is lost: too many wait for the store");
        return;
    };
    let router = context.errands().router().clone();
    let history = context.history().cloned();
    // Among the errands: a service that stops takes in what it has said that it would.
    let learning = context.errands().begin(async move {
        let offset = router.book(&account).view(router.now()).utc_offset_seconds;
        let heard = outbound::hear(router.store(), &account, id.as_ref(), &callback, offset);
        let took_in = tokio::time::timeout(router.shared().deadline, heard).await;
        let event = callback.event.as_ref().map(CallEvent::known);
        let status = callback.details.status.as_ref().map(CallStatus::known);
        let named = id.or_else(|| callback.details.call.clone());
        let call = named.as_ref().map(tracing::field::display);
        match &took_in {
            Ok(Ok(is_news)) => {
                tracing::info!(%account, call, event, status, is_news, "reported of a call that we started");
            }
            Ok(Err(error)) => tracing::warn!(%account, call, %error, "a status callback is lost"),
            Err(_elapsed) => {
                tracing::warn!(%account, call, "a status callback is lost: the store did not answer in time");
            }
        }
        drop(permit);
        let Some(history) = history else { return };
        let is_news = took_in.ok().and_then(Result::ok);
        let heard = is_news.map(|is_news| Heard {
            is_news,
            ..Heard::default()
        });
        let report = Reported::Callback {
            call: named,
            event,
            status,
            talked: callback.details.talk_time,
        };
        history.tell(Told::Report(Box::new(ReportTold {
            book: router.book(&account),
            now: router.now(),
            account,
            report,
            heard,
        })));
    });
    drop(learning);
}
