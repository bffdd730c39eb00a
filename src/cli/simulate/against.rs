//! `ringmaster simulate --against URL`: the scenario in real time, against a running server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use secrecy::SecretString;

use super::{Bar, Played as Run, SimulateArguments};
use crate::cli::Failure;
use crate::clock::SystemClock;
use crate::exotel::Dialect;
use crate::rules::{RuleBook, Scenario};
use crate::simulate::remote::shown_address;
use crate::simulate::{
    Exchange, LeftBehind, Played, Progress, RemoteError, RemoteService, ServiceError, Target,
    play_against,
};
use crate::telephony::AccountName;

mod obstacles;
mod orders;

use obstacles::{clicks_reach_the_stand_in, compare_versions, nobody_is_in_the_way};
use orders::Orders;

/// From here on it is told how far a run was behind.
const WORTH_TELLING: Duration = Duration::from_secs(1);

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
    /// Play although the account has other agents who are not offline: their phones ring, and calls that they miss count.
    #[arg(long, requires = "against")]
    beside_agents: bool,
    /// The server starts its calls at `--exotel-listen`, and not at Exotel: without this word no clicks are played, for a
    /// click at a server that has Exotel's own address rings real phones.
    #[arg(long, requires = "against")]
    clicks_reach_the_stand_in: bool,
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
    /// The server as it may be shown, if it is played against one.
    pub(super) fn address(&self) -> Result<Option<String>, Failure> {
        let address = self.server.as_deref().map(shown_address).transpose();
        address.map_err(Failure::unusable)
    }

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
            server: self.address()?.unwrap_or_default(),
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
    clicks_reach_the_stand_in(scenario, &arguments.against)?;
    let mut bar = Bar::new(&target.server);
    let mut progress = |progress| bar.show(progress);
    let run = played(scenario, book, target, arguments, &mut progress);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::unusable)?
        .block_on(run);
    bar.clear();
    of_outcome(rules, outcome?)
}

/// Agents who stayed are in the record of a run to its end; of any other they are told with its failure.
fn of_outcome(rules: String, (played, left): Outcome) -> Result<Run, Failure> {
    match played {
        Ok(Played::ToItsEnd(run)) => Ok(Run {
            rules,
            behind: Some(run.0.behind).filter(|behind| *behind > WORTH_TELLING),
            breaches: run.0.breaches,
            report: run.1,
        }),
        Ok(Played::Stopped) if left.is_nobody() => Err(Failure::unusable(anyhow!(
            "stopped before the end; the agents of the scenario are removed again"
        ))),
        Ok(Played::Stopped) => Err(Failure::unusable(anyhow!("stopped before the end; {left}"))),
        Err(error) if left.is_nobody() => Err(Failure::unusable(error)),
        Err(error) => {
            let error = anyhow::Error::new(error);
            Err(Failure::unusable(anyhow!("{error:#}; {left}")))
        }
    }
}

/// How a run ended, and who stayed behind.
type Outcome = (Result<Played, ServiceError>, LeftBehind);

async fn played(
    scenario: &Scenario,
    book: Arc<RuleBook>,
    target: Target,
    arguments: &SimulateArguments,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Failure> {
    let server = target.server.clone();
    let connected = RemoteService::connect(target, scenario.start, &SystemClock).await;
    let (service, greeting) = connected.map_err(|error| at(&server, error))?;
    nobody_is_in_the_way(scenario, &greeting, &arguments.against)?;
    compare_versions(&book, &greeting);
    let options = arguments.options();
    let mut orders = Orders::listen().map_err(Failure::unusable)?;
    let stop = async || orders.next().await;
    if scenario.clicks.is_empty() {
        let run = play_against(scenario, book, service, options, progress, stop);
        return Ok(run.await);
    }
    let exchange = Exchange::new(Arc::new(SystemClock));
    let address = arguments.against.exotel_listen;
    let closed = |error| closed(address, error);
    let doors = exchange.open(address).map_err(closed)?;
    let service = service.with_exchange(exchange);
    let run = play_against(scenario, book, service, options, progress, stop);
    doors.open_during(Box::pin(run)).await.map_err(closed)
}

fn closed(address: SocketAddr, error: io::Error) -> Failure {
    let what =
        format!("--exotel-listen {address}: nothing can be served there; is the port taken?");
    Failure::unusable(anyhow::Error::new(error).context(what))
}

fn at(server: &str, error: RemoteError) -> Failure {
    Failure::unusable(anyhow::Error::new(error).context(server.to_owned()))
}
