//! The way to a server: the client, the address, and bodies of JSON.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use serde_json::Value;

use super::RemoteError;

/// A server closes a connection over which nothing comes for some seconds; it is given up before.
const UNUSED_FOR: Duration = Duration::from_secs(2);

pub(super) fn client() -> Result<Client, RemoteError> {
    let client = Client::builder()
        .pool_idle_timeout(UNUSED_FOR)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    client.map_err(RemoteError::Client)
}

/// Host and port of a server. An address that says more is refused: nothing of it would be used, and it may be a secret.
pub(super) fn origin(server: &str) -> Result<Url, RemoteError> {
    let url = Url::parse(server).or(Err(RemoteError::Address("is no address")))?;
    let wrong = if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        "is no address of HTTP"
    } else if !url.username().is_empty() || url.password().is_some() {
        "has a user or a password in it, which are not used"
    } else if url.path() != "/" {
        "has a path in it, which is not used"
    } else if url.query().is_some() {
        "has a query in it, which is not used"
    } else if url.fragment().is_some() {
        "has a fragment in it, which is not used"
    } else {
        return Ok(url);
    };
    Err(RemoteError::Address(wrong))
}

/// The same as it may be shown.
pub(super) fn shown(origin: &Url) -> String {
    origin.origin().ascii_serialization()
}

/// The address of a server as it may be shown: its scheme, host and port.
///
/// # Errors
/// When that is no address, or has more in it. What stands in it is not told: it may be a secret.
pub fn shown_address(server: &str) -> Result<String, RemoteError> {
    Ok(shown(&origin(server)?))
}

pub(super) fn with_json(request: RequestBuilder, document: &Value) -> RequestBuilder {
    let request = request.header("Content-Type", "application/json");
    request.body(document.to_string())
}
