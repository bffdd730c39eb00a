//! `GET …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::view::AgentView;
use super::{AgentPath, find};
use crate::server::caller::Reader;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::telephony::AgentId;

/// One agent with status, state, queues and the day's counters.
#[utoipa::path(
    get, path = "/agents/{id}", tag = "agents", operation_id = "getAgent",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    responses((status = 200, description = "The agent", body = AgentView<'static>)),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["unknown-agent"]))),
)]
pub(super) async fn show(
    Reader(caller): Reader,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let agent = find(&context, &caller, &path.id()?).await?;
    Ok(HttpResponse::Ok().json(AgentView::new(&agent, &caller.book)))
}
