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

/// The address without whatever stands behind host and port.
pub(super) fn origin(server: &str) -> Result<Url, RemoteError> {
    let strange = || RemoteError::Address(server.to_owned());
    let mut url = Url::parse(server).or(Err(strange()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(strange());
    }
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

pub(super) fn with_json(request: RequestBuilder, document: &Value) -> RequestBuilder {
    let request = request.header("Content-Type", "application/json");
    request.body(document.to_string())
}
