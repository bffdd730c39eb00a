//! `PUT …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::document::AgentDocument;
use super::view::AgentView;
use super::{AgentPath, document, find};
use crate::server::audit::{Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::telephony::AgentId;

/// Creates or replaces an agent and shows it. A call in progress is not disturbed.
#[utoipa::path(
    put, path = "/agents/{id}", tag = "agents", operation_id = "putAgent",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    request_body(
        content = AgentDocument,
        example = json!({"name": "Asha", "destinations": ["+919812345001"], "groups": ["sales"], "skills": {"hindi": 5}}),
    ),
    responses((status = 200, description = "The agent as it is now", body = AgentView<'static>)),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["invalid", "unknown-agent", "stopping"]))),
)]
pub(super) async fn put(
    Administrator(caller): Administrator,
    path: Path<AgentPath>,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let profile = document::one(&path.id, &body, caller.book.country())?;
    let id = profile.id.clone();
    let attempt = Attempt::new(&caller, Action::PutAgent).of(Some(&id), &body);
    let (router, account) = (context.errands().router().clone(), caller.account.clone());
    let storing = async move { Ok(router.store().put_agents(&account, &[profile]).await?) };
    attempt.carry_out(&context, storing).await?;
    let agent = find(&context, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(AgentView::new(&agent, &caller.book)))
}
