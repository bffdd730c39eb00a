//! `ringmaster simulate --against URL`: the scenario in real time, against a running server.

use std::future::pending;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use secrecy::SecretString;

use super::{Bar, Played as Run, SimulateArguments};
use crate::cli::Failure;
use crate::clock::SystemClock;
use crate::exotel::Dialect;
use crate::rules::{RuleBook, Scenario};
use crate::simulate::{
    Exchange, Greeting, Played, Progress, RemoteError, RemoteService, Target, agents_of,
    play_against,
};
use crate::telephony::{AccountName, AgentId};

/// The most agents that are named of those who are in the way.
const MOST_NAMED: usize = 5;

/// Which server, and as whom.
#[derive(Debug, Args)]
pub(super) struct AgainstArguments {
    /// Play in real time against this running server, such as <http://127.0.0.1:8080>. The agents of the scenario are
    /// put into its account, and removed at the end.
    #[arg(id = "against", long = "against", value_name = "URL")]
    pub(super) server: Option<String>,
    /// The account of the server.
    #[arg(long, default_value = AccountName::DEFAULT)]
    account: String,
    /// The key of Exotel's URL. Better in the variable: everybody on the machine can read a command line.
    #[arg(long, env = "RINGMASTER_KEY", hide_env_values = true)]
    key: Option<SecretString>,
    /// A token of the role `admin`. Better in the variable.
    #[arg(long, env = "RINGMASTER_TOKEN", hide_env_values = true)]
    token: Option<SecretString>,
    /// The applet that asks: ccm, or generic for the older one.
    #[arg(long, value_enum, default_value_t)]
    dialect: Applet,
    /// Where Exotel's Voice API is stood in for while a scenario has clicks: the address that the server's settings name in
    /// the account's `exotel.base_url`.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    exotel_listen: SocketAddr,
    /// Take the place of agents of the same ids, who are gone afterwards.
    #[arg(long, requires = "against")]
    replace_agents: bool,
}

/// The applets of Exotel.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Applet {
    /// CCM Programmable Connect.
    #[default]
    Ccm,
    /// The older Programmable Connect.
    Generic,
}

impl From<Applet> for Dialect {
    fn from(applet: Applet) -> Self {
        match applet {
            Applet::Ccm => Self::Ccm,
            Applet::Generic => Self::Generic,
        }
    }
}

impl AgainstArguments {
    fn target(&self) -> Result<Target, Failure> {
        let account = AccountName::parse(&self.account)
            .with_context(|| format!("--account {}", self.account))
            .map_err(Failure::unusable)?;
        let given = |secret: &Option<SecretString>, name| {
            let missing = || {
                anyhow!(
                    "--against needs a {name}: put it into the variable {}",
                    variable(name)
                )
            };
            secret
                .clone()
                .ok_or_else(missing)
                .map_err(Failure::unusable)
        };
        Ok(Target {
            server: self.server.clone().unwrap_or_default(),
            account,
            key: given(&self.key, "key")?,
            token: given(&self.token, "token")?,
            dialect: self.dialect.into(),
        })
    }
}

fn variable(name: &str) -> String {
    format!("RINGMASTER_{}", name.to_uppercase())
}

/// Plays the scenario against the server of the arguments.
pub(super) fn play_on(
    scenario: &Scenario,
    rules: String,
    book: Arc<RuleBook>,
    arguments: &SimulateArguments,
) -> Result<Run, Failure> {
    let target = arguments.against.target()?;
    let mut bar = Bar::new(&target.server);
    let mut progress = |progress| bar.show(progress);
    let run = played(scenario, book, target, arguments, &mut progress);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::unusable)?
        .block_on(run);
    bar.clear();
    match outcome? {
        Played::ToItsEnd(run) => Ok(Run {
            rules,
            breaches: run.0.breaches,
            report: run.1,
        }),
        Played::Stopped => Err(Failure::unusable(anyhow!(
            "stopped before the end; the agents of the scenario are removed again"
        ))),
    }
}

async fn played(
    scenario: &Scenario,
    book: Arc<RuleBook>,
    target: Target,
    arguments: &SimulateArguments,
    progress: &mut dyn FnMut(Progress),
) -> Result<Played, Failure> {
    let server = target.server.clone();
    let connected = RemoteService::connect(target, scenario.start, &SystemClock).await;
    let (service, greeting) = connected.map_err(|error| at(&server, error))?;
    if !arguments.against.replace_agents {
        nobody_is_in_the_way(scenario, &greeting)?;
    }
    compare_versions(&book, &greeting);
    let options = arguments.options();
    if scenario.clicks.is_empty() {
        let run = play_against(scenario, book, service, options, progress, interrupted());
        return run.await.map_err(Failure::unusable);
    }
    let exchange = Exchange::new(Arc::new(SystemClock));
    let address = arguments.against.exotel_listen;
    let closed = |error| closed(address, error);
    let doors = exchange.open(address).map_err(closed)?;
    let service = service.with_exchange(exchange);
    let run = play_against(scenario, book, service, options, progress, interrupted());
    let played = doors.open_during(Box::pin(run)).await;
    let played = played.map_err(closed)?;
    played.map_err(Failure::unusable)
}

fn closed(address: SocketAddr, error: io::Error) -> Failure {
    let what =
        format!("--exotel-listen {address}: nothing can be served there; is the port taken?");
    Failure::unusable(anyhow::Error::new(error).context(what))
}

fn at(server: &str, error: RemoteError) -> Failure {
    Failure::unusable(anyhow::Error::new(error).context(server.to_owned()))
}

/// Agents of the account may be people, whose calls would ring nobody.
fn nobody_is_in_the_way(scenario: &Scenario, greeting: &Greeting) -> Result<(), Failure> {
    let taken = agents_of(scenario);
    let taken: Vec<_> = taken
        .iter()
        .filter(|id| greeting.agents.contains(*id))
        .map(AgentId::as_str)
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    let named: Vec<_> = taken.iter().take(MOST_NAMED).copied().collect();
    let more = taken.len().saturating_sub(named.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Err(Failure::unusable(anyhow!(
        "the server has agents of the scenario's names already: {}{more}; rename the crews, or say --replace-agents if \
        nobody needs them: they are gone afterwards",
        named.join(", ")
    )))
}

/// With other rules than the server's, the figures of queues are of other queues.
fn compare_versions(book: &RuleBook, greeting: &Greeting) {
    let ours = book.version().to_string();
    if greeting.rules_version.as_ref() != Some(&ours) {
        let theirs = greeting.rules_version.as_deref().unwrap_or("none");
        // Nobody to hear it is no reason not to play.
        let _unheard: io::Result<()> = writeln!(
            io::stderr(),
            "ringmaster: the server has other rules in force than --rules names (version {theirs}, not {ours})"
        );
    }
}

/// Ends when the person at the keyboard, or whoever else, says so.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Nobody can say so.
        pending::<()>().await;
    }
}
