//! `GET …/queues` and `GET …/queues/{name}`

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use serde::Serialize;

use super::caller::Reader;
use super::context::Context;
use super::method_not_allowed;
use super::problem::ApiError;
use crate::presence::{Agent, AgentState, QueueDefinition};

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

/// A queue with how many of its agents are ready, engaged and away.
#[derive(Debug, Serialize)]
struct QueueView<'a> {
    name: &'a str,
    strategy: &'static str,
    /// Available, not stale, idle.
    ready: usize,
    /// Held by a call, or by what follows one, whatever the status says.
    engaged: usize,
    /// Idle, but on a break, offline or stale.
    away: usize,
}

impl<'a> QueueView<'a> {
    fn new(name: &'a str, queue: &QueueDefinition, agents: &[Agent]) -> Self {
        let members = || agents.iter().filter(|agent| queue.admits(&agent.profile));
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
        }
    }
}

/// A list in an object, so that more can be said beside it one day.
#[derive(Serialize)]
struct Listing<'a> {
    queues: Vec<QueueView<'a>>,
}

/// All queues of the account's rules.
async fn list(Reader(caller): Reader, context: Data<Context>) -> Result<HttpResponse, ApiError> {
    let agents = context.store().agents(&caller.account, caller.view).await?;
    let queues = caller.book.queues();
    let queues = queues
        .map(|(name, queue)| QueueView::new(name.as_str(), queue, &agents))
        .collect();
    Ok(HttpResponse::Ok().json(Listing { queues }))
}

/// One queue.
async fn show(
    Reader(caller): Reader,
    path: Path<(String, String)>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let (_account, name) = path.into_inner();
    let queue = caller.book.queue(&name).ok_or(ApiError::UnknownQueue)?;
    let agents = context.store().agents(&caller.account, caller.view).await?;
    Ok(HttpResponse::Ok().json(QueueView::new(&name, queue, &agents)))
}
