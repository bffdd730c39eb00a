//! `ringmaster simulate`

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::check::text::FindingsOf;
use super::drawing::{Pen, colour};
use super::{Exit, Failure, say};
use crate::rules::{CheckedFile, RuleBook, Scenario, rules_to_simulate};
use crate::settings::Settings;
use crate::simulate::{Breach, PlayOptions, ServiceSettings, SimulationReport, play_embedded};

mod against;
mod bar;
mod json;
mod text;

use against::AgainstArguments;
use bar::Bar;

/// The rules of the default account, in the rules folder.
const USUAL_RULES: &str = "default.yaml";

/// Exit codes: 0 the day was played, 1 something happened that never must, or too few calls were answered, 2 it could not be played.
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// The scenario: who calls, who works, and how they behave.
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// The rules. Without it, `default.yaml` in the rules folder of the settings.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Other rules, for the same calls: both are shown side by side.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    compare: Option<PathBuf>,
    #[command(flatten)]
    against: AgainstArguments,
    /// Another day of the same kind: what everything drawn follows from.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Stop after so many calls.
    #[arg(long, value_name = "NUMBER")]
    calls: Option<u64>,
    /// Fail when agents answer fewer calls than so many of a hundred.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    answered_at_least: Option<u8>,
    /// text for people, json for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The settings file that names the rules folder and the service's margins. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How the outcome is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One document, see the README.
    Json,
}

impl SimulateArguments {
    fn options(&self) -> PlayOptions {
        PlayOptions {
            seed: self.seed,
            calls: self.calls,
        }
    }
}

/// One set of rules, and what came of the scenario with it.
#[derive(Debug)]
struct Played {
    rules: String,
    report: SimulationReport,
    breaches: Vec<Breach>,
    /// In real time: the most that anything happened after its time, if it is worth telling.
    behind: Option<Duration>,
}

impl Played {
    /// Have agents answered so many of a hundred calls? Of no calls they have answered too few.
    fn has_answered(&self, least: u8) -> bool {
        let total = &self.report.total;
        let answered = total.answered_by_agents().saturating_mul(100);
        total.calls > 0 && answered >= total.calls.saturating_mul(least.into())
    }
}

/// What came of a command.
#[derive(Debug)]
struct Simulation {
    scenario: String,
    seed: u64,
    /// The server, if it was played in real time against one.
    against: Option<String>,
    /// One, or two that are compared.
    played: Vec<Played>,
}

impl Simulation {
    /// Who was kept waiting did things later than the scenario has them.
    fn tell_lag(&self) -> Result<(), Failure> {
        for behind in self.played.iter().filter_map(|played| played.behind) {
            let behind = behind.as_secs_f64();
            say(format_args!(
                "\nup to {behind:.1}s behind the scenario: the server, or this machine, was slower than the people"
            ))?;
        }
        Ok(())
    }

    /// `least` of a hundred calls have to be answered by agents.
    fn exit(&self, least: Option<u8>) -> Exit {
        let is_poor = |played: &&Played| least.is_some_and(|least| !played.has_answered(least));
        for poor in self.played.iter().filter(is_poor) {
            let total = &poor.report.total;
            // Nobody to hear it does not change the exit code.
            let _unheard: io::Result<()> = writeln!(
                io::stderr(),
                "ringmaster: on {} agents answered {} of {} calls, fewer than --answered-at-least asks for",
                poor.rules,
                total.answered_by_agents(),
                total.calls
            );
        }
        let is_broken = self.played.iter().any(|played| played.report.breaches > 0);
        if is_broken || self.played.iter().any(|played| is_poor(&played)) {
            Exit::Findings
        } else {
            Exit::Fine
        }
    }
}

/// Plays the scenario, and says what came of it.
pub(super) fn simulate(arguments: &SimulateArguments) -> Result<Exit, Failure> {
    let settings = Settings::load(arguments.config.as_deref()).map_err(Failure::unusable)?;
    let rules = arguments.rules.clone();
    let rules = rules.unwrap_or_else(|| settings.rules.join(USUAL_RULES));
    let service = ServiceSettings {
        margin: settings.offer_margin,
        replay_window: settings.replay_window,
    };
    match played(arguments, &rules, service)? {
        Ok(simulation) => {
            match arguments.format {
                Format::Text => {
                    say(text::Text(&simulation))?;
                    simulation.tell_lag()?;
                }
                Format::Json => say(format_args!("{:#}", json::document(&simulation)))?,
            }
            Ok(simulation.exit(arguments.answered_at_least))
        }
        Err(faulty) => {
            say(FindingsOf(&Pen::new(colour()), &faulty))?;
            Ok(Exit::Unusable)
        }
    }
}

/// The scenario, played on the rules and on those that they are compared with. The inner error is a file with faults.
fn played(
    arguments: &SimulateArguments,
    rules: &Path,
    service: ServiceSettings,
) -> Result<Result<Simulation, CheckedFile>, Failure> {
    let paths = [Some(rules), arguments.compare.as_deref()];
    let mut books = Vec::new();
    for path in paths.into_iter().flatten() {
        match rules_to_simulate(path) {
            Ok(book) => books.push((path.display().to_string(), Arc::new(book))),
            Err(faulty) => return Ok(Err(faulty)),
        }
    }
    let mut simulation = Simulation {
        scenario: arguments.scenario.display().to_string(),
        seed: 0,
        against: arguments.against.address()?,
        played: Vec::new(),
    };
    for (name, book) in books {
        let scenario = match Scenario::read_file(&arguments.scenario, &book) {
            Ok(scenario) => scenario,
            Err(faulty) => return Ok(Err(faulty)),
        };
        simulation.seed = arguments.seed.unwrap_or(scenario.seed);
        let played = if arguments.against.server.is_some() {
            against::play_on(&scenario, name, book, arguments)?
        } else {
            play_on(&scenario, name, book, service, arguments)?
        };
        simulation.played.push(played);
    }
    Ok(Ok(simulation))
}

fn play_on(
    scenario: &Scenario,
    rules: String,
    book: Arc<RuleBook>,
    service: ServiceSettings,
    arguments: &SimulateArguments,
) -> Result<Played, Failure> {
    let options = arguments.options();
    let mut bar = Bar::new(&rules);
    let mut progress = |progress| bar.show(progress);
    let play = play_embedded(scenario, book, service, options, &mut progress);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::unusable)?
        .block_on(play);
    bar.clear();
    let (record, report) = outcome.map_err(Failure::unusable)?;
    Ok(Played {
        rules,
        report,
        breaches: record.breaches,
        behind: None,
    })
}
