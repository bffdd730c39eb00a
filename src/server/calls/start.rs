//! `POST …/calls`: click to call.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::document;
use crate::outbound::{ClickToCall, Dialer, IdempotencyKey, NotStarted, Started, Whom};
use crate::routing::RoutingBook;
use crate::server::audit::{self, Action};
use crate::server::body::JsonBody;
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::header;
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AccountName, CallSid, without_numbers};

/// A call as the application that started it sees it.
#[derive(Serialize)]
struct StartedView<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    agent: &'a str,
    contact_uri: String,
    to: String,
    virtual_number: String,
}

impl<'a> StartedView<'a> {
    fn new(started: &'a Started, book: &RoutingBook) -> Self {
        Self {
            id: started.id.as_str(),
            call: started.call.as_ref().map(CallSid::as_str),
            agent: started.agent.as_str(),
            contact_uri: started.contact_uri.to_string(),
            to: if book.outbound().mask_numbers {
                started.to.masked().to_string()
            } else {
                started.to.to_string()
            },
            virtual_number: started.virtual_number.to_string(),
        }
    }
}

/// Reserves the agent, has Exotel make the call, and shows it.
pub(super) async fn post(
    PresenceSetter(caller): PresenceSetter,
    request: HttpRequest,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let click = document::read(&body, caller.book.country())?;
    let key = header(&request, "Idempotency-Key").map(IdempotencyKey::parse);
    let key = key
        .transpose()
        .map_err(|error| ApiError::Invalid(vec![FieldError::new("Idempotency-Key", error)]))?;
    let fields = audit::fields(&body);
    let asked_for = match &click.whom {
        Whom::Agent(agent) => Some(agent.clone()),
        Whom::Queue(_) => None,
    };
    let (account, book, view) = (
        caller.account.clone(),
        Arc::clone(&caller.book),
        caller.view,
    );
    let (router, lines) = (
        context.errands().router().clone(),
        Arc::clone(context.errands().lines()),
    );
    let tallies = Arc::clone(context.tallies());
    // A call that is being made is made to its end, also when whoever asked for it has gone.
    let calling = context.errands().begin(async move {
        let dialer = Dialer {
            store: router.store(),
            shared: router.shared(),
            account: &account,
            book: &book,
            view,
            line: lines.of(&account).ok_or(NotStarted::NotConfigured)?,
        };
        let outcome = dialer.start(&click, key.as_ref(), &body.to_string()).await;
        tallies.clicks.count(&account, outcome.as_ref().map(drop));
        log(&account, &click, &outcome);
        outcome
    });
    let outcome = match calling.await {
        Ok(outcome) => outcome.map_err(ApiError::from),
        Err(_stopping) => Err(ApiError::Stopping),
    };
    let agent = outcome.as_ref().ok().map(|started| &started.agent);
    let agent = agent.or(asked_for.as_ref());
    audit::record(&caller, Action::StartCall, agent, &fields, &outcome);
    let started = outcome?;
    Ok(HttpResponse::Created().json(StartedView::new(&started, &caller.book)))
}

fn log(account: &AccountName, click: &ClickToCall, outcome: &Result<Started, NotStarted>) {
    let whom = match &click.whom {
        Whom::Agent(agent) => agent.as_str(),
        Whom::Queue(queue) => queue.as_str(),
    };
    let (whom, to) = (without_numbers(whom), click.to.masked());
    match outcome {
        Ok(started) => {
            let (agent, id) = (&started.agent, &started.id);
            let call = started.call.as_ref().map(tracing::field::display);
            tracing::info!(%account, %id, call, whom, %agent, %to, "a call is started");
        }
        Err(error) => {
            tracing::info!(%account, whom, %to, reason = error.code(), "no call is started");
        }
    }
}
