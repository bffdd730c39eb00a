//! Requests of Exotel: the key, the limits, and the parameters from wherever they stand.
//!
//! A refusal has no body: it is for a stranger or for a mistake in the URL, and the log of neither should fill up.
//! Whoever has the key gets an answer, even when the body cannot be read: then the query has to do.

use std::fmt;
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use futures_util::{StreamExt, stream};

use super::access::Door;
use super::context::Context;
use super::metrics::{Refused, Route};
use crate::exotel::{MAX_BODY_BYTES, Parameters, UnreadableParameters};
use crate::telephony::AccountName;

mod described;

pub(super) use described::{Answer, FetchParameters, ReportParameters, Unheard, Unread};

/// Why a request of Exotel, or of whoever it is, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No key, a wrong one, or an account that does not exist.
    WrongKey,
    /// From a network that the account does not list.
    WrongSource,
    /// The same once more than the source may be told in a minute.
    TooManyAttempts,
    /// The query is longer than is read.
    QueryTooLong,
    /// The query cannot be decoded, or has too many parameters.
    UnreadableQuery,
    /// The body is longer than is read.
    BodyTooLong,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::WrongKey | Self::WrongSource => StatusCode::FORBIDDEN,
            Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
            Self::UnreadableQuery => StatusCode::BAD_REQUEST,
            Self::BodyTooLong => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl Refusal {
    /// Counts how a request of Exotel's was answered.
    pub(super) fn counted(
        context: &Context,
        route: Route,
        mut answered: Result<HttpResponse, Self>,
    ) -> Result<HttpResponse, Self> {
        if let Ok(response) = &mut answered {
            context.lifecycle().end_connection(response);
        }
        let requests = &context.tallies().requests;
        match &answered {
            Ok(response) => requests.answered(route, response.status()),
            Err(refusal) => {
                requests.answered(route, refusal.status());
                requests.refused(refusal.reason());
            }
        }
        answered
    }

    fn reason(self) -> Refused {
        match self {
            Self::WrongKey => Refused::Key,
            Self::WrongSource => Refused::Source,
            Self::TooManyAttempts => Refused::RateSource,
            Self::QueryTooLong | Self::UnreadableQuery | Self::BodyTooLong => Refused::TooLong,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(formatter)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

/// The account that the path names, and the parameters of the query, once the key in it is right.
pub(super) fn admit(
    request: &HttpRequest,
    context: &Context,
) -> Result<(AccountName, Parameters), Refusal> {
    let parameters =
        Parameters::from_query(request.query_string()).map_err(|error| match error {
            UnreadableParameters::QueryTooLong => Refusal::QueryTooLong,
            UnreadableParameters::BodyTooLong
            | UnreadableParameters::TooMany
            | UnreadableParameters::Form(_)
            | UnreadableParameters::Json(_)
            | UnreadableParameters::NotAnObject => Refusal::UnreadableQuery,
        })?;
    let account = key_holder(request, context, &parameters)?;
    Ok((account, parameters))
}

/// As [`admit`], whatever else stands in the query: of one that is too much only the key is read.
pub(super) fn admit_anyhow(
    request: &HttpRequest,
    context: &Context,
) -> Result<(AccountName, Parameters), Refusal> {
    let query = request.query_string();
    let parameters = Parameters::from_query(query)
        .or_else(|_too_much| Parameters::from_query(key_in(query)))
        .unwrap_or_default();
    let account = key_holder(request, context, &parameters)?;
    Ok((account, parameters))
}

/// The pair of the query that holds the key.
fn key_in(query: &str) -> &str {
    let is_key = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("key")
    };
    query.split('&').find(is_key).unwrap_or_default()
}

/// The account that the path names, if the key among the parameters is one of its own, and comes from where it may.
fn key_holder(
    request: &HttpRequest,
    context: &Context,
    parameters: &Parameters,
) -> Result<AccountName, Refusal> {
    let access = context.access();
    let refuse = |why| match access.refuse(request) {
        Ok(()) => why,
        Err(_wait) => Refusal::TooManyAttempts,
    };
    let account = match request.match_info().get("account") {
        Some(name) => AccountName::parse(name).map_err(|_none| refuse(Refusal::WrongKey))?,
        None => AccountName::default(),
    };
    // A missing key is a wrong one.
    let key = parameters.get("key").unwrap_or_default();
    if !access.admits(&account, key) {
        return Err(refuse(Refusal::WrongKey));
    }
    // Whoever has the key guesses nothing, and is not counted among those who do.
    if !access.is_open_to(&account, Door::Exotel, request) {
        return Err(Refusal::WrongSource);
    }
    Ok(account)
}

/// Adds what the body says, behind what the query says.
///
/// A body that is too long is refused. One that cannot be read, or does not come in time, counts as empty.
pub(super) async fn add_body(
    parameters: &mut Parameters,
    request: &HttpRequest,
    payload: web::Payload,
    limit: Duration,
) -> Result<(), Refusal> {
    let read = tokio::time::timeout(limit, payload.to_bytes_limited(MAX_BODY_BYTES)).await;
    let body = match read {
        Ok(Ok(Ok(body))) => body,
        Ok(Err(_too_long)) => return Err(Refusal::BodyTooLong),
        Ok(Ok(Err(_))) | Err(_) => {
            tracing::debug!("the body did not come whole and in time; the query has to do");
            return Ok(());
        }
    };
    if let Err(error) = decode(parameters, request, body).await {
        tracing::debug!(%error, "the body cannot be read; the query has to do");
    }
    Ok(())
}

async fn decode(
    parameters: &mut Parameters,
    request: &HttpRequest,
    body: web::Bytes,
) -> Result<(), UnreadableParameters> {
    if body.is_empty() {
        return Ok(());
    }
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    if content_type.starts_with("multipart/") {
        add_multipart(parameters, request, body).await
    } else if content_type.contains("json") {
        parameters.add_json(&body)
    } else {
        parameters.add_form(&body)
    }
}

/// Text fields of a multipart form. The body is in memory already, so its limit holds for all of them together.
async fn add_multipart(
    parameters: &mut Parameters,
    request: &HttpRequest,
    body: web::Bytes,
) -> Result<(), UnreadableParameters> {
    let mut form = Multipart::new(request.headers(), stream::iter([Ok(body)]));
    while let Some(Ok(mut field)) = form.next().await {
        let Some(name) = field.name().map(str::to_owned) else {
            continue;
        };
        let mut value = Vec::new();
        while let Some(Ok(chunk)) = field.next().await {
            value.extend_from_slice(&chunk);
        }
        parameters.push(name, String::from_utf8_lossy(&value).into_owned())?;
    }
    Ok(())
}
