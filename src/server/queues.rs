//! `GET …/queues` and `GET …/queues/{name}`

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, Reader};
use super::context::Context;
use super::method_not_allowed;
use super::problem::ApiError;
use crate::clock::Timestamp;
use crate::presence::{
    Agent, AgentState, QueueCalls, QueueDefinition, Strategy, Traffic, WaitingCall,
};
use crate::routing::RoutingBook;
use crate::telephony::{CallSid, DurationText, duration};

/// Everything under `/v1/accounts/{account}/queues`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/queues")
            .route(web::get().to(list))
            .default_service(web::to(|| method_not_allowed("GET"))),
    )
    .service(
        web::resource("/queues/{name}")
            .route(web::get().to(show))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, show))]
pub(super) struct Described;

/// A queue with how many of its agents are ready, engaged and away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub(super) struct QueueView<'a> {
    name: &'a str,
    /// The order in which its ready agents are offered.
    #[schema(value_type = Strategy)]
    strategy: &'static str,
    /// Available, not stale, idle.
    pub(super) ready: usize,
    /// Held by a call, or by what follows one, whatever the status says.
    pub(super) engaged: usize,
    /// Idle, but on a break, offline or stale.
    pub(super) away: usize,
    /// How many calls hold its agents, and how many may; only where the rules say `max_calls`.
    #[serde(flatten)]
    pub(super) cap: Option<CapView>,
    pub(super) waiting: WaitingView<'a>,
}

/// The cap of a queue, and how much of it is used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueCap)]
pub(super) struct CapView {
    pub(super) calls: usize,
    #[schema(value_type = u16, minimum = 1)]
    pub(super) max_calls: NonZeroU16,
}

/// The calls that asked for the queue, got nobody, and are expected to ask again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Waiting)]
pub(super) struct WaitingView<'a> {
    pub(super) calls: usize,
    /// How long the one has waited that was there first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DurationText>)]
    longest: Option<String>,
    /// The longest first, at most a hundred. Nothing is said of the callers.
    list: Vec<WaitingCallView<'a>>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingCall)]
struct WaitingCallView<'a> {
    #[schema(value_type = CallSid)]
    call: &'a str,
    #[schema(value_type = DurationText)]
    waiting: String,
    /// How long ago it asked last.
    #[schema(value_type = DurationText)]
    asked_ago: String,
    /// How long after the time before that was, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DurationText>)]
    every: Option<String>,
}

impl<'a> WaitingView<'a> {
    fn new(calls: Option<&'a QueueCalls>, at: Option<Timestamp>) -> Self {
        let longest = calls.map(|calls| calls.longest.iter());
        let view = |(waiting, at): (&'a WaitingCall, Timestamp)| WaitingCallView {
            call: waiting.call.as_str(),
            waiting: whole_seconds(at.since(waiting.since)),
            asked_ago: whole_seconds(at.since(waiting.asked)),
            every: waiting.interval.map(whole_seconds),
        };
        let list = longest.into_iter().flatten();
        let list: Vec<_> = list.filter_map(|call| Some(view((call, at?)))).collect();
        Self {
            calls: calls.map_or(0, |calls| calls.waiting),
            longest: list.first().map(|call| call.waiting.clone()),
            list,
        }
    }
}

fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        0 => "0s".to_owned(),
        seconds => duration::format(Duration::from_secs(seconds)),
    }
}

/// What is seen of an account at one moment.
pub(super) struct Seen {
    pub(super) agents: Vec<Agent>,
    pub(super) traffic: Traffic,
}

impl Seen {
    async fn now(
        caller: &Caller,
        queues: &[Arc<str>],
        context: &Context,
    ) -> Result<Self, ApiError> {
        let (account, store) = (&caller.account, context.store());
        Ok(Self {
            agents: store.agents(account, caller.view).await?,
            traffic: store.traffic(account, queues).await?,
        })
    }
}

impl<'a> QueueView<'a> {
    pub(super) fn new(
        name: &'a str,
        queue: &QueueDefinition,
        book: &RoutingBook,
        seen: &'a Seen,
    ) -> Self {
        let agents = seen.agents.iter();
        let members = || agents.clone().filter(|agent| queue.admits(&agent.profile));
        let calls = seen.traffic.queues.get(name);
        let cap = book.max_calls(name).map(|max_calls| CapView {
            calls: calls.map_or(0, |calls| calls.holding.len()),
            max_calls,
        });
        let ready = members().filter(|agent| agent.is_ready()).count();
        let engaged = members()
            .filter(|agent| agent.state != AgentState::Idle)
            .count();
        let away = members()
            .filter(|agent| agent.state == AgentState::Idle && !agent.is_ready())
            .count();
        Self {
            name,
            strategy: queue.strategy().as_str(),
            ready,
            engaged,
            away,
            cap,
            waiting: WaitingView::new(calls, seen.traffic.at),
        }
    }
}

/// A list in an object, so that more can be said beside it one day.
#[derive(Serialize, ToSchema)]
#[schema(as = Queues)]
struct Listing<'a> {
    queues: Vec<QueueView<'a>>,
}

/// All queues of the account's rules.
#[utoipa::path(
    get, path = "/queues", tag = "queues", operation_id = "listQueues",
    summary = "All queues of the rules",
    description = "Each with how many of its agents are ready, engaged and away, and the calls that wait.",
    responses((status = 200, description = "The queues, in the order of the rules", body = Listing<'static>)),
    security(("token" = ["read"])),
)]
async fn list(Reader(caller): Reader, context: Data<Context>) -> Result<HttpResponse, ApiError> {
    let seen = Seen::now(&caller, &caller.book.queue_names(), &context).await?;
    let queues = caller.book.queues();
    let queues = queues
        .map(|(name, queue)| QueueView::new(name.as_str(), queue, &caller.book, &seen))
        .collect();
    Ok(HttpResponse::Ok().json(Listing { queues }))
}

/// One queue.
#[utoipa::path(
    get, path = "/queues/{name}", tag = "queues", operation_id = "getQueue",
    params(("name" = String, Path, description = "The name in the rules", example = "sales")),
    responses((status = 200, description = "The queue", body = QueueView<'static>)),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["unknown-queue"]))),
)]
async fn show(
    Reader(caller): Reader,
    path: Path<(String, String)>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let (_account, name) = path.into_inner();
    let queue = caller.book.queue(&name).ok_or(ApiError::UnknownQueue)?;
    let seen = Seen::now(&caller, &[name.as_str().into()], &context).await?;
    Ok(HttpResponse::Ok().json(QueueView::new(&name, queue, &caller.book, &seen)))
}
