//! `POST …/agents/{id}/release`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::Value;

use super::view::AgentView;
use super::{AgentPath, find};
use crate::presence::{Release, ReleaseOutcome, Store};
use crate::server::audit::{Action, Attempt};
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::settings::Role;
use crate::telephony::{AccountName, AgentId};

/// Ends wrap-up or back-off now; an administrator ends any state. Shows the agent.
#[utoipa::path(
    post, path = "/agents/{id}/release", tag = "agents", operation_id = "releaseAgent",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    responses((status = 200, description = "The agent, idle now", body = AgentView<'static>)),
    security(("token" = ["presence"])),
    extensions(("x-problems" = json!(["unknown-agent", "not-yours", "stopping"]))),
)]
pub(super) async fn post(
    PresenceSetter(caller): PresenceSetter,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    match caller.role {
        Role::Admin => {
            let attempt = Attempt::new(&caller, Action::Release).of(Some(&id), &Value::Null);
            let router = context.errands().router().clone();
            let (account, agent) = (caller.account.clone(), id.clone());
            let releasing =
                async move { release(router.store(), &account, &agent, Release::Any).await };
            attempt.carry_out(&context, releasing).await?;
        }
        Role::Presence | Role::Read => {
            release(context.store(), &caller.account, &id, Release::Own).await?;
        }
    }
    let agent = find(&context, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(AgentView::new(&agent, &caller.book)))
}

async fn release(
    store: &dyn Store,
    account: &AccountName,
    agent: &AgentId,
    release: Release,
) -> Result<(), ApiError> {
    match store.release(account, agent, release).await? {
        ReleaseOutcome::Idle => Ok(()),
        ReleaseOutcome::Refused(state) => Err(ApiError::NotYours(state)),
        ReleaseOutcome::Unknown => Err(ApiError::UnknownAgent),
    }
}
