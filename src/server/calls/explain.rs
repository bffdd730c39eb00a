//! `GET …/calls/{call}/explain[?attempt=N]`: whom did this call ring, why, and what came of it?

use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::IntoParams;

use super::show::name_at_exotel;
use crate::outbound;
use crate::routing::{PastCall, PastExplanation, explain_past};
use crate::server::caller::{Caller, Reader};
use crate::server::context::Context;
use crate::server::decisions::timeline::entries;
use crate::server::explain::as_accepted;
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::CallSid;

/// What is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only the answers to this attempt.
    #[param(maximum = 255)]
    attempt: Option<u8>,
}

/// Explains as JSON, or as text to whoever accepts that.
#[utoipa::path(
    get, path = "/calls/{call}/explain", tag = "calls", operation_id = "explainCall",
    summary = "Whom did this call ring, why, and what came of it?",
    description = "From what was written down and from what agents were. As text to whoever accepts `text/plain`.",
    params(("call" = CallSid, Path, description = "The call"), Wanted),
    responses((status = 200, description = "The call, attempt by attempt", content(
        (PastExplanation = "application/json"),
        (String = "text/plain"),
    ))),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid", "call-not-kept", "history-off", "stopping"]))),
)]
pub(super) async fn get(
    Reader(caller): Reader,
    request: HttpRequest,
    path: Path<(String, String)>,
    wanted: Result<Query<Wanted>, actix_web::Error>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let wanted =
        wanted.map_err(|error| ApiError::Invalid(vec![FieldError::new("query", error)]))?;
    let kept = context.history().ok_or(ApiError::HistoryOff)?.kept();
    let (_account, call) = path.into_inner();
    let asked = CallSid::parse(&call).or(Err(ApiError::CallNotKept { kept }))?;
    let call = read(&context, &caller, asked).await?;
    if call.entries.is_empty() {
        return Err(ApiError::CallNotKept { kept });
    }
    let store = context.store();
    let past = match call.span() {
        Some((from, to)) => Some(store.past(&caller.account, from, to).await?),
        None => None,
    };
    let book = caller.book;
    // It looks at every agent: no caller may wait for that.
    let explain = move || explain_past(&book, &call, past.as_ref());
    let explanation = web::block(explain).await.or(Err(ApiError::Stopping))?;
    let explanation = narrowed(explanation, wanted.attempt)?;
    Ok(as_accepted(&request, &explanation))
}

/// Everything that the log has of the call, under any of its names.
async fn read(context: &Context, caller: &Caller, asked: CallSid) -> Result<PastCall, ApiError> {
    let (store, account) = (context.store(), &caller.account);
    let ours = outbound::our_name(store, account, Some(&asked)).await?;
    let at_exotel = name_at_exotel(context, caller, &asked, ours.as_ref()).await?;
    let names = [ours.as_ref(), Some(&asked), at_exotel.as_ref()];
    let names: Vec<_> = names.into_iter().flatten().collect();
    let read = entries(store, account, &names).await?;
    Ok(PastCall {
        account: account.clone(),
        call: asked,
        entries: read.entries,
        unreadable: read.unreadable,
        gone: read.gone,
    })
}

/// The answers to one attempt, if one is asked for.
fn narrowed(
    mut explanation: PastExplanation,
    attempt: Option<u8>,
) -> Result<PastExplanation, ApiError> {
    let Some(attempt) = attempt else {
        return Ok(explanation);
    };
    let most = explanation.attempts.iter().map(|told| told.number).max();
    explanation.attempts.retain(|told| told.number == attempt);
    if explanation.attempts.is_empty() {
        let most = most.unwrap_or_default();
        let message = format!("must be one of the call's attempts, and the last of them is {most}");
        return Err(ApiError::Invalid(vec![FieldError::new("attempt", message)]));
    }
    Ok(explanation)
}
