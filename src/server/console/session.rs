//! Who is signed in: a cookie with a random name of the session, and what that stands for in the store.
//!
//! The cookie does not hold the token. Whoever reads it, in a backup of a browser's profile or in a proxy's log, has something
//! that ends twelve hours after it was last used, or when the person signs out, and that no program can use from elsewhere. The
//! store holds no name of a session and no token either, but digests of both, so that a copy of Redis signs nobody in. And all
//! instances know every session, for they share the store; where it has forgotten, people sign in again.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::origin;
use crate::presence::{NoteStep, Store, StoreError};
use crate::server::context::Context;
use crate::server::problem::ApiError;
use crate::settings::SecretDigest;
use crate::telephony::AccountName;

/// The cookie. Over HTTPS its name makes browsers see to it that it was set over HTTPS, by this very host.
const NAME: &str = "ringmaster";
const SECURE_NAME: &str = "__Host-ringmaster";
/// A session that nobody uses ends: as long as a shift. An open page uses it.
pub(super) const KEPT: Duration = Duration::from_hours(12);
/// How long browsers keep the cookie, after which it is worth nothing anyway.
const COOKIE_KEPT: actix_web::cookie::time::Duration = actix_web::cookie::time::Duration::days(30);
const ID_BYTES: usize = 32;
/// As many in the cookie: letters, digits, `-` and `_`.
const ID_CHARACTERS: usize = 43;

/// A session, by the name that only its browser knows.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) account: AccountName,
    id: String,
    /// Did the browser keep it as one that came over HTTPS?
    pub(super) is_secure: bool,
}

/// What a request with a session comes to: the mark of the token that was signed in with, or why it is not taken.
#[derive(Debug)]
pub(in crate::server) struct Recognized(pub(in crate::server) Result<Signed, ApiError>);

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub(in crate::server) struct Signed {
    /// For this account.
    pub(in crate::server) account: AccountName,
    /// With the token that has this mark.
    pub(in crate::server) mark: String,
}

/// What a token is known by in the store: the digest of its digest, which tells nothing and opens nothing.
pub(in crate::server) fn mark(digest: &SecretDigest) -> String {
    hex(&SecretDigest::of(&digest.to_string()))
}

impl Session {
    /// A new one, that nobody could guess.
    pub(super) fn new(account: AccountName) -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; ID_BYTES];
        getrandom::fill(&mut bytes)?;
        let id = URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            account,
            id,
            is_secure: false,
        })
    }

    /// That of the request's cookie, if it has one that could be. The plain cookie could have been set by another host of the
    /// domain, or by whoever answers over HTTP in our place; so over HTTPS it is none.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        let cookie = match request.cookie(SECURE_NAME) {
            Some(cookie) => cookie,
            None if origin::is_secure(request) => return None,
            None => request.cookie(NAME)?,
        };
        let (account, id) = cookie.value().split_once('.')?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_id = id.len() == ID_CHARACTERS && id.bytes().all(is_plain);
        Some(Self {
            account: AccountName::parse(account).ok()?,
            id: is_id.then(|| id.to_owned())?,
            is_secure: cookie.name() == SECURE_NAME,
        })
    }

    /// The cookie that names it.
    pub(super) fn cookie(&self, is_secure: bool) -> Cookie<'static> {
        cookie(format!("{}.{}", self.account, self.id), is_secure)
    }

    /// From now on it stands for the token with this mark.
    pub(super) async fn begin(&self, store: &dyn Store, mark: &str) -> Result<(), StoreError> {
        let step = NoteStep::Write {
            text: mark,
            kept: KEPT,
        };
        store.note(&self.account, &self.note(), step).await?;
        Ok(())
    }

    /// Which token it stands for, if it has not ended.
    pub(super) async fn find(&self, store: &dyn Store) -> Result<Option<String>, StoreError> {
        let note = self.note();
        store.note(&self.account, &note, NoteStep::Read).await
    }

    /// It is in use, so it goes on: `false` when it has ended. What has ended meanwhile stays ended, for this is one step.
    pub(super) async fn renew(&self, store: &dyn Store) -> Result<bool, StoreError> {
        let step = NoteStep::Keep { kept: KEPT };
        let mark = store.note(&self.account, &self.note(), step).await?;
        Ok(mark.is_some())
    }

    /// Ends it, on every instance.
    pub(super) async fn end(&self, store: &dyn Store) -> Result<(), StoreError> {
        let note = self.note();
        store.note(&self.account, &note, NoteStep::Remove).await?;
        Ok(())
    }

    /// The name under which it stands in the store.
    pub(super) fn note(&self) -> String {
        format!("session:{}", hex(&SecretDigest::of(&self.id)))
    }
}

/// What a browser is sent that is to forget the cookie.
pub(super) fn forgotten(is_secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(String::new(), is_secure);
    cookie.make_removal();
    cookie
}

