//! `PUT …/agents`

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::{self, ListedAgents};
use crate::presence::{AgentProfile, StoreError, Taken};
use crate::server::audit::{Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::{ApiError, FieldError};

/// What came of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Stored {
    stored: usize,
}

/// Creates or replaces each agent of a list, all or nothing. Agents that the list does not name stay as they are.
#[utoipa::path(
    put, path = "/agents", tag = "agents", operation_id = "putAgents",
    summary = "Creates or replaces each agent of a list, all or nothing",
    description = "Each has its `id`. Agents that the list does not name stay as they are.",
    request_body(
        content = ListedAgents,
        example = json!([{"id": "asha", "name": "Asha", "destinations": ["+919812345001"], "groups": ["sales"], "skills": {"hindi": 5}}]),
    ),
    responses((status = 200, description = "How many are stored", body = Stored)),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["invalid", "stopping"]))),
)]
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
    Ok(HttpResponse::Ok().json(Stored { stored }))
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
