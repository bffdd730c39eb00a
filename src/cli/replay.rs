//! `ringmaster replay`: which answers to calls that were would be others by other rules?

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::explain::remote::told;
use super::remote::RemoteAccount;
use super::{Exit, Failure, say};
use crate::routing::replay::{Comparison, Verdict};
use crate::telephony::AccountName;

mod text;

/// A server that has not compared a stretch by then is not going to.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a shell shows of a command that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Each call is played by these rules on the agents as they were. Exit codes: 0 told, 1 the rules have faults, 2 it could not be
/// told, or not to the end.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// From when on: how long ago (24h), on the account's clocks (2026-11-22T00:00), or with an offset.
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Up to when. Without it, up to now.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The rules to try. Files of callers that they name are those in the server's rules folder.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// The running server to ask, such as <http://127.0.0.1:8080>. Its token is taken from the variable `RINGMASTER_TOKEN`
    /// or from --token-file.
    #[arg(long, value_name = "URL")]
    server: String,
    /// A file that holds the token; it takes the role `admin`.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The account.
    #[arg(long, default_value = AccountName::DEFAULT)]
    account: String,
    /// text for people, json for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    #[default]
    Text,
    /// One document on one line, see the README.
    Json,
}

/// A stretch of calls, as the server answers it.
#[derive(Debug, Deserialize)]
struct Page {
    rules_version: Option<String>,
    since: String,
    until: String,
    calls: usize,
    same: usize,
    answers: Vec<Comparison>,
    notes: Vec<String>,
    reached: Option<String>,
    next: Option<String>,
}

/// All of it.
#[derive(Debug, Default, Serialize)]
struct Report {
    version: u8,
    rules_version: Option<String>,
    since: String,
    until: String,
    /// Were all calls of that time compared?
    complete: bool,
    calls: usize,
    totals: Totals,
    /// All answers but those that would be the same by the same rule.
    answers: Vec<Comparison>,
    notes: Vec<String>,
}

/// How many answers of each kind.
#[derive(Debug, Default, Serialize)]
struct Totals {
    answers: usize,
    same: usize,
    other_rule: usize,
    changed: usize,
    not_comparable: usize,
    untold: usize,
}

/// Compares stretch by stretch, and says what came of it.
pub(super) fn replay(arguments: &ReplayArguments) -> Result<Exit, Failure> {
    let account = AccountName::parse(&arguments.account)
        .with_context(|| format!("--account {}", arguments.account))
        .map_err(Failure::unusable)?;
    let rules = std::fs::read_to_string(&arguments.rules)
        .with_context(|| format!("the rules {} cannot be read", arguments.rules.display()))
        .map_err(Failure::unusable)?;
    let token_file = arguments.token_file.as_deref();
    let remote = RemoteAccount::open(&arguments.server, account, token_file)?;
    let ask = Ask {
        arguments,
        remote: remote.patient(PATIENCE),
        rules,
    };
    let is_stopped = stopped_by_ctrl_c();
    let mut report = Report::default();
    let mut next = None;
    loop {
        let page = ask.page(&report, next.as_deref())?;
        let reached = page.reached.clone();
        next.clone_from(&page.next);
        report.add(page);
        if next.is_none() || is_stopped.load(Ordering::Relaxed) {
            break;
        }
        tell_progress(&report, reached.as_deref());
    }
    report.complete = next.is_none();
    match arguments.format {
        Format::Text => say(&report)?,
        Format::Json => say(serde_json::to_string(&report).map_err(Failure::unusable)?)?,
    }
    Ok(if report.complete {
        Exit::Fine
    } else {
        Exit::Unusable
    })
}

/// How the server is asked.
struct Ask<'a> {
    arguments: &'a ReplayArguments,
    remote: RemoteAccount<'a>,
    rules: String,
}

impl Ask<'_> {
    fn page(&self, so_far: &Report, cursor: Option<&str>) -> Result<Page, Failure> {
        let server = &self.arguments.server;
        let body = self.body(so_far, cursor).to_string();
        let answer = self
            .remote
            .ask("POST", "/replay", "application/json", Some(body));
        let text = told(answer)?;
        serde_json::from_str(&text)
            .with_context(|| format!("{server} does not answer as ringmaster does"))
            .map_err(Failure::unusable)
    }

    /// Behind the first stretch the time is said as the server understood it: "24h ago" is another moment by then.
    fn body(&self, so_far: &Report, cursor: Option<&str>) -> Value {
        let file = self.arguments.rules.display().to_string();
        let (since, until) = match cursor {
            Some(_) => (&so_far.since, Some(&so_far.until)),
            None => (&self.arguments.since, self.arguments.until.as_ref()),
        };
        let given = [
            ("rules", Some(self.rules.as_str())),
            ("file", Some(&file)),
            ("since", Some(since)),
            ("until", until.map(String::as_str)),
            ("cursor", cursor),
        ];
        let fields = given.into_iter();
        fields
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
            .collect()
    }
}

impl Report {
    fn add(&mut self, page: Page) {
        if self.version == 0 {
            self.version = 1;
            (self.since, self.until) = (page.since, page.until);
            self.rules_version = page.rules_version;
        }
        self.calls = self.calls.saturating_add(page.calls);
        self.totals.add(page.same, &page.answers);
        self.answers.extend(page.answers);
        for note in page.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

impl Totals {
    fn add(&mut self, same: usize, answers: &[Comparison]) {
        let all = same.saturating_add(answers.len());
        self.answers = self.answers.saturating_add(all);
        self.same = self.same.saturating_add(same);
        for answer in answers {
            let count = match answer.verdict {
                Verdict::Same => &mut self.same,
                Verdict::OtherRule => &mut self.other_rule,
                Verdict::Changed => &mut self.changed,
                Verdict::NotComparable => &mut self.not_comparable,
                Verdict::Untold => &mut self.untold,
            };
            *count = count.saturating_add(1);
        }
    }
}

/// To whoever sits there: how far it has come.
fn tell_progress(report: &Report, reached: Option<&str>) {
    let mut output = io::stderr();
    if output.is_terminal() {
        let (calls, reached) = (report.calls, reached.unwrap_or_default());
        // When this cannot be written, nobody is looking.
        let _unseen: io::Result<()> = writeln!(output, "{calls} calls compared, up to {reached}");
    }
}

/// Becomes true with the first Ctrl-C: the stretch that is being compared is the last. The second one ends the program.
fn stopped_by_ctrl_c() -> Arc<AtomicBool> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_stopped);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        for is_first in [true, false] {
            // Where no signal can be listened to, Ctrl-C ends the program as ever.
            if runtime.block_on(tokio::signal::ctrl_c()).is_err() {
                return;
            }
            told.store(true, Ordering::Relaxed);
            if !is_first {
                std::process::exit(INTERRUPTED);
            }
        }
    });
    is_stopped
}
