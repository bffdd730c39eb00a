//! `ringmaster check`

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::drawing::colour;
use super::{Exit, Failure, say};
use crate::clock::{Clock as _, SystemClock};
use crate::rules::{Checked, Code, KnownAgents, check_path, nearest_name};
use crate::settings::Settings;

pub(super) mod json;
mod sarif;
pub(super) mod text;

/// Exit codes: 0 nothing to do (notes may have been printed), 1 errors or warnings, 2 nothing could be checked.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// A rules file, or a folder of them. Without it, the rules folder of the settings.
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// text for people, json for programs, sarif (2.1.0) for code scanning.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The agents that there are, as GET /v1/accounts/{account}/agents lists them: then queues that nobody can be in are found. Without
    /// it, the agents of the tests beside the rules count.
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
    /// Explain a code, such as unreachable-rule, and check nothing. `list` shows all codes.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["path", "format", "agents"])]
    explain: Option<String>,
    /// The settings file that names the rules folder. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One document, see the README.
    Json,
    /// For code scanning.
    Sarif,
}

/// Checks, and says what was found.
pub(super) fn check(arguments: &CheckArguments) -> Result<Exit, Failure> {
    if let Some(code) = &arguments.explain {
        return explain(code);
    }
    let path = match &arguments.path {
        Some(path) => path.clone(),
        None => rules_folder(arguments)?,
    };
    let agents = arguments.agents.as_deref().map(agents).transpose()?;
    let checked =
        check_path(&path, agents.as_ref(), SystemClock.now()).map_err(Failure::unusable)?;
    match arguments.format {
        Format::Text => say(text::Text::of(&checked, colour()))?,
        Format::Json => say(format_args!("{:#}", json::document(&checked)))?,
        Format::Sarif => say(format_args!("{:#}", sarif::log(&checked)))?,
    }
    Ok(exit(&checked))
}

fn exit(checked: &Checked) -> Exit {
    if checked.asks_for_action() {
        Exit::Findings
    } else {
        Exit::Fine
    }
}

fn agents(path: &Path) -> Result<KnownAgents, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{name} can't be read"))
        .map_err(Failure::unusable)?;
    KnownAgents::from_json(&name, &text)
        .with_context(|| format!("{name} is no list of agents"))
        .map_err(Failure::unusable)
}

fn rules_folder(arguments: &CheckArguments) -> Result<PathBuf, Failure> {
    let settings = Settings::load(arguments.config.as_deref()).map_err(Failure::unusable)?;
    Ok(settings.rules)
}

fn explain(code: &str) -> Result<Exit, Failure> {
    if code == "list" {
        let lines = Code::ALL
            .iter()
            .map(|code| format!("{:<22}{}\n", code.as_str(), code.title()));
        say(lines.collect::<String>().trim_end())?;
        return Ok(Exit::Fine);
    }
    if let Some(code) = Code::parse(code) {
        say(code.explanation().trim_end())?;
        return Ok(Exit::Fine);
    }
    let names = Code::ALL.iter().map(|code| code.as_str());
    let hint = nearest_name(code, names).map_or_else(
        || "--explain list shows all codes".to_owned(),
        |name| format!("did you mean \"{name}\"?"),
    );
    let cause = anyhow::anyhow!("there is no code \"{code}\"; {hint}");
    Err(Failure::unusable(cause))
}

#[cfg(test)]
mod tests;
