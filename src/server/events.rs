//! `GET|POST /exotel/{account}/events`: what Exotel reports of each leg and of the end of a dial.
//!
//! Whoever has the key gets 200 at once, even for an event that means nothing to us or is too long to be read: whoever
//! reports could do nothing about a refusal, and might stop reporting. What a report was taken for stands in
//! the log, in one line, so that a call can be followed there. What it changes, the store decides, after the answer.

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::context::Context;
use super::inbound::{Refusal, ReportParameters, Unheard, add_body, admit_anyhow};
use super::metrics::Route;
use crate::exotel::{CallReport, DialEnd, DialOutcome, LegNews, News, NoNews, Parameters};
use crate::routing::TakenIn;
use crate::routing::log::told::Reported;
use crate::routing::log::{ReportTold, Told};
use crate::telephony::{AccountName, ContactUri, without_numbers};

const BODY_LIMIT: Duration = Duration::from_secs(1);

/// An event as Exotel documents it: everything in the query.
#[utoipa::path(
    get, path = "/exotel/{account}/events", tag = "exotel", operation_id = "report",
    summary = "Takes a report of a leg, or of the end of a dial",
    params(("account" = AccountName, Path, description = "The account"), ReportParameters),
    responses((status = 200, description = "Whatever it says, with no body"), Unheard),
    security(("key" = [])),
)]
pub(super) async fn get(
    request: HttpRequest,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let answered = admit_anyhow(&request, &context)
        .map(|(account, parameters)| take(&context, &account, &parameters));
    Refusal::counted(&context, Route::Events, answered)
}

/// An event whose parameters may stand in the body as well.
#[utoipa::path(
    post, path = "/exotel/{account}/events", tag = "exotel", operation_id = "reportWithBody",
    summary = "Takes a report of a leg, or of the end of a dial",
    description = "With parameters in the query, the body, or both.",
    params(("account" = AccountName, Path, description = "The account"), ReportParameters),
    request_body(content(
        (ReportParameters = "application/x-www-form-urlencoded"),
        (ReportParameters = "multipart/form-data"),
        (ReportParameters = "application/json"),
    )),
    responses((status = 200, description = "Whatever it says, with no body"), Unheard),
    security(("key" = [])),
)]
pub(super) async fn post(
    request: HttpRequest,
    payload: Payload,
    context: Data<Context>,
) -> Result<HttpResponse, Refusal> {
    let answered = async {
        let (account, mut parameters) = admit_anyhow(&request, &context)?;
        if let Err(refusal) = add_body(&mut parameters, &request, payload, BODY_LIMIT).await {
            tracing::debug!(%refusal, "the body of an event is not read");
        }
        Ok(take(&context, &account, &parameters))
    };
    Refusal::counted(&context, Route::Events, answered.await)
}

/// Read, learn, and say 200.
fn take(context: &Context, account: &AccountName, parameters: &Parameters) -> HttpResponse {
    if context.may_report(account) {
        let country = context.router().book(account).country();
        let report = CallReport::read(parameters, country);
        log(account, &report);
        learn(context, account, report);
    }
    HttpResponse::Ok().finish()
}

/// The store takes it in while Exotel has its answer already.
fn learn(context: &Context, account: &AccountName, report: CallReport) {
    let Some(permit) = context.report_permit() else {
        // Too many wait for the store.
        context.router().put_off(account, &report);
        return;
    };
    let (router, account) = (context.router().clone(), account.clone());
    let history = context.history().cloned();
    actix_web::rt::spawn(async move {
        let now = router.now();
        let heard = match router.report(&account, &report).await {
            TakenIn::Nothing => return,
            TakenIn::Told(heard) => Some(heard),
            TakenIn::Later | TakenIn::Lost => None,
        };
        drop(permit);
        if let Some(history) = history {
            history.tell(Told::Report(Box::new(ReportTold {
                book: router.book(&account),
                account,
                now,
                report: Reported::Event(report),
                heard,
            })));
        }
    });
}

/// One line for a report, at `debug` when there is nothing to learn from it.
fn log(account: &AccountName, report: &CallReport) {
    match &report.news {
        News::Leg(leg) => log_leg(account, report, leg),
        News::End(end) => log_end(account, report, end),
        News::Nothing(nothing) => log_nothing(account, report, nothing),
    }
}

fn log_leg(account: &AccountName, report: &CallReport, leg: &LegNews) {
    tracing::info!(
        account = account.as_str(),
        call = report.call.as_ref().map(tracing::field::display),
        news = report.news.kind(),
        who = masked(leg.who.as_ref()),
        outcome = report.news.outcome().map(DialOutcome::as_str),
        rang_s = leg.rang.map(|rang| rang.as_secs()),
        talked_s = leg.event.talked().map(|talked| talked.as_secs()),
        "reported"
    );
}

fn log_end(account: &AccountName, report: &CallReport, end: &DialEnd) {
    let legs: Vec<_> = end.legs.iter().map(ToString::to_string).collect();
    tracing::info!(
        account = account.as_str(),
        call = report.call.as_ref().map(tracing::field::display),
        news = report.news.kind(),
        who = masked(end.who.as_ref()),
        outcome = end.outcome.as_str(),
        legs = (!legs.is_empty()).then(|| legs.join(", ")),
        "reported"
    );
}

fn log_nothing(account: &AccountName, report: &CallReport, nothing: &NoNews) {
    tracing::debug!(
        account = account.as_str(),
        call = report.call.as_ref().map(tracing::field::display),
        news = report.news.kind(),
        reason = nothing.reason(),
        event = nothing.event().map(without_numbers),
        "reported"
    );
}

fn masked(who: Option<&ContactUri>) -> Option<String> {
    who.map(|who| who.masked().to_string())
}
