//! `ringmaster agents export`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{WrittenAs, form_of, present};
use crate::cli::drawing::counted;
use crate::cli::remote::ServerArguments;
use crate::cli::{Exit, Failure, say};
use crate::rules::{FileForm, ListedAgent, written_agents};

/// The token's role `read` is enough. Exit codes: 0 written, 2 it could not be.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// The file to write; one that is there is replaced. Without it, standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How the file is written. Without it, as the file's name says, and yaml on standard output.
    #[arg(long = "as", value_name = "FORM", value_enum)]
    written_as: Option<WrittenAs>,
}

/// Writes the agents, by their ids.
pub(super) fn export(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let form = match &arguments.output {
        Some(path) => form_of(path, arguments.written_as)?,
        None => arguments.written_as.map_or(FileForm::Yaml, FileForm::from),
    };
    let remote = arguments.server.open()?;
    let present = present::agents_of(&remote)?;
    let agents: Vec<ListedAgent> = present.into_values().map(|present| present.agent).collect();
    let text = written_agents(&agents, form).map_err(Failure::unusable)?;
    let Some(path) = &arguments.output else {
        say(text.trim_end())?;
        return Ok(Exit::Fine);
    };
    std::fs::write(path, text)
        .with_context(|| format!("{} cannot be written", path.display()))
        .map_err(Failure::unusable)?;
    let count = counted(agents.len(), "agent");
    say(format_args!("{count} written to {}", path.display()))?;
    Ok(Exit::Fine)
}
