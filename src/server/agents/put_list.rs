//! `PUT …/agents`

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::document;
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
    context
        .store()
        .put_agents(&caller.account, &profiles)
        .await?;
    Ok(HttpResponse::Ok().json(json!({ "stored": profiles.len() })))
}
