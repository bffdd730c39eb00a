//! `POST …/agents/{id}/release`

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::view::AgentView;
use super::{AgentPath, find};
use crate::presence::{Release, ReleaseOutcome};
use crate::server::audit::{self, Action};
use crate::server::caller::PresenceSetter;
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::settings::Role;

/// Ends wrap-up or back-off now; an administrator ends any state. Shows the agent.
pub(super) async fn post(
    PresenceSetter(caller): PresenceSetter,
    path: Path<AgentPath>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    let release = match caller.role {
        Role::Admin => Release::Any,
        Role::Presence | Role::Read => Release::Own,
    };
    let outcome = context.store().release(&caller.account, &id, release);
    let released = match outcome.await {
        Ok(ReleaseOutcome::Unknown) => Err(ApiError::UnknownAgent),
        Ok(ReleaseOutcome::Refused(state)) => Err(ApiError::NotYours(state)),
        Ok(ReleaseOutcome::Idle) => Ok(()),
        Err(error) => Err(error.into()),
    };
    if release == Release::Any {
        audit::record(&caller, Action::Release, Some(&id), "", &released);
    }
    released?;
    let agent = find(&context, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(AgentView::new(&agent, &caller.book)))
}
