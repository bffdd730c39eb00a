//! Asks a running server.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::{ExplainArguments, Format};
use crate::cli::{Exit, Failure};
use crate::telephony::{AccountName, CallSid};

/// A server that has not answered by then is not going to.
const PATIENCE: Duration = Duration::from_secs(30);
/// An explanation of a hundred thousand agents is shorter.
const LONGEST_ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// What the server answered, as it is to be shown.
pub(super) fn ask(
    server: &str,
    account: &AccountName,
    arguments: &ExplainArguments,
) -> Result<String, Failure> {
    let token = token(arguments.token_file.as_deref())?;
    let account = format!("{}/v1/accounts/{account}", server.trim_end_matches('/'));
    let accept = match arguments.format {
        Format::Text => "text/plain",
        Format::Json => "application/json",
    };
    let token = format!("Bearer {token}");
    let answer = match &arguments.call {
        Some(call) => client(PATIENCE)
            .get(&url_of(&account, call, arguments.attempt)?)
            .header("Authorization", token)
            .header("Accept", accept)
            .call(),
        None => client(PATIENCE)
            .post(&format!("{account}/explain"))
            .header("Authorization", token)
            .header("Accept", accept)
            .header("Content-Type", "application/json")
            .send(arguments.document().to_string()),
    };
    let answer = answer
        .with_context(|| format!("{server} does not answer"))
        .map_err(Failure::unusable)?;
    said(server, answer)
}

/// The text of an answer, unless it is a refusal.
pub(in crate::cli) fn said(server: &str, mut response: Response<Body>) -> Result<String, Failure> {
    let text = response
        .body_mut()
        .with_config()
        .limit(LONGEST_ANSWER_BYTES)
        .read_to_string()
        .with_context(|| format!("the answer of {server} cannot be read"))
        .map_err(Failure::unusable)?;
    if response.status() == 200 {
        Ok(text)
    } else {
        Err(refusal(server, &response, &text))
    }
}

/// Where a call that was is explained.
fn url_of(account: &str, call: &str, attempt: Option<u8>) -> Result<String, Failure> {
    let call = CallSid::parse(call)
        .with_context(|| format!("--call {call}"))
        .map_err(Failure::unusable)?;
    let attempt = attempt.map_or_else(String::new, |attempt| format!("?attempt={attempt}"));
    Ok(format!(
        "{account}/calls/{}/explain{attempt}",
        in_path(call.as_str())
    ))
}

/// The name in a path: what is no letter, digit or hyphen is written as `%XX`.
fn in_path(name: &str) -> String {
    let written = |byte: u8| match byte {
        b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(written).collect()
}

/// A client that waits for so long, and shows every answer to its caller.
pub(in crate::cli) fn client(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience));
    config.build().into()
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

fn refusal(server: &str, response: &Response<Body>, text: &str) -> Failure {
    let status = response.status().as_u16();
    let Ok(problem) = serde_json::from_str::<Problem>(text) else {
        return Failure::unusable(anyhow!(
            "{server} answered {status}, and not as ringmaster does: is that its address?"
        ));
    };
    if !problem.findings.is_empty() {
        let found: Vec<_> = problem.findings.iter().map(Found::to_string).collect();
        let cause = anyhow!("these rules cannot be used:\n{}", found.join("\n"));
        return Failure::new(Exit::Findings, cause);
    }
    if problem.errors.is_empty() {
        return Failure::unusable(anyhow!("{server} answered {status}: {}", problem.detail));
    }
    let errors = problem.errors.into_iter();
    let errors: Vec<_> = errors
        .map(|wrong| crate::server::problem::FieldError::new(wrong.field, wrong.message))
        .collect();
    super::refused(&errors)
}

/// From the file or the environment: what stands on a command line, everybody on the machine can read.
pub(in crate::cli) fn token(file: Option<&Path>) -> Result<String, Failure> {
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
