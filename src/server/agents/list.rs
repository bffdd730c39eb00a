//! `GET …/agents[?queue=&status=&state=]`

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::view::AgentView;
use crate::presence::{Agent, AgentState, Status};
use crate::routing::RoutingBook;
use crate::server::caller::Reader;
use crate::server::context::Context;
use crate::server::problem::{ApiError, FieldError};

/// The account's agents by id, or those that fit the filters.
#[utoipa::path(
    get, path = "/agents", tag = "agents", operation_id = "listAgents",
    params(FilterParameters),
    responses((status = 200, description = "The agents, by id", body = Listing<'static>)),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid"]))),
)]
pub(super) async fn list(
    Reader(caller): Reader,
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let filter = Filter::read(request.query_string(), &caller.book)?;
    let agents = context.store().agents(&caller.account, caller.view).await?;
    let agents = agents
        .iter()
        .filter(|agent| filter.admits(agent, &caller.book))
        .map(|agent| AgentView::new(agent, &caller.book))
        .collect();
    Ok(HttpResponse::Ok().json(Listing { agents }))
}

/// A list in an object, so that more can be said beside it one day.
#[derive(Serialize, ToSchema)]
#[schema(as = Agents)]
pub(super) struct Listing<'a> {
    agents: Vec<AgentView<'a>>,
}

/// The same as [`Filter`], for the document.
#[expect(
    dead_code,
    reason = "only described: the filter reads the query itself, to name all that is wrong with it"
)]
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterParameters {
    /// A queue of the rules.
    #[param(example = "sales")]
    queue: Option<String>,
    /// What they chose.
    #[param(example = "available")]
    status: Option<Status>,
    /// What the system sees.
    #[param(example = "idle")]
    state: Option<AgentState>,
}

/// Which agents are asked for.
#[derive(Debug, Default)]
struct Filter {
    queue: Option<String>,
    status: Option<Status>,
    state: Option<AgentState>,
}

impl Filter {
    /// Reads the query, and names every part of it that is not understood: a misspelt filter must not show everybody.
    fn read(query: &str, book: &RoutingBook) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|error| ApiError::Invalid(vec![FieldError::new("", error)]))?;
        let mut filter = Self::default();
        let mut errors = Vec::new();
        for (name, value) in pairs.into_inner() {
            if let Err(message) = filter.set(&name, &value, book) {
                errors.push(FieldError::new(name, message));
            }
        }
        if errors.is_empty() {
            Ok(filter)
        } else {
            Err(ApiError::Invalid(errors))
        }
    }

    fn set(&mut self, name: &str, value: &str, book: &RoutingBook) -> Result<(), &'static str> {
        match name {
            "queue" => {
                book.queue(value).ok_or("the rules name no such queue")?;
                self.queue = Some(value.to_owned());
            }
            "status" => {
                let status = Status::parse(value);
                self.status = Some(status.ok_or("must be available, on_break or offline")?);
            }
            "state" => {
                let state = AgentState::parse(value);
                self.state = Some(
                    state.ok_or("must be idle, reserved, ringing, in_call, wrap_up or back_off")?,
                );
            }
            _ => return Err("is not known; known are queue, status, state"),
        }
        Ok(())
    }

    fn admits(&self, agent: &Agent, book: &RoutingBook) -> bool {
        let queue = self.queue.as_ref().and_then(|name| book.queue(name));
        queue.is_none_or(|queue| queue.admits(&agent.profile))
            && self.status.is_none_or(|status| status == agent.status)
            && self.state.is_none_or(|state| state == agent.state)
    }
}
