//! `POST …/calls`: click to call.

use std::fmt;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::document::{self, ClickDocument};
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
use crate::telephony::{AccountName, AgentId, CallSid, ContactUri, PhoneNumber, told};
use crate::voice::VoiceError;

/// A call as the application that started it sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = StartedCall)]
struct StartedView<'a> {
    /// Our name of the call.
    #[schema(value_type = CallSid)]
    id: &'a str,
    /// Exotel's, if it said one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CallSid>)]
    call: Option<&'a str>,
    /// Who is rung.
    #[schema(value_type = AgentId)]
    agent: &'a str,
    /// Where.
    #[schema(value_type = ContactUri)]
    contact_uri: String,
    /// The customer; masked where the rules say `mask_numbers`.
    to: String,
    /// What both sides see.
    #[schema(value_type = PhoneNumber)]
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
#[utoipa::path(
    post, path = "/calls", tag = "calls", operation_id = "startCall",
    summary = "Click to call: rings an agent, then the customer",
    description = "A request that repeats an `Idempotency-Key` within a day gets the call of the first one.",
    params((
        "Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters, another one for each call",
        min_length = 1, max_length = 255, pattern = "^[ -~]*$",
    )),
    request_body(content = ClickDocument, example = json!({"agent": "asha", "to": "09812345678", "virtual_number": "01135124157"})),
    responses((status = 201, description = "The call is made: the agent's phone rings", body = StartedView<'static>)),
    security(("token" = ["presence"])),
    extensions(("x-problems" = json!([
        "invalid", "unknown-agent", "unknown-queue", "not-ready", "do-not-call", "out-of-hours", "calls-not-configured",
        "call-refused", "call-uncertain", "in-progress", "key-reused", "outcome-unknown", "unindexed", "stopping"
    ]))),
)]
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
        let outcome = match lines.of(&account) {
            Some(line) => {
                let dialer = Dialer {
                    store: router.store(),
                    shared: router.shared(),
                    account: &account,
                    book: &book,
                    view,
                    line,
                };
                let asked = body.to_string();
                dialer.start(&click, key.as_ref(), &asked).await
            }
            None => Err(NotStarted::NotConfigured),
        };
        tallies.clicks.count(&account, outcome.as_ref().map(drop));
        log(&account, &click, &outcome);
        if let Some(history) = history {
            let told = click_told(account.clone(), &book, now, &click, &outcome);
            history.tell(Told::Click(Box::new(told)));
        }
        let outcome = outcome.map_err(ApiError::from);
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
