//! The command line: reads arguments, wires the parts together, and says how it went with an exit code.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

mod agents;
mod check;
mod demo;
mod drawing;
mod explain;
mod hash;
mod health;
mod logging;
mod remote;
mod replay;
mod schema;
mod serve;
mod simulate;
mod test;

/// Decides whose phone rings: the service behind Exotel's Programmable Connect URL.
#[derive(Debug, Parser)]
#[command(name = "ringmaster", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer Exotel and the agents' applications.
    Serve(ServeArguments),
    /// Say everything that is wrong with rules, or hardly meant so.
    Check(check::CheckArguments),
    /// Say whom a call would ring, and why. Nothing is reserved.
    Explain(explain::ExplainArguments),
    /// Say which answers to calls that were would be others by other rules. Nothing is put in force.
    Replay(replay::ReplayArguments),
    /// Carry out the tests that stand beside the rules.
    Test(test::TestArguments),
    /// Play a day of calls on rules, and say what it comes to.
    Simulate(simulate::SimulateArguments),
    /// Ask a running server whether it is well.
    Health(health::HealthArguments),
    /// Print the line that may stand in a settings file for a secret, which is read from standard input.
    Hash,
    /// Write who there is to a file, or bring it to what a file says.
    Agents(agents::AgentsArguments),
    /// Print the JSON Schema of the rules file, for editors.
    Schema(schema::SchemaArguments),
}

/// What `serve` can be told; everything else is in the settings.
#[derive(Debug, Args)]
struct ServeArguments {
    /// The settings file. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Try it out: built-in rules, a few agents who are available, nothing to prepare.
    #[arg(long, conflicts_with = "config")]
    demo: bool,
    /// The address to listen on, instead of the one in the settings.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

/// How a command ended, as the process says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Fine.
    Fine,
    /// What was looked at has faults.
    Findings,
    /// The command could not be carried out: wrong arguments, settings or files.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Unusable => 2,
        })
    }
}

/// Why a command ended before its time. Shown with everything that caused it.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    cause: anyhow::Error,
    /// What to do about it, where the cause alone does not tell a newcomer.
    advice: Option<&'static str>,
}

impl Failure {
    fn new(exit: Exit, cause: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            cause: cause.into(),
            advice: None,
        }
    }

    fn unusable(cause: impl Into<anyhow::Error>) -> Self {
        Self::new(Exit::Unusable, cause)
    }

    fn advise(self, advice: &'static str) -> Self {
        Self {
            advice: Some(advice),
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ringmaster: {:#}", self.cause)?;
        match self.advice {
            Some(advice) => write!(formatter, "\n\n{}", advice.trim_end()),
            None => Ok(()),
        }
    }
}

/// Runs the command that the process's arguments name.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return asked_or_wrong(&error),
    };
    let outcome = match arguments.command {
        Command::Serve(arguments) => serve::serve(&arguments).map(|()| Exit::Fine),
        Command::Check(arguments) => check::check(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Health(arguments) => health::health(&arguments),
        Command::Hash => hash::hash(),
        Command::Agents(arguments) => agents::agents(&arguments),
        Command::Schema(arguments) => schema::schema(&arguments),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            // When even this cannot be written, nobody is listening.
            let _unheard: io::Result<()> = writeln!(io::stderr(), "{failure}");
            failure.exit.into()
        }
    }
}

/// Help and version are asked for; anything else is a mistake.
fn asked_or_wrong(error: &clap::Error) -> ExitCode {
    let _unheard: io::Result<()> = error.print();
    if error.use_stderr() {
        Exit::Unusable.into()
    } else {
        Exit::Fine.into()
    }
}

/// Writes to standard output. A reader who has gone away is an end, not a failure.
fn say(text: impl fmt::Display) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::unusable(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_demo_takes_no_settings_file() {
        let arguments = ["ringmaster", "serve", "--demo", "--config", "x.toml"];
        let error = Arguments::try_parse_from(arguments).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
    }
}
