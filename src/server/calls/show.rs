//! `GET …/calls/{call}[?exotel=true]`: a call as it is remembered, as the log tells it, and as Exotel has it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::exotel::{self, AtExotel};
use crate::clock::Timestamp;
use crate::outbound;
use crate::presence::{
    Agent, AgentState, CallHistory, Leg, LegOutcome, NoteStep, PastAnswer, PastDestination,
};
use crate::routing::{RoutingBook, rule_of};
use crate::server::caller::{Caller, Reader};
use crate::server::context::Context;
use crate::server::decisions::Entry;
use crate::server::decisions::passed_over::{Counts, with_passed_over};
use crate::server::decisions::timeline::{Timeline, timeline};
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AgentId, CallSid, ContactUri};

/// What is asked for besides.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Ask Exotel as well what it says of the call.
    #[serde(default)]
    exotel: bool,
    /// Count in each answer's open queues who was not rung, by why.
    #[serde(default)]
    passed_over: bool,
}

/// A call.
#[derive(Serialize, ToSchema)]
#[schema(as = Call)]
struct CallView<'a> {
    /// By which name: Exotel's where it is known.
    #[schema(value_type = CallSid)]
    call: &'a str,
    /// Our name of a call that we started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CallSid>)]
    id: Option<&'a str>,
    /// Did we start it?
    started_here: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    first_at: Option<String>,
    /// What was keyed, if anything was.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    digits: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    custom_field: &'a str,
    attempts: Vec<AttemptView<'a>>,
    /// The agents whom the call holds now.
    holds: Vec<HeldView<'a>>,
    /// What the log has of it, in order: each answer with the rules that were asked, each report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<Entry>)]
    timeline: Vec<Box<RawValue>>,
    /// Where it was asked for: was it counted who was not rung?
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_over: Option<Counts>,
    /// How many entries more there were: of very many repeats go first, then reports. Left out where nothing has gone.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    trimmed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exotel: Option<AtExotel>,
}

/// One answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView<'a> {
    #[schema(format = DateTime)]
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_version: Option<String>,
    /// Is it the call's last answer?
    last: bool,
    rings: Vec<DestinationView<'a>>,
}

/// What became of one destination.
#[derive(Serialize, ToSchema)]
#[schema(as = Destination)]
struct DestinationView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AgentId>)]
    agent: Option<&'a str>,
    #[schema(value_type = ContactUri)]
    contact_uri: String,
    /// `offered`, `ringing` or `in_call`; or how it ended: `answered`, `missed`, `declined`, `failed`, `cancelled`, `ended`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    since: Option<String>,
}

/// An agent whom the call holds.
#[derive(Serialize, ToSchema)]
#[schema(as = Held)]
struct HeldView<'a> {
    #[schema(value_type = AgentId)]
    agent: &'a str,
    state: AgentState,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// Shows what is remembered, under either name.
#[utoipa::path(
    get, path = "/calls/{call}", tag = "calls", operation_id = "getCall",
    summary = "A call: its attempts and what became of them, everything in order",
    description = "By Exotel's name or by ours.",
    params(("call" = CallSid, Path, description = "The call"), Wanted),
    responses((status = 200, description = "The call", body = CallView<'static>)),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid", "unknown-call", "stopping"]))),
)]
pub(super) async fn get(
    Reader(caller): Reader,
    path: Path<(String, String)>,
    wanted: Result<Query<Wanted>, actix_web::Error>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let wanted =
        wanted.map_err(|error| ApiError::Invalid(vec![FieldError::new("query", error)]))?;
    let (_account, call) = path.into_inner();
    let asked = CallSid::parse(&call).or(Err(ApiError::UnknownCall))?;
    let store = context.store();
    let account = &caller.account;
    let ours = outbound::our_name(store, account, Some(&asked)).await?;
    let known_as = ours.as_ref().unwrap_or(&asked);
    let history = store.call(account, known_as).await?;
    let at_exotel = name_at_exotel(&context, &caller, &asked, ours.as_ref()).await?;
    // Whoever may only read must not use up the requests to Exotel with names that mean nothing. Anybody can make up a name
    // that looks like one of ours.
    let is_named = ours.is_some() && at_exotel.is_some();
    let names = [Some(known_as), Some(&asked), at_exotel.as_ref()];
    let names: Vec<_> = names.into_iter().flatten().collect();
    let told = timeline(store, account, &names).await?;
    if history.is_none() && !is_named && told.entries.is_empty() {
        return Err(ApiError::UnknownCall);
    }
    let (told, counted) = if wanted.passed_over {
        let (entries, counted) = with_passed_over(&context, &caller, told.entries).await?;
        (Timeline { entries, ..told }, Some(counted))
    } else {
        (told, None)
    };
    let exotel = match &at_exotel {
        _ if !wanted.exotel => None,
        Some(call) => Some(exotel::look_up(&context, &caller, call).await?),
        None => Some(AtExotel::unnamed()),
    };
    let history = history.unwrap_or_else(nothing);
    let held = held(&context, &caller, known_as, &history).await?;
    let view = view(&history, &held, &caller.book);
    let call = at_exotel.as_ref().unwrap_or(&asked);
    Ok(HttpResponse::Ok().json(CallView {
        call: call.as_str(),
        id: ours.as_ref().map(CallSid::as_str),
        started_here: ours.is_some(),
        timeline: told.entries,
        trimmed: told.gone,
        passed_over: counted,
        exotel,
        ..view
    }))
}

