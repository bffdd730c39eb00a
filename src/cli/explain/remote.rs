//! Asks a running server.

use super::{ExplainArguments, Format};
use crate::cli::Failure;
use crate::cli::remote::{Refusal, RemoteAccount, RemoteError};
use crate::telephony::AccountName;

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
    let question = arguments.document().to_string();
    match remote.ask("POST", "/explain", accept, Some(question)) {
        Err(RemoteError::Refused(Refusal { errors, .. })) if !errors.is_empty() => {
            Err(super::refused(&errors))
        }
        answer => Ok(answer?),
    }
}
