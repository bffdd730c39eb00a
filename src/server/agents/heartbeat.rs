//! `POST …/agents/{id}/heartbeat`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::AgentPath;
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::telephony::AgentId;

/// Notes that the agent's application is alive.
#[utoipa::path(
    post, path = "/agents/{id}/heartbeat", tag = "agents", operation_id = "heartbeat",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    responses((status = 204, description = "It is noted")),
    security(("token" = ["presence"])),
    extensions(("x-problems" = json!(["unknown-agent"]))),
)]
pub(super) async fn post(
    PresenceSetter(caller): PresenceSetter,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let is_there = context
        .store()
        .heartbeat(&caller.account, &path.id()?, caller.view)
        .await?;
    if is_there {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(ApiError::UnknownAgent)
    }
}
