//! `GET …/decisions/stream[?since=]`: decisions as they are made, as server-sent events.
//!
//! A viewer who was away says where it was (`Last-Event-ID`) and is told first what it has missed, page by page at its own
//! pace; then it gets what everybody gets.

use std::collections::VecDeque;

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::described::SinceParameter;
use super::filter::{ONCE, moment};
use super::{shown, sse};
use crate::clock::Timestamp;
use crate::presence::{LogEnds, LogId, LogOrder, LogRange};
use crate::routing::{Router, RoutingBook};
use crate::server::caller::Reader;
use crate::server::console::lasting::{Lasting, unless_over};
use crate::server::context::Context;
use crate::server::header;
use crate::server::history::Viewing;
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::AccountName;

const LAST_EVENT_ID: &str = "Last-Event-ID";
/// So many entries of what was missed at a time.
const PAGE: usize = 100;

/// Opens the stream.
#[utoipa::path(
    get, path = "/decisions/stream", tag = "decisions", operation_id = "watchDecisions",
    summary = "Decisions as they are made, as server-sent events",
    description = "An event `decision` has an entry of the log as its data and its place as its id; `gap` says that some are lost.",
    params(
        SinceParameter,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that came: what was missed is told first"),
    ),
    responses((status = 200, description = "Events, until somebody ends it", body = String, content_type = "text/event-stream")),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["invalid", "history-off", "too-many-viewers"]))),
)]
pub(super) async fn get(
    Reader(caller): Reader,
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let history = context.history().ok_or(ApiError::HistoryOff)?;
    let router = context.router().clone();
    let from = from(&request, &caller.book, router.now())?;
    let ends = router.store().log().ends(&caller.account).await?;
    let last = ends.map_or(LogId::default(), |ends| ends.last);
    let viewing = history.feeds().join(&caller.account, last)?;
    let mut viewed = Viewed::new(router, caller.account, viewing, from, ends);
    viewed.lasting = Lasting::of(&request, &context);
    let frames = stream::unfold(viewed, Viewed::step);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // nginx would keep frames until it has a pageful.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(frames))
}

/// Where the viewer was: the header counts, for browsers come back with it by themselves, to the same address.
fn from(
    request: &HttpRequest,
    book: &RoutingBook,
    now: Timestamp,
) -> Result<Option<LogId>, ApiError> {
    let invalid = |field: &str, why: &str| ApiError::Invalid(vec![FieldError::new(field, why)]);
    let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|error| ApiError::Invalid(vec![FieldError::new("", error)]))?;
    let mut since = None;
    for (name, value) in pairs.into_inner() {
        if name != "since" {
            return Err(invalid(&name, "is not known; known is since"));
        }
        if since.is_some() {
            return Err(invalid("since", ONCE));
        }
        let moment = moment(&value, book, now).map_err(|why| invalid("since", &why))?;
        since = Some(LogId::at(moment));
    }
    // A browser that has seen nothing yet may send it empty.
    match header(request, LAST_EVENT_ID).filter(|id| !id.trim().is_empty()) {
        None => Ok(since),
        Some(id) => LogId::parse(id)
            .map(Some)
            .ok_or_else(|| invalid(LAST_EVENT_ID, "must be the id of the last event that came")),
    }
}

/// What one viewer is sent.
struct Viewed {
    router: Router,
    account: AccountName,
    lasting: Option<Lasting>,
    viewing: Viewing,
    /// The place of the last entry that was sent, or where the viewer was before.
    position: LogId,
    is_catching_up: bool,
    waiting: VecDeque<Bytes>,
}

impl Viewed {
    fn new(
        router: Router,
        account: AccountName,
        viewing: Viewing,
        from: Option<LogId>,
        ends: Option<LogEnds>,
    ) -> Self {
        let mut waiting = VecDeque::from([Bytes::from_static(sse::HELLO)]);
        let lacks = |from: LogId| match ends {
            Some(ends) => ends.lacks_after(from),
            None => from.number() > 0,
        };
        if let Some(from) = from.filter(|from| lacks(*from)) {
            waiting.push_back(sse::gap(from));
        }
        // A place that is not reached yet is none of this log.
        let position = from.map_or(viewing.from, |from| from.min(viewing.from));
        Self {
            router,
            account,
            lasting: None,
            is_catching_up: position < viewing.from,
            position,
            viewing,
            waiting,
        }
    }

    /// The next frame; none when the session that this was opened with has ended.
    async fn step(mut self) -> Option<(Result<Bytes, actix_web::Error>, Self)> {
        let mut lasting = self.lasting.take();
        let frame = unless_over(&mut lasting, self.next()).await?;
        self.lasting = lasting;
        self.viewing.took();
        Some((Ok(frame), self))
    }

    /// Where the store does not answer the stream ends; the viewer comes back with its place.
    async fn next(&mut self) -> Option<Bytes> {
        while self.waiting.is_empty() && self.is_catching_up {
            self.catch_up().await?;
        }
        match self.waiting.pop_front() {
            Some(frame) => Some(frame),
            None => self.viewing.next(self.position).await,
        }
    }

    /// Reads on towards where the common part begins.
    async fn catch_up(&mut self) -> Option<()> {
        let end = self.viewing.from;
        let range = LogRange {
            after: Some(self.position),
            before: Some(LogId::new(end.millis(), end.number().saturating_add(1))),
            order: LogOrder::Forwards,
            most: PAGE,
        };
        let page = self.router.store().log().read(&self.account, range).await;
        let page = page
            .inspect_err(|error| tracing::debug!(%error, "a viewer cannot be told what it missed"))
            .ok()?;
        match page.last() {
            Some(last) => self.position = last.id,
            None => self.is_catching_up = false,
        }
        let frames = page
            .iter()
            .map(|entry| sse::decision(entry.id, &shown(entry)));
        self.waiting.extend(frames);
        Some(())
    }
}
