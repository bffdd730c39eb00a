//! `GET|POST /exotel/{account}/events`: what Exotel reports of each leg.
//!
//! Whoever has the key gets 200 at once, even for an event that means nothing to us or is too long to be read: whoever
//! reports could do nothing about a refusal, and might stop reporting. Nothing is done with an event yet: agents come
//! back when their lease ends. It is read and logged at `debug`, so that rules can ask for events and one can see that
//! they arrive.

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::context::Context;
use super::inbound::{Refusal, add_body, admit_anyhow};
use crate::exotel::{Parameters, Party};
use crate::telephony::AccountName;

const BODY_LIMIT: Duration = Duration::from_secs(1);

/// An event as Exotel documents it: everything in the query.
pub(super) async fn get(
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let (account, parameters) = admit_anyhow(&request, &context)?;
    Ok(note(&context, &account, &parameters))
}

/// An event whose parameters may stand in the body as well.
pub(super) async fn post(
    request: HttpRequest,
    payload: Payload,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let (account, mut parameters) = admit_anyhow(&request, &context)?;
    if let Err(refusal) = add_body(&mut parameters, &request, payload, BODY_LIMIT).await {
        tracing::debug!(%refusal, "the body of an event is not read");
    }
    Ok(note(&context, &account, &parameters))
}

fn note(context: &Context, account: &AccountName, parameters: &Parameters) -> HttpResponse {
    let country = context.router().book(account).country();
    let whom = parameters
        .get("DialWhomNumber")
        .map(|raw| Party::read(raw, country));
    tracing::debug!(
        account = account.as_str(),
        call = parameters.get("CallSid"),
        event = parameters.get("EventType"),
        whom = whom.as_ref().map(tracing::field::display),
        "an event was reported"
    );
    HttpResponse::Ok().finish()
}
