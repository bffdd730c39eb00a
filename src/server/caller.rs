//! Extractors that say in a handler's arguments what its caller must be allowed to do.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::access::Bearer;
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
    let token = bearer_token(request).ok_or(ApiError::NoToken)?;
    let account = request.match_info().get("account").unwrap_or_default();
    // A name that no account can have is answered like the name of somebody else's account.
    let account = AccountName::parse(account).ok();
    let bearer = context
        .access()
        .bearer(token, &account.clone().unwrap_or_default());
    match (bearer, account) {
        (Bearer::Unknown, _) => Err(ApiError::UnknownToken),
        (Bearer::OfAnotherAccount, _) | (_, None) => Err(ApiError::WrongAccount),
        (Bearer::Has(role, _), Some(_)) if role < needed => {
            Err(ApiError::RoleTooLow { needed: word })
        }
        (Bearer::Has(role, name), Some(account)) => {
            let book = context.router().book(&account);
            let view = book.view(context.router().now());
            request.extensions_mut().insert(watch::Bearer {
                account: account.clone(),
                token: name.map(str::to_owned),
            });
            Ok(Caller {
                account,
                role,
                name: name.map(str::to_owned),
                book,
                view,
            })
        }
    }
}

/// The token of `Authorization: Bearer <token>`; the word's case does not matter.
fn bearer_token(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
