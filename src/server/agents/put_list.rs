//! `PUT …/agents`

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::document;
use crate::presence::{AgentProfile, StoreError, Taken};
use crate::server::audit::{Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::{ApiError, FieldError};

/// Creates or replaces each agent of a list, all or nothing. Agents that the list does not name stay as they are.
pub(super) async fn put(
    Administrator(caller): Administrator,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let profiles = document::list(&body, caller.book.country())?;
    let documents = body.as_array().into_iter().flatten();
    let attempt = profiles.iter().zip(documents).fold(
        Attempt::new(&caller, Action::PutAgent),
        |attempt, (profile, document)| attempt.of(Some(&profile.id), document),
    );
    let stored = profiles.len();
    let router = context.errands().router().clone();
    let storing = async move {
        let storing = router.store().put_agents(&caller.account, &profiles);
        storing.await.map_err(|error| in_list(error, &profiles))
    };
    attempt.carry_out(&context, storing).await?;
    Ok(HttpResponse::Ok().json(json!({ "stored": stored })))
}

/// The store's refusal, with the place in the list of each agent whom it is about.
fn in_list(error: StoreError, profiles: &[AgentProfile]) -> ApiError {
    let StoreError::Taken(taken) = &error else {
        return error.into();
    };
    let field_error = |taken: &Taken| {
        let mut ids = profiles.iter().map(|profile| &profile.id);
        let path = ids
            .position(|id| *id == taken.agent)
            .map(|index| format!("[{index}]."));
        FieldError::taken(&path.unwrap_or_default(), taken)
    };
    ApiError::Invalid(taken.iter().map(field_error).collect())
}
