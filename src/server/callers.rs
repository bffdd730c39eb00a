//! `DELETE …/callers/{number}`: forgets a caller who asks for it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};

use super::audit::{self, Action};
use super::caller::Administrator;
use super::context::Context;
use super::method_not_allowed;
use super::problem::{ApiError, FieldError};
use crate::telephony::PhoneNumber;

/// Everything under `/v1/accounts/{account}/callers`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/callers/{number}")
            .route(web::delete().to(erase))
            .default_service(web::to(|| method_not_allowed("DELETE"))),
    );
}

/// Takes the number, as it is dialled in the account's country or with its calling code, out of all that is stored. 204
/// also when there was nothing: whoever asks twice is told the same.
async fn erase(
    Administrator(caller): Administrator,
    path: Path<(String, String)>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let (_account, number) = path.into_inner();
    let number = PhoneNumber::parse(&number, caller.book.country())
        .map_err(|error| ApiError::Invalid(vec![FieldError::new("number", error)]))?;
    let erased = context.store().erase(&caller.account, number).await;
    let erased = erased.map_err(ApiError::from);
    audit::record(&caller, Action::EraseCaller, None, "", &erased);
    let erased = erased?;
    tracing::info!(
        account = %caller.account,
        caller = %number.masked(),
        calls = erased.calls,
        "a caller is forgotten"
    );
    Ok(HttpResponse::NoContent().finish())
}
