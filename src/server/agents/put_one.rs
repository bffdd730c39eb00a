//! `PUT …/agents/{id}`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::view::AgentView;
use super::{AgentPath, document, find};
use crate::server::audit::{Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// Creates or replaces an agent and shows it. A call in progress is not disturbed.
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
