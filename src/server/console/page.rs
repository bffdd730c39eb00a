//! `GET /`: the console for whoever is signed in, and the form to sign in for everybody else. It is complete as it is sent; the
//! script only keeps it up to date.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;

use super::board::Board;
use super::session::{Session, forgotten, look_up};
use super::{Boards, POLICY};
use crate::server::access::Door;
use crate::server::audit::{Signature, Written};
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::server::watch;
use crate::telephony::AccountName;

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage<'a> {
    account: &'a str,
    role: &'a str,
    by: &'a str,
    board: &'a Board,
    has_log: bool,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    account: &'a str,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "failed.html")]
struct FailedPage<'a> {
    fault: &'a str,
}

/// The page.
pub(super) async fn get(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let Some(session) = Session::of(&request) else {
        return sign_in("", None);
    };
    match console(&request, &session, &context).await {
        Ok(mut response) => {
            let cookie = session.cookie(session.is_secure);
            // A cookie that cannot be a header is none that was sent.
            let _renewed = response.add_cookie(&cookie);
            response
        }
        Err(ApiError::SessionOver) => {
            let mut response = sign_in(session.account.as_str(), None);
            let _removed = response.add_cookie(&forgotten(session.is_secure));
            response
        }
        Err(error) => failed(error.status(), &error),
    }
}

async fn console(
    request: &HttpRequest,
    session: &Session,
    context: &Context,
) -> Result<HttpResponse, ApiError> {
    let (access, account) = (context.access(), &session.account);
    let signed = look_up(session, context).await?;
    let token = access.marked(account, &signed.mark);
    let token = token.ok_or(ApiError::SessionOver)?;
    let source = access.source_of(request);
    request.extensions_mut().insert(watch::Bearer {
        token: token.name.clone(),
        signature: Signature {
            account: account.clone(),
            by: token.known_as(),
            role: token.role,
            source,
            written: Written::default(),
        },
    });
    if !access.is_open_to(account, Door::Api, request) {
        return Err(ApiError::SourceNotAllowed);
    }
    Boards::may_look(token)?;
    if !session.renew(context.store()).await? {
        return Err(ApiError::SessionOver);
    }
    let boards = context.boards().ok_or(ApiError::Stopping)?;
    let board = boards.glance(account).await?;
    let page = ConsolePage {
        account: account.as_str(),
        role: token.role.as_str(),
        by: &token.known_as(),
        has_log: context.history().is_some(),
        board: &board,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The form, and what was wrong with what it sent before.
pub(super) fn sign_in(account: &str, error: Option<&ApiError>) -> HttpResponse {
    let status = error.map_or(StatusCode::OK, ApiError::status);
    let fault = error.map(sentence).unwrap_or_default();
    let account = if account.is_empty() {
        AccountName::DEFAULT
    } else {
        account
    };
    let page = SignInPage {
        account,
        fault: &fault,
    };
    html(status, &page)
}

/// What people are told who cannot be let in.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others say themselves what the matter is"
)]
fn sentence(error: &ApiError) -> String {
    match error {
        ApiError::UnknownToken => "The account has no such token.".to_owned(),
        ApiError::TooManyAttempts { wait } => format!(
            "There were too many wrong tokens from this address. Try again in {} s.",
            wait.as_secs().saturating_add(1)
        ),
        ApiError::CrossSite => "This was not sent from this page. Try again here.".to_owned(),
        ApiError::BodyUnreadable => "Account and token are needed.".to_owned(),
        other => {
            let said = other.to_string();
            let mut letters = said.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).chain(['.']).collect()
        }
    }
}

/// A page that says what is the matter.
pub(super) fn failed(status: StatusCode, error: &ApiError) -> HttpResponse {
    let fault = sentence(error);
    html(status, &FailedPage { fault: &fault })
}

fn html(status: StatusCode, page: &impl Template) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        // Other sites are told nothing, and this one is: by it a form shows where it comes from.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .body(page.render().unwrap_or_default())
}
