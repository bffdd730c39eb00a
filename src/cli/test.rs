//! `ringmaster test`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::drawing::colour;
use super::{Exit, Failure, say};
use crate::routing::trial::{TestOutcome, carry_out};
use crate::rules::{CheckedFile, LoadedTests, RulesUnderTest, tests_in};
use crate::settings::Settings;

mod json;
mod text;

/// Exit codes: 0 every test passed, 1 a test failed, 2 tests could not be carried out, because they or their rules have faults.
#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// A rules file or the file of its tests, or a folder of them. Without it, the rules folder of the settings.
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// text for people, json for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The settings file that names the rules folder. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How outcomes are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One document, see the README.
    Json,
}

/// What came of a run.
#[derive(Debug)]
struct TestRun {
    files: Vec<FileRun>,
}

/// What came of one rules file and its tests.
#[derive(Debug)]
struct FileRun {
    rules: String,
    tests: String,
    result: FileResult,
}

#[derive(Debug)]
enum FileResult {
    /// The rules have no tests.
    Untested,
    /// The rules or the tests have faults.
    Unusable(CheckedFile),
    /// The tests, in the order of the file, which says this.
    Tested {
        text: String,
        outcomes: Vec<TestOutcome>,
    },
}

impl FileRun {
    fn outcomes(&self) -> &[TestOutcome] {
        match &self.result {
            FileResult::Tested { outcomes, .. } => outcomes,
            FileResult::Untested | FileResult::Unusable(_) => &[],
        }
    }
}

impl TestRun {
    fn outcomes(&self) -> impl Iterator<Item = &TestOutcome> {
        self.files.iter().flat_map(FileRun::outcomes)
    }

    fn passed(&self) -> usize {
        let passed = |outcome: &&TestOutcome| outcome.failure.is_none();
        self.outcomes().filter(passed).count()
    }

    fn failed(&self) -> usize {
        self.outcomes().count().saturating_sub(self.passed())
    }

    fn unusable(&self) -> usize {
        let unusable = |file: &&FileRun| matches!(file.result, FileResult::Unusable(_));
        self.files.iter().filter(unusable).count()
    }

    /// What could not be looked at is graver than what was found.
    fn exit(&self) -> Exit {
        if self.unusable() > 0 {
            Exit::Unusable
        } else if self.failed() > 0 {
            Exit::Findings
        } else {
            Exit::Fine
        }
    }
}

/// Carries the tests out, and says what came of them.
pub(super) fn test(arguments: &TestArguments) -> Result<Exit, Failure> {
    let path = match &arguments.path {
        Some(path) => path.clone(),
        None => {
            Settings::load(arguments.config.as_deref())
                .map_err(Failure::unusable)?
                .rules
        }
    };
    let files = tests_in(&path).map_err(Failure::unusable)?;
    let run = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(Failure::unusable)?
        .block_on(run(files))?;
    match arguments.format {
        Format::Text => say(text::Text::of(&run, colour()))?,
        Format::Json => say(format_args!("{:#}", json::document(&run)))?,
    }
    Ok(run.exit())
}

async fn run(under_test: Vec<RulesUnderTest>) -> Result<TestRun, Failure> {
    let mut files = Vec::with_capacity(under_test.len());
    for file in under_test {
        let result = match file.loaded {
            Ok(None) => FileResult::Untested,
            Err(unusable) => FileResult::Unusable(unusable),
            Ok(Some(tests)) => tested(tests).await?,
        };
        files.push(FileRun {
            rules: file.rules,
            tests: file.tests,
            result,
        });
    }
    Ok(TestRun { files })
}

async fn tested(tests: LoadedTests) -> Result<FileResult, Failure> {
    let outcomes = carry_out(&tests).await.map_err(Failure::unusable)?;
    Ok(FileResult::Tested {
        text: tests.text,
        outcomes,
    })
}
