//! A JSON body of the API, read whole within a limit.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde_json::Value;

use super::fields::json;
use super::problem::ApiError;

/// Enough for a list of a thousand agents.
const LIMIT_BYTES: usize = 1024 * 1024;

/// A body as JSON, whatever its content type says.
#[derive(Debug)]
pub(super) struct JsonBody(pub(super) Value);

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            let payload = payload.await.or(Err(ApiError::BodyUnreadable))?;
            json(&read(payload).await?).map(Self)
        })
    }
}

async fn read(payload: web::Payload) -> Result<web::Bytes, ApiError> {
    match payload.to_bytes_limited(LIMIT_BYTES).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_broken)) => Err(ApiError::BodyUnreadable),
        Err(_too_large) => Err(ApiError::BodyTooLarge {
            limit_bytes: LIMIT_BYTES,
        }),
    }
}
