//! `POST …/agents/{id}/heartbeat`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::AgentPath;
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// Notes that the agent's application is alive.
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
