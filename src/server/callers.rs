//! `DELETE …/callers/{number}`: forgets a caller who asks for it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};

use super::audit::{Action, Attempt};
use super::caller::Administrator;
use super::context::Context;
use super::method_not_allowed;
use super::problem::{ApiError, FieldError};
use crate::telephony::{NumberText, PhoneNumber};

/// Everything under `/v1/accounts/{account}/callers`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/callers/{number}")
            .route(web::delete().to(erase))
            .default_service(web::to(|| method_not_allowed("DELETE"))),
    );
}

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(erase))]
pub(super) struct Described;

/// Takes the number, as it is dialled in the account's country or with its calling code, out of all that is stored. 204
/// also when there was nothing: whoever asks twice is told the same.
#[utoipa::path(
    delete, path = "/callers/{number}", tag = "callers", operation_id = "forgetCaller",
    summary = "Forgets a caller who asks for it",
    description = "Takes the number out of all that is stored. 204 also when there was nothing.",
    params(("number" = NumberText, Path, description = "The number", example = "09812345678")),
    responses((status = 204, description = "Nothing is stored of the caller")),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["invalid", "stopping"]))),
)]
async fn erase(
    Administrator(caller): Administrator,
    path: Path<(String, String)>,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let (_account, number) = path.into_inner();
    let number = PhoneNumber::parse(&number, caller.book.country())
        .map_err(|error| ApiError::Invalid(vec![FieldError::new("number", error)]))?;
    let attempt = Attempt::new(&caller, Action::EraseCaller);
    let router = context.errands().router().clone();
    let erasing = async move {
        let account = &caller.account;
        let erased = router.store().erase(account, number).await?;
        let (caller, calls) = (number.masked(), erased.calls);
        tracing::info!(%account, %caller, calls, "a caller is forgotten");
        Ok(())
    };
    attempt.carry_out(&context, erasing).await?;
    Ok(HttpResponse::NoContent().finish())
}
