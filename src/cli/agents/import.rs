//! `ringmaster agents import`

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::apply::{NotApplied, Outcome, apply, not_too_many};
use super::difference::{Difference, taken};
use super::{WrittenAs, form_of, json, present, text};
use crate::cli::check::text::FindingsOf;
use crate::cli::drawing::{Pen, colour};
use crate::cli::remote::{RemoteAccount, ServerArguments};
use crate::cli::{Exit, Failure, say};
use crate::rules::{AgentsFile, CheckedFile, ListedAgent};
use crate::telephony::Country;

/// Shows what would change, asks, and changes it. Exit codes: 0 applied, or nothing to do; 1 there are differences that were not,
/// or not all, applied; 2 it could not be done.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    server: ServerArguments,
    /// How the file is written. Without it, as its name says.
    #[arg(long = "as", value_name = "FORM", value_enum)]
    written_as: Option<WrittenAs>,
    /// Remove the agents who are not in the file. Without it, they stay as they are.
    #[arg(long)]
    remove_others: bool,
    /// Remove all agents, with --remove-others and a file that names nobody.
    #[arg(long, requires = "remove_others")]
    remove_all: bool,
    /// Store a thousand agents at a time, where there are more: what fails then leaves those before it stored.
    #[arg(long)]
    in_parts: bool,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Don't ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// By whose habits numbers without +country code are read.
    #[arg(long, value_parser = Country::parse, default_value_t = Country::INDIA)]
    country: Country,
    /// What is said: text for people, json for programs, which takes --yes or --dry-run.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How it is said what changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One document, see docs/agents-files.md.
    Json,
}

/// Imports, and says what it did.
pub(super) fn import(arguments: &ImportArguments) -> Result<Exit, Failure> {
    match imported(arguments) {
        Ok(outcome) => Ok(outcome.exit()),
        Err(NotApplied::Failed(failure)) => Err(failure),
        Err(NotApplied::Faulty(file)) => {
            match arguments.format {
                Format::Text => say(FindingsOf(&Pen::new(colour()), &file))?,
                Format::Json => say(format_args!("{:#}", json::faulty(&file)))?,
            }
            Ok(Exit::Unusable)
        }
    }
}

fn imported(arguments: &ImportArguments) -> Result<Outcome, NotApplied> {
    if arguments.format == Format::Json && !arguments.yes && !arguments.dry_run {
        let cause = anyhow!("--format json asks nothing: say --yes or --dry-run");
        return Err(Failure::unusable(cause).into());
    }
    let form = form_of(&arguments.file, arguments.written_as)?;
    let file = AgentsFile::read(&arguments.file, form, arguments.country).map_err(faulty)?;
    let import = Import {
        arguments,
        remote: arguments.server.open()?,
        file,
    };
    let difference = import.difference()?;
    if arguments.format == Format::Text {
        let colour = colour();
        say(text::Text {
            difference: &difference,
            colour,
        })?;
    }
    let outcome = import.carry_out(&difference)?;
    match arguments.format {
        Format::Text => say(outcome.sentence())?,
        Format::Json => {
            let document = json::document(&import.file.name, &import.remote, &difference, &outcome);
            say(format_args!("{document:#}"))?;
        }
    }
    Ok(outcome)
}

fn faulty(file: CheckedFile) -> NotApplied {
    NotApplied::Faulty(Box::new(file))
}

/// A file on its way to a server.
struct Import<'a> {
    arguments: &'a ImportArguments,
    remote: RemoteAccount<'a>,
    file: AgentsFile,
}

impl Import<'_> {
    /// What the file would change now.
    fn difference(&self) -> Result<Difference, NotApplied> {
        let present = present::agents_of(&self.remote)?;
        let (entries, remove_others) = (&self.file.entries, self.arguments.remove_others);
        let faults = if remove_others {
            Vec::new()
        } else {
            taken(&present, entries)
        };
        if faults.is_empty() {
            Ok(Difference::of(&present, entries, remove_others))
        } else {
            Err(faulty(self.file.with_faults(faults)))
        }
    }

    /// Does what has been shown, if it may.
    fn carry_out(&self, difference: &Difference) -> Result<Outcome, NotApplied> {
        if difference.is_nothing() {
            return Ok(Outcome::NothingToDo);
        }
        self.not_everybody(difference)?;
        if !self.arguments.in_parts {
            not_too_many(difference)?;
        }
        if self.arguments.dry_run {
            return Ok(Outcome::DryRun);
        }
        if !self.arguments.yes {
            if !self.is_agreed()? {
                return Ok(Outcome::Declined);
            }
            // What was agreed to is what was shown, however long that took.
            if self.difference()? != *difference {
                return Ok(Outcome::ChangedMeanwhile);
            }
        }
        apply(
            difference,
            &self.file,
            &self.remote,
            ListedAgent::MAX_AT_ONCE,
        )
    }

    /// A file that has lost its rows would remove everybody, which takes a word of its own.
    fn not_everybody(&self, difference: &Difference) -> Result<(), Failure> {
        if !self.file.entries.is_empty() || self.arguments.remove_all {
            return Ok(());
        }
        let (file, count) = (&self.file.name, difference.removed.len());
        Err(Failure::unusable(anyhow!(
            "nothing was changed: {file} names nobody, and --remove-others would remove all agents ({count}). \
             If this is what you want, say --remove-all too"
        )))
    }

    /// Asks on the terminal.
    fn is_agreed(&self) -> Result<bool, Failure> {
        let (input, mut output) = (io::stdin(), io::stderr());
        if !input.is_terminal() || !output.is_terminal() {
            return Err(Failure::unusable(anyhow!(
                "nothing was changed: there is no terminal to ask on. If this is what you want, say --yes"
            )));
        }
        let RemoteAccount {
            server, account, ..
        } = &self.remote;
        let question = format!("Change the account {account} of {server} so? [y/N] ");
        let mut answer = String::new();
        output
            .write_all(question.as_bytes())
            .and_then(|()| output.flush())
            .and_then(|()| input.read_line(&mut answer))
            .map_err(Failure::unusable)?;
        let answer = answer.trim();
        Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
    }
}
