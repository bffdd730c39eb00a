//! `GET …/decisions`: the log, the newest first, page by page.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::described::{Entry, FilterParameters};
use super::filter::Filter;
use super::passed_over::{Counts, with_passed_over};
use super::shown;
use crate::presence::{LogId, LogOrder, LogRange, Logged, Store, StoreError};
use crate::server::caller::{Caller, Reader};
use crate::server::context::Context;
use crate::server::problem::ApiError;

/// So many entries are read at a time.
const PAGE: usize = 100;
/// So many are looked through for one request; then the asker says whether to go on.
const MOST_LOOKED_AT: usize = 2_000;

/// A page.
#[derive(Serialize, ToSchema)]
#[schema(as = Decisions)]
struct Listing {
    /// The newest first.
    #[schema(value_type = Vec<Entry>)]
    decisions: Vec<Box<RawValue>>,
    /// What to send as `cursor` for what is older; left out at the end of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Where it was asked for: was it counted who was not rung?
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_over: Option<Counts>,
}

/// The account's decisions that fit the filters.
#[utoipa::path(
    get, path = "/decisions", tag = "decisions", operation_id = "listDecisions",
    summary = "What was decided, and why, the newest first",
    description = "Page by page: `next` is the `cursor` of the page behind this one.",
    params(FilterParameters),
    responses((status = 200, description = "A page of those that fit all filters", body = Listing)),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid", "history-off", "stopping"]))),
)]
pub(super) async fn get(
    Reader(caller): Reader,
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    context.history().ok_or(ApiError::HistoryOff)?;
    let now = context.router().now();
    let filter = Filter::read(request.query_string(), &caller.book, now)?;
    let store = context.store();
    let mut listing = look(&caller, &filter, store).await?;
    if filter.wants_passed_over() {
        let (decisions, counted) = with_passed_over(&context, &caller, listing.decisions).await?;
        listing = Listing {
            decisions,
            passed_over: Some(counted),
            ..listing
        };
    }
    Ok(HttpResponse::Ok().json(listing))
}

async fn look(caller: &Caller, filter: &Filter, store: &dyn Store) -> Result<Listing, ApiError> {
    let log = store.log();
    let ends = log.ends(&caller.account).await?;
    let delay = ends.map_or_else(Default::default, |ends| ends.delay);
    let mut range = LogRange {
        after: filter.not_before(),
        before: filter.not_after(delay),
        order: LogOrder::Backwards,
        most: PAGE,
    };
    let (mut found, mut looked_at) = (Vec::new(), 0_usize);
    loop {
        let page = log.read(&caller.account, range).await?;
        let is_last = page.len() < PAGE;
        for entry in &page {
            range.before = Some(entry.id);
            if filter.admits(&entry.text) {
                found.push(entry_of(entry)?);
            }
            if found.len() >= filter.limit() {
                return Ok(page_of(found, range.before));
            }
        }
        looked_at = looked_at.saturating_add(page.len());
        if is_last {
            return Ok(page_of(found, None));
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok(page_of(found, range.before));
        }
    }
}

fn page_of(decisions: Vec<Box<RawValue>>, next: Option<LogId>) -> Listing {
    Listing {
        decisions,
        next: next.map(|next| next.to_string()),
        passed_over: None,
    }
}

fn entry_of(entry: &Logged) -> Result<Box<RawValue>, ApiError> {
    let unreadable = |error| StoreError::Corrupt(format!("{} in the log: {error}", entry.id));
    Ok(RawValue::from_string(shown(entry)).map_err(unreadable)?)
}
