//! `POST …/calls`: click to call.

use std::fmt;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::document;
use crate::clock::Timestamp;
use crate::outbound::claim::InvalidIdempotencyKey;
use crate::outbound::{ClickToCall, Dialer, IdempotencyKey, NotStarted, Started, Whom};
use crate::routing::RoutingBook;
use crate::routing::log::entry::{ClickEntry, VERSION};
use crate::routing::log::{ClickTold, Told};
use crate::server::audit::{self, Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AccountName, AgentId, CallSid, told};
use crate::voice::VoiceError;

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
    let key = key_of(&request)?;
    let attempt = Attempt::new(&caller, Action::StartCall);
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
    let (history, now) = (context.history().cloned(), router.now());
    // A call that is being made is made to its end, also when whoever asked for it has gone.
    let calling = context.errands().begin(async move {
        let outcome = async {
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
            if let Some(history) = history {
                let told = click_told(account.clone(), &book, now, &click, &outcome);
                history.tell(Told::Click(Box::new(told)));
            }
            outcome
        };
        let outcome = outcome.await.map_err(ApiError::from);
        let agent = agent_of(&click, &outcome);
        attempt.of(agent, &body).came_to(audit::word(&outcome));
        outcome
    });
    let started = calling.await.unwrap_or(Err(ApiError::Stopping))?;
    Ok(HttpResponse::Created().json(StartedView::new(&started, &caller.book)))
}

/// Who is rung, or was to be.
fn agent_of<'a>(
    click: &'a ClickToCall,
    outcome: &'a Result<Started, ApiError>,
) -> Option<&'a AgentId> {
    match (outcome, &click.whom) {
        (Ok(started), _) => Some(&started.agent),
        (Err(_), Whom::Agent(agent)) => Some(agent),
        (Err(_), Whom::Queue(_)) => None,
    }
}

const KEY: &str = "Idempotency-Key";

/// The request's key. One that cannot be used is refused, not passed over: whoever sent it counts on being called once.
fn key_of(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let refused = |why: &dyn fmt::Display| Err(ApiError::Invalid(vec![FieldError::new(KEY, why)]));
    let mut values = request.headers().get_all(KEY);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return refused(&"is there more than once; send one");
    }
    let text = std::str::from_utf8(value.as_bytes()).or(Err(InvalidIdempotencyKey));
    match text.and_then(IdempotencyKey::parse) {
        Ok(key) => Ok(Some(key)),
        Err(error) => refused(&error),
    }
}

/// For the record.
fn click_told(
    account: AccountName,
    book: &RoutingBook,
    at: Timestamp,
    click: &ClickToCall,
    outcome: &Result<Started, NotStarted>,
) -> ClickTold {
    let (agent, queue) = match &click.whom {
        Whom::Agent(agent) => (Some(agent.to_string()), None),
        Whom::Queue(queue) => (None, Some(queue.to_string())),
    };
    let started = outcome.as_ref().ok();
    let is_started = if started.is_some() {
        "started"
    } else {
        "not_started"
    };
    let entry = ClickEntry {
        v: VERSION,
        at: book.local_time(at),
        call: started
            .map(|started| started.id.to_string())
            .unwrap_or_default(),
        call_at_exotel: started
            .and_then(|started| started.call.as_ref())
            .map(ToString::to_string),
        to: click.to.masked().to_string(),
        queue: queue.map(|queue| told(&queue).into_owned()),
        agent: started
            .map(|started| started.agent.to_string())
            .or_else(|| agent.map(|agent| told(&agent).into_owned())),
        outcome: is_started.to_owned(),
        why: outcome.as_ref().err().map(|error| error.code().to_owned()),
    };
    ClickTold {
        account,
        call: started.map(|started| started.id.clone()),
        at,
        entry,
    }
}

fn log(account: &AccountName, click: &ClickToCall, outcome: &Result<Started, NotStarted>) {
    let whom = match &click.whom {
        Whom::Agent(agent) => agent.as_str(),
        Whom::Queue(queue) => queue.as_str(),
    };
    let (whom, to) = (&*told(whom), click.to.masked());
    match outcome {
        Ok(started) => {
            let (agent, id) = (told(started.agent.as_str()), &started.id);
            let call = started.call.as_ref().map(tracing::field::display);
            tracing::info!(%account, %id, call, whom, %agent, %to, "a call is started");
        }
        Err(error) => {
            let exotel = error.exotel().map(VoiceError::code);
            tracing::info!(%account, whom, %to, reason = error.code(), exotel, "no call is started");
        }
    }
}
