//! A JSON body of the API, read whole within limits of size and time.

use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde_json::Value;

use super::fields::json;
use super::problem::ApiError;

/// Enough for a list of a thousand agents.
const LIMIT_BYTES: usize = 1024 * 1024;

/// Enough for such a list over a slow line. Whoever sends more slowly holds a connection and memory for nothing.
const LIMIT_SECONDS: u64 = 10;

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
            let bytes = read(payload, Duration::from_secs(LIMIT_SECONDS)).await?;
            json(&bytes).map(Self)
        })
    }
}

async fn read(payload: web::Payload, limit: Duration) -> Result<web::Bytes, ApiError> {
    match tokio::time::timeout(limit, payload.to_bytes_limited(LIMIT_BYTES)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_broken))) => Err(ApiError::BodyUnreadable),
        Ok(Err(_too_large)) => Err(ApiError::BodyTooLarge {
            limit_bytes: LIMIT_BYTES,
        }),
        Err(_elapsed) => Err(ApiError::BodyTooSlow {
            limit_seconds: limit.as_secs(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for_for_ever() {
        let request = TestRequest::default().to_http_request();
        let mut endless: Payload = Payload::Stream {
            payload: Box::pin(stream::pending()),
        };
        let payload = web::Payload::from_request(&request, &mut endless).await;
        let outcome = read(payload.unwrap(), Duration::from_millis(10)).await;
        assert!(matches!(outcome, Err(ApiError::BodyTooSlow { .. })));
    }
}
