//! `ringmaster schema`

use clap::Args;

use super::{Exit, Failure, say};
use crate::rules;

/// Which schema.
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// The schema of the tests beside the rules, instead of that of the rules.
    #[arg(long)]
    tests: bool,
}

/// Prints the schema.
pub(super) fn schema(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    let schema = if arguments.tests {
        rules::tests_json_schema()
    } else {
        rules::json_schema()
    };
    say(format_args!("{schema:#}"))?;
    Ok(Exit::Fine)
}
