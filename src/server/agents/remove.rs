//! `DELETE …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::Value;

use super::AgentPath;
use crate::server::audit::{Action, Attempt};
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::telephony::AgentId;

/// Forgets an agent.
#[utoipa::path(
    delete, path = "/agents/{id}", tag = "agents", operation_id = "removeAgent",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    responses((status = 204, description = "The agent is forgotten")),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["unknown-agent", "stopping"]))),
)]
pub(super) async fn remove(
    Administrator(caller): Administrator,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    let attempt = Attempt::new(&caller, Action::RemoveAgent).of(Some(&id), &Value::Null);
    let router = context.errands().router().clone();
    let removal = async move {
        match router.store().remove_agent(&caller.account, &id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ApiError::UnknownAgent),
            Err(error) => Err(error.into()),
        }
    };
    attempt.carry_out(&context, removal).await?;
    Ok(HttpResponse::NoContent().finish())
}