/// What Exotel calls the call; `None` of one that we started and Exotel did not name.
pub(super) async fn name_at_exotel(
    context: &Context,
    caller: &Caller,
    asked: &CallSid,
    ours: Option<&CallSid>,
) -> Result<Option<CallSid>, ApiError> {
    let Some(id) = ours else {
        return Ok(Some(asked.clone()));
    };
    let name = outbound::name_at_exotel(id);
    let store = context.store();
    let name = store.note(&caller.account, &name, NoteStep::Read).await?;
    Ok(name.and_then(|name| CallSid::parse(&name).ok()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A call of which nothing is remembered here.
fn nothing() -> CallHistory {
    CallHistory {
        first_at: Timestamp::from_millis(0),
        digits: String::new(),
        custom_field: String::new(),
        answers: Vec::new(),
    }
}

/// The agents of the call whom it holds now.
async fn held(
    context: &Context,
    caller: &Caller,
    call: &CallSid,
    history: &CallHistory,
) -> Result<Vec<Agent>, ApiError> {
    let destinations = history
        .answers
        .iter()
        .flat_map(|answer| &answer.destinations);
    let mut ids: Vec<&AgentId> = destinations.filter_map(|to| to.agent.as_ref()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut held = Vec::new();
    for id in ids {
        let agent = context
            .store()
            .agent(&caller.account, caller.view, id)
            .await?;
        held.extend(agent.filter(|agent| agent.call.as_ref() == Some(call)));
    }
    Ok(held)
}

fn view<'a>(history: &'a CallHistory, held: &'a [Agent], book: &RoutingBook) -> CallView<'a> {
    let attempts = history.answers.iter();
    let is_known = !history.answers.is_empty();
    CallView {
        call: "",
        id: None,
        started_here: false,
        first_at: is_known.then(|| book.local_time(history.first_at)),
        digits: &history.digits,
        custom_field: &history.custom_field,
        attempts: attempts.map(|answer| attempt(answer, book)).collect(),
        holds: held
            .iter()
            .map(|agent| HeldView {
                agent: agent.profile.id.as_str(),
                state: agent.state,
                until: agent.until.map(|until| book.local_time(until)),
            })
            .collect(),
        timeline: Vec::new(),
        passed_over: None,
        trimmed: 0,
        exotel: None,
    }
}

fn attempt<'a>(answer: &'a PastAnswer, book: &RoutingBook) -> AttemptView<'a> {
    let (rule, rules_version) = rule_of(&answer.template).unwrap_or_default();
    let rings = answer.destinations.iter();
    AttemptView {
        at: book.local_time(answer.at),
        rule,
        rules_version,
        last: answer.last,
        rings: rings.map(|to| destination(to, book)).collect(),
    }
}

fn destination<'a>(to: &'a PastDestination, book: &RoutingBook) -> DestinationView<'a> {
    let (state, since) = match to.leg {
        Leg::Offered => ("offered", None),
        Leg::Ringing(since) => ("ringing", Some(since)),
        Leg::Answered(since) => ("in_call", Some(since)),
        Leg::Over(outcome) => (word(outcome), None),
    };
    DestinationView {
        agent: to.agent.as_ref().map(AgentId::as_str),
        contact_uri: to.uri.to_string(),
        state,
        since: since.map(|since| book.local_time(since)),
    }
}

/// How a leg ended.
fn word(outcome: LegOutcome) -> &'static str {
    match outcome {
        LegOutcome::Unknown => "ended",
        LegOutcome::Answered => "answered",
        LegOutcome::Missed => "missed",
        LegOutcome::Declined => "declined",
        LegOutcome::Failed => "failed",
        LegOutcome::Cancelled => "cancelled",
    }
}
