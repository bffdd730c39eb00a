//! Extractors that say in a handler's arguments what its caller must be allowed to do.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::access::{Access, Bearer, Door, Token};
use super::audit::{Signature, Written};
use super::console::session::Recognized;
use super::context::Context;
use super::problem::ApiError;
use super::watch;
use crate::presence::store::View;
use crate::routing::RoutingBook;
use crate::settings::Role;
use crate::telephony::AccountName;

/// Somebody with a valid token for the account in the path.
#[derive(Debug)]
pub(super) struct Caller {
    /// The account.
    pub(super) account: AccountName,
    /// What the token allows.
    pub(super) role: Role,
    /// The name of the token, if it has one.
    pub(super) name: Option<String>,
    /// Who asks, to those who read the audit.
    pub(super) signature: Signature,
    /// The account's rules, the same for the whole request.
    pub(super) book: Arc<RoutingBook>,
    /// How the rules read an agent at the moment of the request.
    pub(super) view: View,
}

/// A caller who may see.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Caller);

/// A caller who may also set presence.
#[derive(Debug)]
pub(super) struct PresenceSetter(pub(super) Caller);

/// A caller who may do everything.
#[derive(Debug)]
pub(super) struct Administrator(pub(super) Caller);

macro_rules! needs_role {
    ($($type:ident: $role:ident, $word:literal);*) => {$(
        impl FromRequest for $type {
            type Error = ApiError;
            type Future = Ready<Result<Self, ApiError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(caller(request, Role::$role, $word).map(Self))
            }
        }
    )*};
}

needs_role!(Reader: Read, "read"; PresenceSetter: Presence, "presence"; Administrator: Admin, "admin");

fn caller(request: &HttpRequest, needed: Role, word: &'static str) -> Result<Caller, ApiError> {
    let context = request
        .app_data::<web::Data<Context>>()
        .ok_or(ApiError::NoSuchPath)?;
    let access = context.access();
    let (account, token) = bearer(request, access)?;
    let signature = Signature {
        account: account.clone(),
        by: token.known_as(),
        role: token.role,
        source: access.source_of(request),
        written: Written::default(),
    };
    request.extensions_mut().insert(watch::Bearer {
        token: token.name.clone(),
        signature: signature.clone(),
    });
    if !access.is_open_to(&account, Door::Api, request) {
        return Err(ApiError::SourceNotAllowed);
    }
    let too_many = |wait| ApiError::TooManyRequests { wait };
    Access::may_use_token(token).map_err(too_many)?;
    // Whoever may not do it takes nothing of what the account's others may.
    if token.role < needed {
        return Err(ApiError::RoleTooLow { needed: word });
    }
    access.may_use_account(token).map_err(too_many)?;
    let book = context.router().book(&account);
    let view = book.view(context.router().now());
    Ok(Caller {
        role: token.role,
        name: token.name.clone(),
        signature,
        account,
        book,
        view,
    })
}

/// The account that the path names, and the token if it is one of its own: the one that was sent, or the one with which the
/// console's session was begun. Whoever is wrong too often is told only that.
fn bearer<'a>(
    request: &HttpRequest,
    access: &'a Access,
) -> Result<(AccountName, &'a Token), ApiError> {
    let refuse = |error| match access.refuse(request) {
        Ok(()) => error,
        Err(wait) => ApiError::TooManyAttempts { wait },
    };
    // A name that no account can have is answered like the name of somebody else's account.
    let account = request.match_info().get("account").unwrap_or_default();
    let account = AccountName::parse(account).ok();
    let recognized = request.extensions_mut().remove::<Recognized>();
    if let Some(Recognized(signed)) = recognized {
        let signed = signed?;
        return match access.marked(&signed.account, &signed.mark) {
            Some(token) if account.as_ref() == Some(&signed.account) => Ok((signed.account, token)),
            Some(_) => Err(refuse(ApiError::WrongAccount)),
            None => Err(ApiError::SessionOver),
        };
    }
    let Some(token) = bearer_token(request) else {
        return Err(refuse(ApiError::NoToken));
    };
    let bearer = access.bearer(token, &account.clone().unwrap_or_default());
    match (bearer, account) {
        (Bearer::Unknown, _) => Err(refuse(ApiError::UnknownToken)),
        (Bearer::OfAnotherAccount, _) | (_, None) => Err(refuse(ApiError::WrongAccount)),
        (Bearer::Has(token), Some(account)) => Ok((account, token)),
    }
}

/// The token of `Authorization: Bearer <token>`; the word's case does not matter.
fn bearer_token(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
