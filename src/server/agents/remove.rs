//! `DELETE …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::AgentPath;
use crate::server::audit::{self, Action};
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// Forgets an agent.
pub(super) async fn remove(
    Administrator(caller): Administrator,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    let outcome = match context.store().remove_agent(&caller.account, &id).await {
        Ok(true) => Ok(HttpResponse::NoContent().finish()),
        Ok(false) => Err(ApiError::UnknownAgent),
        Err(error) => Err(error.into()),
    };
    audit::record(&caller, Action::RemoveAgent, Some(&id), "", &outcome);
    outcome
}
