//! `DELETE …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::AgentPath;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// Forgets an agent.
pub(super) async fn remove(
    Administrator(caller): Administrator,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let was_there = context
        .store()
        .remove_agent(&caller.account, &path.id()?)
        .await?;
    if was_there {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(ApiError::UnknownAgent)
    }
}
