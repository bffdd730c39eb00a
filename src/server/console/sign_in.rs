//! `POST /console/sign-in` and `POST /console/sign-out`: from a token to a session, and its end.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Form};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::origin;
use super::page;
use super::session::{Session, forgotten};
use crate::server::access::{Access, Bearer, Door, Token};
use crate::server::audit::{Signature, Written};
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::server::watch;
use crate::telephony::AccountName;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Credentials {
    account: String,
    token: SecretString,
}

/// Begins a session for whoever has a token of the account.
pub(super) async fn sign_in(
    request: HttpRequest,
    form: Result<Form<Credentials>, actix_web::Error>,
    context: Data<Context>,
) -> HttpResponse {
    let signed_in = match &form {
        Ok(form) => begin(&request, form, &context).await,
        Err(_unreadable) => Err(ApiError::BodyUnreadable),
    };
    match signed_in {
        Ok(session) => HttpResponse::SeeOther()
            .insert_header((LOCATION, "/"))
            .cookie(session.cookie(origin::is_secure(&request)))
            .finish(),
        Err(error) => {
            if let Some(why) = error.refused() {
                context.tallies().requests.refused(why);
            }
            let account = form.as_ref().map_or("", |form| &form.account);
            page::sign_in(account, Some(&error))
        }
    }
}

async fn begin(
    request: &HttpRequest,
    form: &Credentials,
    context: &Context,
) -> Result<Session, ApiError> {
    if !origin::is_own(request) {
        return Err(ApiError::CrossSite);
    }
    let access = context.access();
    let (account, token) = right_token(request, form, access)?;
    if !access.is_open_to(&account, Door::Api, request) {
        return Err(ApiError::SourceNotAllowed);
    }
    Access::may_use_token(token).map_err(|wait| ApiError::TooManyRequests { wait })?;
    request.extensions_mut().insert(watch::Bearer {
        token: token.name.clone(),
        signature: Signature {
            account: account.clone(),
            by: token.known_as(),
            role: token.role,
            source: access.source_of(request),
            written: Written::default(),
        },
    });
    let session = Session::new(account).map_err(ApiError::NoRandomness)?;
    session.begin(context.store(), token.mark()).await?;
    Ok(session)
}

/// The token, if it is one of this account's. Whoever is wrong too often is told only that, as at the API.
fn right_token<'a>(
    request: &HttpRequest,
    form: &Credentials,
    access: &'a Access,
) -> Result<(AccountName, &'a Token), ApiError> {
    let account = AccountName::parse(form.account.trim()).ok();
    let known = account.clone().unwrap_or_default();
    let bearer = access.bearer(form.token.expose_secret().trim(), &known);
    match (bearer, account) {
        (Bearer::Has(token), Some(account)) => Ok((account, token)),
        (Bearer::Has(_) | Bearer::OfAnotherAccount | Bearer::Unknown, _) => {
            match access.refuse(request) {
                Ok(()) => Err(ApiError::UnknownToken),
                Err(wait) => Err(ApiError::TooManyAttempts { wait }),
            }
        }
    }
}

/// Ends the session, here and on every instance.
pub(super) async fn sign_out(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Some(session) = Session::of(&request) {
        if !origin::is_own(&request) {
            return page::failed(StatusCode::FORBIDDEN, &ApiError::CrossSite);
        }
        if let Err(error) = session.end(context.store()).await {
            // The cookie goes all the same; what it named ends by itself.
            tracing::debug!(code = error.code(), "a session is not ended in the store");
        }
        if let Some(boards) = context.boards() {
            boards.endings().tell(&session);
        }
    }
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/"))
        .cookie(forgotten(origin::is_secure(&request)))
        .finish()
}
