//! Everything that can go wrong in the API under `/v1`, once, as RFC 9457 problem documents.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::console::Blind;
use super::headers::HEADERS;
use super::metrics::Refused;
use super::rules::RefusedRules;
use crate::outbound::NotStarted;
use crate::presence::{AgentState, StoreError, Taken};
use crate::reload::NotReloaded;
use crate::telephony::{duration, without_numbers};
use crate::voice::VoiceError;

pub(crate) mod catalogue;
mod causes;
mod not_started;

pub(crate) use causes::Causes;

/// Why a request to the API is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No bearer token was sent.
    #[error("send a token as `Authorization: Bearer <token>`")]
    NoToken,
    /// Nobody has this token.
    #[error("this token is not known")]
    UnknownToken,
    /// The token is another account's, or the account does not exist: the bearer is not told which.
    #[error("this token is not for this account")]
    WrongAccount,
    /// The console's session has ended.
    #[error("this session is over; sign in again")]
    SessionOver,
    /// A page of another site had a browser send this.
    #[error("this was not sent from a page of the console")]
    CrossSite,
    /// The system gives no random numbers, without which no session is safe.
    #[error("the system gives no random numbers")]
    NoRandomness(#[source] getrandom::Error),
    /// The token's role does not reach this far.
    #[error("this needs a token with the role {needed}")]
    RoleTooLow {
        /// The least role that does.
        needed: &'static str,
    },
    /// The token is right, and comes from where the account lets nobody in.
    #[error("this account may not be used from this network")]
    SourceNotAllowed,
    /// Whoever asks was wrong too often.
    #[error("too many requests from this address had no right token; wait a moment")]
    TooManyAttempts {
        /// Until this would be told again.
        wait: Duration,
    },
    /// The token, or the account, asks more often than it may.
    #[error("these are too many requests; wait a moment")]
    TooManyRequests {
        /// Until there is room for one.
        wait: Duration,
    },
    /// Only an administrator may end this state.
    #[error("the agent is {}; only a token with the role admin may end that", .0.as_str())]
    NotYours(AgentState),
    /// Only an administrator sets a status in somebody's name.
    #[error("only a token with the role admin may set a status for somebody else: leave out `by`")]
    OverrideNeedsAdmin,
    /// Nothing is served under this path.
    #[error("there is nothing under this path")]
    NoSuchPath,
    /// The path is served, but not with this method.
    #[error("this path takes {allowed}")]
    MethodNotAllowed {
        /// The methods it takes, with commas.
        allowed: &'static str,
    },
    /// The account has no such agent.
    #[error("there is no agent with this id")]
    UnknownAgent,
    /// The account's rules name no such queue.
    #[error("the rules name no such queue")]
    UnknownQueue,
    /// The body is longer than is read.
    #[error("a body has at most {limit_bytes} bytes")]
    BodyTooLarge {
        /// What is read.
        limit_bytes: usize,
    },
    /// The body did not come within the time for it.
    #[error("a body has to come within {limit_seconds} seconds")]
    BodyTooSlow {
        /// How long it may take.
        limit_seconds: u64,
    },
    /// The body broke off.
    #[error("the body could not be read")]
    BodyUnreadable,
    /// The body is no JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// The body or the query says something that cannot be meant; every place is named.
    #[error("{} {} not valid", .0.len(), if .0.len() == 1 { "field is" } else { "fields are" })]
    Invalid(Vec<FieldError>),
    /// The rules file can't be used; what was in force still is.
    #[error("the rules file {}", .0.what())]
    RulesRefused(Box<RefusedRules>),
    /// There is nothing to reload.
    #[error(transparent)]
    RulesBuiltIn(NotReloaded),
    /// The rules were not read in time.
    #[error(transparent)]
    RulesNotRead(NotReloaded),
    /// No call was started.
    #[error(transparent)]
    NotStarted(NotStarted),
    /// The account has no such call, or it is forgotten.
    #[error("there is no call with this name, or it was too long ago")]
    UnknownCall,
    /// Nothing is written down of such a call, or not any more.
    #[error(
        "nothing is written down of a call with this name: what is, is kept for {}, of the newest decisions",
        duration::format(*kept)
    )]
    CallNotKept {
        /// How long it is kept.
        kept: Duration,
    },
    /// Nothing is kept of what was decided.
    #[error("nothing is kept of what was decided: the setting history.kept is 0")]
    HistoryOff,
    /// As many watch already as may.
    #[error(
        "{most} watch this account's decisions already, which is as many as may; wait a moment"
    )]
    TooManyViewers {
        /// How many may.
        most: usize,
    },
    /// The service has no thread left to work on this.
    #[error("the service is stopping; try another instance")]
    Stopping,
    /// The store is known to be down, and is not asked.
    #[error("the store is not available at the moment; try again")]
    StoreDown,
    /// The store did not do its work.
    #[error("the store is not available at the moment; try again")]
    Store(#[source] StoreError),
    /// The store did not take this one command.
    #[error("the store refused the command")]
    StoreRefused(#[source] StoreError),
    /// The store holds something that this version cannot read.
    #[error("the store holds something unreadable")]
    StoreCorrupt(#[source] StoreError),
}

/// One field that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: `skills.hindi`, `destinations[1]`, `[3].name`.
    pub field: String,
    /// What was expected.
    pub message: String,
}

impl FieldError {
    /// A complaint about one field. Documents of errors end up in logs, so the numbers that it quotes are masked.
    pub fn new(field: impl AsRef<str>, message: impl fmt::Display) -> Self {
        Self {
            field: without_numbers(field.as_ref()),
            message: without_numbers(&message.to_string()),
        }
    }
}

impl FieldError {
    /// A destination that is another agent's. `path` leads to the agent in the body, with a dot, or is empty.
    pub(super) fn taken(path: &str, taken: &Taken) -> Self {
        let Taken { agent, uri, owner } = taken;
        let message = format!("{uri} belongs to {owner} already, so {agent} cannot have it");
        Self::new(format!("{path}destinations"), message)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Timeout(_) | StoreError::Redis(_) | StoreError::Pool(_) => {
                Self::Store(error)
            }
            StoreError::Refused(_) => Self::StoreRefused(error),
            StoreError::Taken(taken) => {
                let error = |taken| FieldError::taken("", taken);
                Self::Invalid(taken.iter().map(error).collect())
            }
            StoreError::Corrupt(_) => Self::StoreCorrupt(error),
        }
    }
}

