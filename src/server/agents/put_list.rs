//! `PUT …/agents`

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::document;
use crate::server::audit::{self, Action};
use crate::server::body::JsonBody;
use crate::server::caller::Administrator;
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// Creates or replaces each agent of a list, all or nothing. Agents that the list does not name stay as they are.
pub(super) async fn put(
    Administrator(caller): Administrator,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let profiles = document::list(&body, caller.book.country())?;
    let stored = context.store().put_agents(&caller.account, &profiles).await;
    let stored = stored.map_err(ApiError::from);
    // Each agent by a line of its own, as if it had been put alone.
    let documents = body.as_array().into_iter().flatten();
    for (profile, document) in profiles.iter().zip(documents) {
        let (id, fields) = (&profile.id, audit::fields(document));
        audit::record(&caller, Action::PutAgent, Some(id), &fields, &stored);
    }
    stored?;
    Ok(HttpResponse::Ok().json(json!({ "stored": profiles.len() })))
}