fn cookie(value: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build(if is_secure { SECURE_NAME } else { NAME }, value)
        .path("/")
        .http_only(true)
        .secure(is_secure)
        .same_site(SameSite::Strict)
        .max_age(COOKIE_KEPT)
        .finish()
}

fn hex(digest: &SecretDigest) -> String {
    let digest = digest.to_string();
    digest.rsplit(':').next().unwrap_or_default().to_owned()
}

/// In front of the API: looks up the session of a request that comes with a cookie and without a token. Whoever comes with a
/// token is known by that alone.
pub(in crate::server) async fn recognized(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key(AUTHORIZATION) {
        return next.call(request).await;
    }
    if let Some(session) = Session::of(request.request())
        && let Some(context) = request.app_data::<Data<Context>>().cloned()
    {
        let signed = signed(request.request(), &session, &context).await;
        request.extensions_mut().insert(Recognized(signed));
    }
    next.call(request).await
}

/// Who has signed in, if the request is one of the console's own pages'.
pub(super) async fn signed(
    request: &HttpRequest,
    session: &Session,
    context: &Context,
) -> Result<Signed, ApiError> {
    if !origin::is_own(request) {
        return Err(ApiError::CrossSite);
    }
    look_up(session, context).await
}

/// The same, wherever the request comes from. The store is asked so often at most, for anybody can make up sessions.
pub(super) async fn look_up(session: &Session, context: &Context) -> Result<Signed, ApiError> {
    let too_many = |wait| ApiError::TooManyRequests { wait };
    context.access().may_look_up_session().map_err(too_many)?;
    let mark = session.find(context.store()).await?;
    let mark = mark.ok_or(ApiError::SessionOver)?;
    Ok(Signed {
        account: session.account.clone(),
        mark,
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(cookie: &str) -> Option<String> {
        let request = TestRequest::get().insert_header(("cookie", cookie.to_owned()));
        let session = Session::of(&request.to_http_request())?;
        Some(session.cookie(false).value().to_owned())
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
        let session = Session::new(AccountName::default()).unwrap();
        let cookie = session.cookie(true).to_string();
        let (value, attributes) = cookie.split_once("; ").unwrap();
        assert!(value.starts_with("__Host-ringmaster=default."), "{value}");
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(attributes.contains(attribute), "{cookie}");
        }
        assert!(!attributes.contains("Domain"), "{cookie}");
        assert!(!session.cookie(false).to_string().contains("Secure"));
        assert_ne!(session.id, Session::new(AccountName::default()).unwrap().id);
    }

    #[test]
    fn a_session_is_read_from_the_cookie_and_anything_else_is_none() {
        let id = "0123456789abcdefABCDEF-_zzz0123456789abcdefABCDEF-_zzz"
            .get(..ID_CHARACTERS)
            .unwrap()
            .to_owned();
        let value = format!("default.{id}");
        assert_eq!(
            read(&format!("a=b; ringmaster={value}")),
            Some(value.clone())
        );
        assert_eq!(
            read(&format!("ringmaster=x.{id}; __Host-ringmaster={value}")),
            Some(value)
        );
        for cookie in [
            "",
            "ringmaster=",
            "ringmaster=default.",
            "ringmaster=default.0123",
            "other=default.1",
        ] {
            assert_eq!(read(cookie), None, "{cookie}");
        }
        assert_eq!(read(&format!("ringmaster=No One.{id}")), None);
        assert_eq!(
            read(&format!("ringmaster=default.{}", "?".repeat(ID_CHARACTERS))),
            None
        );
    }

    #[test]
    fn over_https_the_cookie_that_any_host_could_have_set_is_none() {
        let id = "0".repeat(ID_CHARACTERS);
        let has_session = |name: &str, header: (&'static str, &'static str)| {
            let request = TestRequest::get()
                .insert_header(("cookie", format!("{name}=default.{id}")))
                .insert_header(("host", "desk.example.com"))
                .insert_header(header);
            Session::of(&request.to_http_request()).is_some()
        };
        for over_https in [
            ("x-forwarded-proto", "https"),
            ("forwarded", "proto=https"),
            ("origin", "https://desk.example.com"),
            ("sec-fetch-site", "same-origin"),
        ] {
            assert!(has_session(SECURE_NAME, over_https), "{over_https:?}");
            assert!(!has_session(NAME, over_https), "{over_https:?}");
        }
        for over_http in [
            ("x-forwarded-proto", "http"),
            ("origin", "http://desk.example.com"),
        ] {
            assert!(has_session(NAME, over_http), "{over_http:?}");
        }
    }

    #[test]
    fn what_is_stored_opens_nothing() {
        let session = Session::new(AccountName::default()).unwrap();
        assert!(!session.note().contains(&session.id));
        let digest = SecretDigest::of("token");
        assert!(!digest.to_string().contains(&mark(&digest)));
        assert_eq!(mark(&digest).len(), 64);
    }
}