impl From<Blind> for ApiError {
    fn from(why: Blind) -> Self {
        match why {
            Blind::Down => Self::StoreDown,
            Blind::Store(error) => error.into(),
        }
    }
}

impl From<NotReloaded> for ApiError {
    fn from(why: NotReloaded) -> Self {
        match why {
            NotReloaded::BuiltIn => Self::RulesBuiltIn(why),
            NotReloaded::TooSlow => Self::RulesNotRead(why),
        }
    }
}

impl ApiError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::UnknownToken | Self::SessionOver => StatusCode::UNAUTHORIZED,
            Self::WrongAccount
            | Self::CrossSite
            | Self::RoleTooLow { .. }
            | Self::SourceNotAllowed
            | Self::NotYours(_)
            | Self::OverrideNeedsAdmin => StatusCode::FORBIDDEN,
            Self::TooManyAttempts { .. }
            | Self::TooManyRequests { .. }
            | Self::TooManyViewers { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoSuchPath
            | Self::UnknownAgent
            | Self::UnknownQueue
            | Self::UnknownCall
            | Self::CallNotKept { .. } => StatusCode::NOT_FOUND,
            Self::NotStarted(why) => not_started::status_of(why),
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyUnreadable | Self::NotJson(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::RulesRefused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RulesBuiltIn(_) | Self::HistoryOff => StatusCode::CONFLICT,
            Self::Stopping | Self::StoreDown | Self::Store(_) | Self::RulesNotRead(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::NoRandomness(_) | Self::StoreRefused(_) | Self::StoreCorrupt(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// A short stable word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no-token",
            Self::UnknownToken => "unknown-token",
            Self::WrongAccount => "wrong-account",
            Self::SessionOver => "session-over",
            Self::CrossSite => "cross-site",
            Self::NoRandomness(_) => "no-randomness",
            Self::RoleTooLow { .. } => "role-too-low",
            Self::SourceNotAllowed => "source-not-allowed",
            Self::TooManyAttempts { .. } => "too-many-attempts",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::NotYours(_) => "not-yours",
            Self::OverrideNeedsAdmin => "override-needs-admin",
            Self::NoSuchPath => "no-such-path",
            Self::MethodNotAllowed { .. } => "method-not-allowed",
            Self::UnknownAgent => "unknown-agent",
            Self::UnknownQueue => "unknown-queue",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::BodyTooSlow { .. } => "body-too-slow",
            Self::BodyUnreadable => "body-unreadable",
            Self::NotJson(_) => "not-json",
            Self::Invalid(_) => "invalid",
            Self::NotStarted(why) => why.code(),
            Self::UnknownCall => "unknown-call",
            Self::CallNotKept { .. } => "call-not-kept",
            Self::RulesRefused(_) => "rules-refused",
            Self::RulesBuiltIn(_) => "rules-built-in",
            Self::RulesNotRead(_) => "rules-not-read",
            Self::HistoryOff => "history-off",
            Self::TooManyViewers { .. } => "too-many-viewers",
            Self::Stopping => "stopping",
            Self::StoreDown | Self::Store(_) => "store-unavailable",
            Self::StoreRefused(_) => "store-refused",
            Self::StoreCorrupt(_) => "store-corrupt",
        }
    }

    /// Why it was not let in, when that is what happened to the request.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others have come in and failed behind the door"
    )]
    pub(super) fn refused(&self) -> Option<Refused> {
        match self {
            Self::NoToken
            | Self::UnknownToken
            | Self::WrongAccount
            | Self::SessionOver
            | Self::CrossSite => Some(Refused::Key),
            Self::SourceNotAllowed => Some(Refused::Source),
            Self::TooManyAttempts { .. } => Some(Refused::RateSource),
            Self::TooManyRequests { .. } => Some(Refused::RateAccount),
            Self::RoleTooLow { .. } => Some(Refused::Role),
            Self::BodyTooLarge { .. } => Some(Refused::TooLong),
            _ => None,
        }
    }

    /// Must somebody at this end act?
    fn is_ours(&self) -> bool {
        self.status().is_server_error()
    }

    fn fields(&self) -> &[FieldError] {
        if let Self::Invalid(fields) = self {
            fields
        } else {
            &[]
        }
    }

    /// What went wrong at Exotel.
    fn exotel(&self) -> Option<&VoiceError> {
        if let Self::NotStarted(why) = self {
            why.exotel()
        } else {
            None
        }
    }

    /// When it may be tried again, if anybody can say.
    fn retry_after(&self) -> Option<Duration> {
        if let Self::TooManyAttempts { wait } | Self::TooManyRequests { wait } = self {
            return Some(*wait);
        }
        self.exotel().and_then(VoiceError::retry_after)
    }

    fn rules(&self) -> Option<&RefusedRules> {
        if let Self::RulesRefused(rules) = self {
            Some(rules)
        } else {
            None
        }
    }
}

/// The document of RFC 9457, with members of our own: `code`, `errors`, and for refused rules what is in force and what was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// What is wrong, for people.
    detail: String,
    /// What is wrong, for programs.
    code: &'static str,
    /// Each place of the request that is not valid, of `invalid`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    #[serde(flatten)]
    rules: Option<&'a RefusedRules>,
    /// What Exotel's answer was taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    exotel: Option<&'static str>,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        if self.is_ours() {
            tracing::warn!(code = self.code(), error = %Causes(self), "an API request failed");
        }
        let status = self.status();
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: not_started::detail_of(self),
            code: self.code(),
            errors: self.fields(),
            rules: self.rules(),
            exotel: self.exotel().map(VoiceError::code),
        };
        let mut response = HttpResponse::build(status);
        for header in HEADERS {
            response.insert_header(header);
        }
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"ringmaster\""));
        }
        if let Some(wait) = self.retry_after() {
            // Whole seconds, never too few.
            let seconds = wait.as_millis().div_ceil(1000);
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Self::MethodNotAllowed { allowed } = self {
            response.insert_header((ALLOW, *allowed));
        }
        response.body(serde_json::to_string(&problem).unwrap_or_default())
    }
}
