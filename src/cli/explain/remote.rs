//! Asks a running server.

use anyhow::Context as _;

use super::{ExplainArguments, Format};
use crate::cli::Failure;
use crate::cli::remote::{Refusal, RemoteAccount, RemoteError};
use crate::telephony::{AccountName, CallSid};

/// What the server answered, as it is to be shown.
pub(super) fn ask(
    server: &str,
    account: &AccountName,
    arguments: &ExplainArguments,
) -> Result<String, Failure> {
    let token_file = arguments.token_file.as_deref();
    let remote = RemoteAccount::open(server, account.clone(), token_file)?;
    let accept = match arguments.format {
        Format::Text => "text/plain",
        Format::Json => "application/json",
    };
    let answer = if let Some(call) = &arguments.call {
        let path = path_of(call, arguments.attempt)?;
        remote.ask("GET", &path, accept, None)
    } else {
        let question = arguments.document().to_string();
        remote.ask("POST", "/explain", accept, Some(question))
    };
    told(answer)
}

/// The answer; fields that are refused are arguments here.
pub(in crate::cli) fn told(answer: Result<String, RemoteError>) -> Result<String, Failure> {
    match answer {
        Err(RemoteError::Refused(Refusal { errors, .. })) if !errors.is_empty() => {
            Err(super::refused(&errors))
        }
        answer => Ok(answer?),
    }
}

/// Where a call that was is explained.
fn path_of(call: &str, attempt: Option<u8>) -> Result<String, Failure> {
    let call = CallSid::parse(call)
        .with_context(|| format!("--call {call}"))
        .map_err(Failure::unusable)?;
    let attempt = attempt.map_or_else(String::new, |attempt| format!("?attempt={attempt}"));
    Ok(format!(
        "/calls/{}/explain{attempt}",
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
