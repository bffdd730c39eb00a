//! `GET …/live`: the account as the console shows it, as server-sent events: `board` is all of it, `change` what is different,
//! `blind` that the store does not answer. Whoever comes back is told all of it again, so there is nothing to resume.

use std::collections::VecDeque;

use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::lasting::{Lasting, unless_over};
use crate::presence::LogId;
use crate::server::caller::{Caller, Reader};
use crate::server::context::Context;
use crate::server::history::Viewing;
use crate::server::method_not_allowed;
use crate::server::problem::ApiError;

/// What tells a viewer after how long to come back, in ms.
const HELLO: &[u8] = b"retry: 1000\n\n";

/// What the page listens to, under `/v1/accounts/{account}`.
pub(in crate::server) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/live")
            .route(web::get().to(get))
            .default_service(web::to(|| method_not_allowed("GET"))),
    );
}

/// What the document says of it.
#[derive(utoipa::OpenApi)]
#[openapi(paths(get))]
pub(in crate::server) struct Described;

/// Opens the stream.
#[utoipa::path(
    get, path = "/live", tag = "decisions", operation_id = "watchConsole",
    summary = "What the console shows, as server-sent events",
    description = "For the console's own page: `board` is all of it in pieces of HTML, `change` what is different.",
    responses((status = 200, description = "Events, until somebody ends it", body = String, content_type = "text/event-stream")),
    security(("token" = ["read"])),
    extensions(("x-problems" = json!(["too-many-viewers", "stopping"]))),
)]
async fn get(
    Reader(Caller { account, .. }): Reader,
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let boards = context.boards().ok_or(ApiError::Stopping)?;
    let (viewing, whole) = boards.join(&account)?;
    let live = Live {
        lasting: Lasting::of(&request, &context),
        viewing,
        waiting: [Bytes::from_static(HELLO)]
            .into_iter()
            .chain(whole)
            .collect(),
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // nginx would keep frames until it has a pageful.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(live, Live::step)))
}

/// What one viewer is sent.
struct Live {
    lasting: Option<Lasting>,
    viewing: Viewing,
    waiting: VecDeque<Bytes>,
}

impl Live {
    /// The next frame; none when the session has ended, or the viewer was let go.
    async fn step(self) -> Option<(Result<Bytes, actix_web::Error>, Self)> {
        let Self {
            mut lasting,
            mut viewing,
            mut waiting,
        } = self;
        let next = async {
            match waiting.pop_front() {
                Some(frame) => Some(frame),
                None => viewing.next(LogId::default()).await,
            }
        };
        let frame = unless_over(&mut lasting, next).await?;
        viewing.took();
        let live = Self {
            lasting,
            viewing,
            waiting,
        };
        Some((Ok(frame), live))
    }
}
