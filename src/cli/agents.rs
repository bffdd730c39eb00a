//! `ringmaster agents`: the agents of an account as a file, out and in.

use std::path::Path;

use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};

use super::{Exit, Failure};
use crate::rules::FileForm;

mod apply;
mod difference;
mod export;
mod import;
mod json;
mod present;
mod text;

/// Out, or in.
#[derive(Debug, Args)]
pub(super) struct AgentsArguments {
    #[command(subcommand)]
    command: AgentsCommand,
}

#[derive(Debug, Subcommand)]
enum AgentsCommand {
    /// Write the agents of a running server to a file.
    Export(export::ExportArguments),
    /// Bring the agents of a running server to what a file says, after showing what would change.
    Import(import::ImportArguments),
}

/// Carries the command out.
pub(super) fn agents(arguments: &AgentsArguments) -> Result<Exit, Failure> {
    match &arguments.command {
        AgentsCommand::Export(arguments) => export::export(arguments),
        AgentsCommand::Import(arguments) => import::import(arguments),
    }
}

/// How a file of agents is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WrittenAs {
    /// A mapping from ids to agents.
    Yaml,
    /// Rows with the columns id, name, destinations, groups, skills, position and weight.
    Csv,
}

impl From<WrittenAs> for FileForm {
    fn from(written: WrittenAs) -> Self {
        match written {
            WrittenAs::Yaml => Self::Yaml,
            WrittenAs::Csv => Self::Csv,
        }
    }
}

/// The form that was asked for, or that the file's name says.
fn form_of(path: &Path, asked: Option<WrittenAs>) -> Result<FileForm, Failure> {
    let form = asked.map(FileForm::from).or_else(|| FileForm::of(path));
    form.ok_or_else(|| {
        Failure::unusable(anyhow!(
            "{} ends in neither .yaml nor .csv: say --as yaml or --as csv",
            path.display()
        ))
    })
}
