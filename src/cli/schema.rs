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
    /// The schema of a scenario of `simulate`.
    #[arg(long, conflicts_with = "tests")]
    scenario: bool,
    /// The schema of a file of agents, as `agents import` takes it.
    #[arg(long, conflicts_with_all = ["tests", "scenario"])]
    agents: bool,
}

/// Prints the schema.
pub(super) fn schema(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    let schema = if arguments.tests {
        rules::tests_json_schema()
    } else if arguments.scenario {
        rules::scenario_json_schema()
    } else if arguments.agents {
        rules::agents_json_schema()
    } else {
        rules::json_schema()
    };
    say(format_args!("{schema:#}"))?;
    Ok(Exit::Fine)
}
