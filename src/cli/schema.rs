//! `ringmaster schema`

use super::{Exit, Failure, say};
use crate::rules;

/// Prints the schema.
pub(super) fn schema() -> Result<Exit, Failure> {
    say(format_args!("{:#}", rules::json_schema()))?;
    Ok(Exit::Fine)
}
