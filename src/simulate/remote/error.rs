//! What a server answered, and why that is not what was wanted. No error shows the key or the token: addresses are taken
//! out of the library's own.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;

/// Why a server does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// No client could be made.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
    /// An address that is none, or says more than where the server is. What stands in it may be a secret, and is not shown.
    #[error("--against {0}; a server's address looks like http://127.0.0.1:8080")]
    Address(&'static str),
    /// The key of Exotel's URL is refused.
    #[error(
        "the server refuses the key, or has no such account; the key is one of accounts.<account>.keys in its settings"
    )]
    Key,
    /// The token is refused.
    #[error(
        "the server refuses the token; it is one of accounts.<account>.tokens in its settings, with the role admin"
    )]
    Token,
    /// Nothing came in time.
    #[error("{0}: no answer within {1} s")]
    Late(String, u64),
    /// The server was not reached, or broke off.
    #[error("{what}: the server does not answer: {why}")]
    Unreachable {
        /// What was asked.
        what: String,
        /// Why: the innermost cause alone.
        why: String,
    },
    /// An answer with another status than was wanted.
    #[error("{what}: the server answered {status}{detail}")]
    Refused {
        /// What was asked.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What the server said of it, behind a colon.
        detail: String,
    },
    /// An answer that is not what ringmaster answers.
    #[error("{0} is not as ringmaster shows it: is that the server's address?")]
    Strange(&'static str),
}

/// The innermost cause: those around it only say that something failed.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// What came back.
pub(super) struct Reply {
    what: String,
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: String,
}

/// A problem document, as far as it is told.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// Sends a request, and reads all of its answer.
pub(super) async fn sent(what: &str, request: RequestBuilder) -> Result<Reply, RemoteError> {
    let (client, request) = request.build_split();
    let request = request.map_err(|error| failed(what, error, None))?;
    let limit = request.timeout().map(std::time::Duration::as_secs);
    let failed = |error| failed(what, error, limit);
    let response = client.execute(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    let content_type = response.headers().get("Content-Type");
    let content_type = content_type.and_then(|said| said.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let body = response.text().await.map_err(failed)?;
    Ok(Reply {
        what: what.to_owned(),
        status,
        content_type,
        body,
    })
}

fn failed(what: &str, error: reqwest::Error, limit: Option<u64>) -> RemoteError {
    let what = what.to_owned();
    match limit {
        Some(limit) if error.is_timeout() => RemoteError::Late(what, limit),
        Some(_) | None => RemoteError::Unreachable {
            what,
            why: root(&error.without_url()),
        },
    }
}

impl Reply {
    /// The reply, if it says that all is well.
    pub(super) fn accepted(self) -> Result<Self, RemoteError> {
        if (200..300).contains(&self.status) {
            Ok(self)
        } else {
            Err(self.refused())
        }
    }

    /// What it says is wrong.
    pub(super) fn refused(self) -> RemoteError {
        if self.status == 401 {
            return RemoteError::Token;
        }
        let problem = serde_json::from_str::<Problem>(&self.body).ok();
        RemoteError::Refused {
            what: self.what,
            status: self.status,
            detail: problem.map_or_else(String::new, |problem| format!(": {}", problem.detail)),
        }
    }

    /// The document of an answer that says that all is well.
    pub(super) fn json(self) -> Result<Value, RemoteError> {
        let reply = self.accepted()?;
        let document = serde_json::from_str(&reply.body);
        document.or(Err(RemoteError::Strange("the answer")))
    }
}
