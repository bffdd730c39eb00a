//! Calls that are not started, as problems of the API.

use actix_web::http::StatusCode;

use super::{ApiError, FieldError};
use crate::outbound::NotStarted;
use crate::voice::VoiceError;

impl From<NotStarted> for ApiError {
    fn from(why: NotStarted) -> Self {
        match why {
            NotStarted::Store(error) => error.into(),
            NotStarted::UnknownAgent => Self::UnknownAgent,
            NotStarted::UnknownQueue => Self::UnknownQueue,
            NotStarted::NoVirtualNumber => {
                Self::Invalid(vec![FieldError::new("virtual_number", why)])
            }
            NotStarted::TooLong { field, .. } => Self::Invalid(vec![FieldError::new(field, why)]),
            NotStarted::NotConfigured
            | NotStarted::Forbidden(_)
            | NotStarted::NotReady(_)
            | NotStarted::InProgress
            | NotStarted::KeyReused
            | NotStarted::OutcomeUnknown
            | NotStarted::Refused(_)
            | NotStarted::Uncertain(_)
            | NotStarted::Unindexed => Self::NotStarted(why),
        }
    }
}

/// What is said of a problem. Where nobody knows whether there is a call, why not is said too.
pub(super) fn detail_of(problem: &ApiError) -> String {
    if let ApiError::NotStarted(NotStarted::Uncertain(error)) = problem {
        format!("{problem}: {error}")
    } else {
        problem.to_string()
    }
}

/// The status of a call that was not started. What Exotel refuses because of what was asked is the asker's to mend.
pub(super) fn status_of(why: &NotStarted) -> StatusCode {
    match why {
        NotStarted::Forbidden(_) => StatusCode::FORBIDDEN,
        NotStarted::UnknownAgent | NotStarted::UnknownQueue => StatusCode::NOT_FOUND,
        NotStarted::NoVirtualNumber | NotStarted::TooLong { .. } => StatusCode::BAD_REQUEST,
        NotStarted::NotReady(_)
        | NotStarted::InProgress
        | NotStarted::OutcomeUnknown
        | NotStarted::NotConfigured => StatusCode::CONFLICT,
        NotStarted::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        NotStarted::Refused(VoiceError::Refused { refusal, .. })
            if refusal.reason.is_for_the_asker() =>
        {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        NotStarted::Refused(error) if error.retry_after().is_some() => {
            StatusCode::TOO_MANY_REQUESTS
        }
        NotStarted::Refused(_) => StatusCode::BAD_GATEWAY,
        NotStarted::Uncertain(_) => StatusCode::GATEWAY_TIMEOUT,
        NotStarted::Unindexed | NotStarted::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
