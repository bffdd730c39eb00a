//! Agents: their profiles, and how they are seen.

use actix_web::web::{self, ServiceConfig};

use super::caller::Caller;
use super::context::Context;
use super::method_not_allowed;
use super::problem::ApiError;
use crate::presence::Agent;
use crate::telephony::AgentId;

mod document;
mod heartbeat;
mod list;
mod presence;
mod put_list;
mod put_one;
mod release;
mod remove;
mod show;
pub(super) mod view;

/// Everything under `/v1/accounts/{account}/agents`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/agents")
            .route(web::get().to(list::list))
            .route(web::put().to(put_list::put))
            .default_service(web::to(|| method_not_allowed("GET, PUT"))),
    )
    .service(
        web::resource("/agents/{id}")
            .route(web::get().to(show::show))
            .route(web::put().to(put_one::put))
            .route(web::delete().to(remove::remove))
            .default_service(web::to(|| method_not_allowed("GET, PUT, DELETE"))),
    )
    .service(
        web::resource("/agents/{id}/presence")
            .route(web::put().to(presence::put))
            .default_service(web::to(|| method_not_allowed("PUT"))),
    )
    .service(
        web::resource("/agents/{id}/heartbeat")
            .route(web::post().to(heartbeat::post))
            .default_service(web::to(|| method_not_allowed("POST"))),
    )
    .service(
        web::resource("/agents/{id}/release")
            .route(web::post().to(release::post))
            .default_service(web::to(|| method_not_allowed("POST"))),
    );
}

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list,
    put_list::put,
    show::show,
    put_one::put,
    remove::remove,
    presence::put,
    heartbeat::post,
    release::post
))]
pub(super) struct Described;

/// The parts of a path below an account that name an agent.
#[derive(Debug, serde::Deserialize)]
struct AgentPath {
    id: String,
}

impl AgentPath {
    /// The id; no agent can have one that does not parse.
    fn id(&self) -> Result<AgentId, ApiError> {
        AgentId::parse(&self.id).or(Err(ApiError::UnknownAgent))
    }
}

/// The agent as seen now.
async fn find(context: &Context, caller: &Caller, id: &AgentId) -> Result<Agent, ApiError> {
    let found = context
        .store()
        .agent(&caller.account, caller.view, id)
        .await?;
    found.ok_or(ApiError::UnknownAgent)
}
