//! `ringmaster explain`: whom would a call ring, or did it, and why?

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::{Exit, Failure, say};
use crate::clock::{Clock as _, SystemClock};
use crate::presence::Snapshot;
use crate::routing::{Explanation, RoutingBook, explain as explanation_of};
use crate::rules::{RuleBook, RulesFolder};
use crate::server::problem::FieldError;
use crate::server::{Stores, question, surroundings_of};
use crate::settings::{Settings, StoreKind};
use crate::telephony::AccountName;

pub(super) mod remote;

/// For whoever asks about agents that another process keeps to itself.
const IN_MEMORY: &str = include_str!("explain/in_memory.txt");

/// Nothing is reserved. Exit codes: 0 explained, 1 the account's rules have faults, 2 it could not be explained.
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Who calls: a number in any form, or `hidden`.
    #[arg(long, value_name = "NUMBER", required_unless_present = "call")]
    from: Option<String>,
    /// The `ExoPhone` that is called.
    #[arg(long, value_name = "NUMBER", required_unless_present = "call")]
    to: Option<String>,
    /// A call that was: whom did it ring, why, and what came of it? By Exotel's name, or ours of one that we started; told by
    /// the server of --server.
    #[arg(
        long,
        value_name = "SID",
        requires = "server",
        conflicts_with_all = ["from", "to", "digits", "custom_field", "direction", "call_sid", "at", "waiting"]
    )]
    call: Option<String>,
    /// What the caller keys.
    #[arg(long)]
    digits: Option<String>,
    /// The text given to a call begun by the API.
    #[arg(long, value_name = "TEXT")]
    custom_field: Option<String>,
    /// Exotel's word for the direction. Without it, `incoming`.
    #[arg(long, value_name = "WORD")]
    direction: Option<String>,
    /// The call's identity: it decides the side of a split.
    #[arg(long, value_name = "SID")]
    call_sid: Option<String>,
    /// When: on the account's clocks (2026-11-23T11:00), or with an offset. Presence is as of now all the same.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Which attempt of the call; those before are taken to have rung in vain. Of a call that was: that attempt alone.
    #[arg(long, value_name = "NUMBER")]
    attempt: Option<u8>,
    /// How long the call has waited by then, as in 40s.
    #[arg(long, value_name = "DURATION")]
    waiting: Option<String>,
    /// The account.
    #[arg(long, default_value = AccountName::DEFAULT)]
    account: String,
    /// text for people, json for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The running server to ask, such as <http://127.0.0.1:8080>. Its token is taken from the variable `RINGMASTER_TOKEN`
    /// or from --token-file. Without --server, the store of the settings is read.
    #[arg(long, value_name = "URL", conflicts_with = "config")]
    server: Option<String>,
    /// A file that holds the token for --server; the role `read` is enough.
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// The settings file. Without it, `ringmaster.toml` is read if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One document on one line, see the README.
    Json,
}

/// Explains, and says so.
pub(super) fn explain(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let account = AccountName::parse(&arguments.account)
        .with_context(|| format!("--account {}", arguments.account))
        .map_err(Failure::unusable)?;
    if let Some(server) = &arguments.server {
        say(remote::ask(server, &account, arguments)?.trim_end())?;
        return Ok(Exit::Fine);
    }
    let explanation = from_settings(&account, arguments)?;
    match arguments.format {
        Format::Text => say(&explanation)?,
        Format::Json => {
            say(serde_json::to_string(&explanation).map_err(Failure::unusable)?)?;
        }
    }
    Ok(Exit::Fine)
}

impl ExplainArguments {
    /// The question as the API takes it.
    fn document(&self) -> Value {
        let given = [
            ("from", self.from.as_ref()),
            ("to", self.to.as_ref()),
            ("digits", self.digits.as_ref()),
            ("custom_field", self.custom_field.as_ref()),
            ("direction", self.direction.as_ref()),
            ("call_sid", self.call_sid.as_ref()),
            ("at", self.at.as_ref()),
            ("waiting", self.waiting.as_ref()),
        ];
        let fields = given.into_iter();
        let mut document: Map<String, Value> = fields
            .filter_map(|(name, value)| Some((name.to_owned(), value?.as_str().into())))
            .collect();
        if let Some(attempt) = self.attempt {
            document.insert("attempt".to_owned(), attempt.into());
        }
        Value::Object(document)
    }
}

/// What is wrong with the arguments, each by its flag.
fn refused(errors: &[FieldError]) -> Failure {
    let said = errors
        .iter()
        .map(|error| format!("--{} {}", error.field.replace('_', "-"), error.message));
    Failure::unusable(anyhow!(
        "{}",
        said.collect::<Vec<_>>().join("\n            ")
    ))
}

/// With the rules and the store that the settings name.
fn from_settings(
    account: &AccountName,
    arguments: &ExplainArguments,
) -> Result<Explanation, Failure> {
    let settings = Settings::load(arguments.config.as_deref()).map_err(Failure::unusable)?;
    let rules = rules(&settings, account)?;
    let book = RoutingBook::new(rules, &surroundings_of(&settings, account));
    let question = question(
        &arguments.document(),
        account.clone(),
        &book,
        SystemClock.now(),
    )
    .map_err(|errors| refused(&errors))?;
    let snapshot = snapshot(&settings, account, &book.queue_names())?;
    Ok(explanation_of(&book, &question, &snapshot))
}

fn rules(settings: &Settings, account: &AccountName) -> Result<Arc<RuleBook>, Failure> {
    let mut folder =
        RulesFolder::read(&settings.rules, SystemClock.now()).map_err(Failure::unusable)?;
    let Some(file) = folder.files.remove(account) else {
        let there: Vec<_> = folder.files.keys().map(AccountName::as_str).collect();
        return Err(Failure::unusable(anyhow!(
            "no rules of the account {account} in {}; rules are there for: {}",
            settings.rules.display(),
            if there.is_empty() {
                "nobody".to_owned()
            } else {
                there.join(", ")
            }
        )));
    };
    file.outcome.map_err(|findings| {
        let cause = anyhow!("the rules of the account {account} cannot be used:\n{findings}");
        Failure::new(Exit::Findings, cause)
    })
}

/// The agents as they are now, and the calls of these queues. The embedded store is another process's.
fn snapshot(
    settings: &Settings,
    account: &AccountName,
    queues: &[Arc<str>],
) -> Result<Snapshot, Failure> {
    match settings.store.kind {
        StoreKind::Memory => {
            let cause =
                anyhow!("the agents are kept inside the running server (store.kind is memory)");
            return Err(Failure::unusable(cause).advise(IN_MEMORY));
        }
        StoreKind::Redis => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::unusable)?;
    runtime.block_on(async {
        let stores =
            Stores::from_settings(settings, Arc::new(SystemClock)).map_err(Failure::unusable)?;
        let store = stores.for_worker();
        let traffic = store.traffic(account, queues).await;
        let traffic = traffic.map_err(Failure::unusable)?;
        let snapshot = store.snapshot(account).await.map_err(Failure::unusable)?;
        Ok(snapshot.with_traffic(traffic))
    })
}
