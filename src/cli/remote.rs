//! A running server, asked over HTTP: the token, the client, and what a refusal says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Deserialize;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::{Exit, Failure};
use crate::server::problem::FieldError;
use crate::telephony::AccountName;

/// A server that has not answered by then is not going to.
const PATIENCE: Duration = Duration::from_secs(30);
/// An explanation, or a list, of a hundred thousand agents is shorter.
const LONGEST_ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// Which server, for commands that always ask one.
#[derive(Debug, Args)]
pub(super) struct ServerArguments {
    /// The running server. Its token is taken from the variable `RINGMASTER_TOKEN` or from --token-file.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(super) server: String,
    /// A file that holds the token.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The account.
    #[arg(long, default_value = AccountName::DEFAULT)]
    account: String,
}

impl ServerArguments {
    /// The account on the server.
    pub(super) fn open(&self) -> Result<RemoteAccount<'_>, Failure> {
        let account = AccountName::parse(&self.account)
            .with_context(|| format!("--account {}", self.account))
            .map_err(Failure::unusable)?;
        RemoteAccount::open(&self.server, account, self.token_file.as_deref())
    }
}

/// An account of a running server, and the right to use it.
#[derive(Debug)]
pub(super) struct RemoteAccount<'a> {
    /// The server as it was named.
    pub(super) server: &'a str,
    pub(super) account: AccountName,
    authorization: String,
    client: Agent,
}

impl<'a> RemoteAccount<'a> {
    /// Nothing is asked yet. The token comes from the file, or else from the environment.
    pub(super) fn open(
        server: &'a str,
        account: AccountName,
        token_file: Option<&Path>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            server,
            account,
            authorization: format!("Bearer {}", token(token_file)?),
            client: client(PATIENCE),
        })
    }

    /// The same, and each answer may take so long.
    pub(super) fn patient(self, patience: Duration) -> Self {
        Self {
            client: client(patience),
            ..self
        }
    }

    /// Asks for a path below the account, with a JSON body if there is one. `accept` is the media type of the answer.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<String>,
    ) -> Result<String, RemoteError> {
        let (server, account) = (self.server.trim_end_matches('/'), &self.account);
        let request = Request::builder()
            .method(method)
            .uri(format!("{server}/v1/accounts/{account}{path}"))
            .header("Authorization", &self.authorization)
            .header("Accept", accept);
        let answer = match body {
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body)
                .map_err(ureq::Error::from)
                .and_then(|request| self.client.run(request)),
            None => request
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|request| self.client.run(request)),
        };
        let mut response = answer
            .with_context(|| format!("{} does not answer", self.server))
            .map_err(RemoteError::Silent)?;
        let text = response
            .body_mut()
            .with_config()
            .limit(LONGEST_ANSWER_BYTES)
            .read_to_string()
            .with_context(|| format!("the answer of {} cannot be read", self.server))
            .map_err(RemoteError::Silent)?;
        if response.status().is_success() {
            Ok(text)
        } else {
            Err(self.refusal(&response, &text))
        }
    }

    fn refusal(&self, response: &Response<Body>, text: &str) -> RemoteError {
        let (server, status) = (self.server, response.status().as_u16());
        match serde_json::from_str::<Problem>(text) {
            Ok(problem) => RemoteError::Refused(Refusal {
                said: format!("{server} answered {status}: {}", problem.detail),
                status,
                errors: problem.errors.into_iter().map(Wrong::into_error).collect(),
                findings: problem.findings.iter().map(Found::to_string).collect(),
            }),
            Err(_) => RemoteError::Silent(anyhow!(
                "{server} answered {status}, and not as ringmaster does: is that its address?"
            )),
        }
    }
}

/// Why there is no answer that can be used.
#[derive(Debug)]
pub(super) enum RemoteError {
    /// None came, or not from ringmaster.
    Silent(anyhow::Error),
    /// The server says no.
    Refused(Refusal),
}

/// What a server said with its no.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// In a sentence.
    pub(super) said: String,
    /// Each bad field.
    pub(super) errors: Vec<FieldError>,
    /// What is wrong with rules that were sent, a line each.
    findings: Vec<String>,
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        let refusal = match error {
            RemoteError::Silent(cause) => return Self::unusable(cause),
            RemoteError::Refused(refusal) => refusal,
        };
        if !refusal.findings.is_empty() {
            let findings = refusal.findings.join("\n");
            let cause = anyhow!("these rules cannot be used:\n{findings}");
            return Self::new(Exit::Findings, cause);
        }
        let error = |FieldError { field, message }| format!("\n  {field} {message}");
        let errors: String = refusal.errors.into_iter().map(error).collect();
        Self::unusable(anyhow!("{}{errors}", refusal.said))
    }
}

/// A problem document, as far as it is told.
#[derive(Deserialize)]
struct Problem {
    detail: String,
    #[serde(default)]
    errors: Vec<Wrong>,
    /// Of rules that cannot be used.
    #[serde(default)]
    findings: Vec<Found>,
}

/// What is wrong with rules.
#[derive(Deserialize)]
struct Found {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
    help: Option<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(formatter, ":{place}")?;
        }
        write!(formatter, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(formatter, "; {help}"),
            None => Ok(()),
        }
    }
}

#[derive(Deserialize)]
struct Wrong {
    field: String,
    message: String,
}

impl Wrong {
    fn into_error(self) -> FieldError {
        FieldError::new(self.field, self.message)
    }
}

/// A client that waits for so long, and shows every answer to its caller.
fn client(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience));
    config.build().into()
}

/// From the file or the environment: what stands on a command line, everybody on the machine can read.
fn token(file: Option<&Path>) -> Result<String, Failure> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("the token file {} cannot be read", path.display()))
            .map_err(Failure::unusable)?,
        None => std::env::var_os("RINGMASTER_TOKEN")
            .and_then(|token| token.into_string().ok())
            .unwrap_or_default(),
    };
    let token = text.trim();
    let is_sendable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_sendable {
        return Ok(token.to_owned());
    }
    Err(Failure::unusable(anyhow!(
        "--server needs a token: put it into the variable RINGMASTER_TOKEN, or into a file and say --token-file FILE"
    )))
}
