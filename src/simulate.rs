//! A stand-in for Exotel and the people: a day of calls, played against the service.
//!
//! Reading order: `world` (things happen one after the other), `call`, `person` (what the network and the people know),
//! `arrivals`, `clicks`, `moments`, `shifts`, `chance` (what is drawn), `wire`, `answer` (what Exotel writes, and how it
//! reads), [`exchange`] (the Voice API, at which the service starts calls), [`service`] (the way to the service),
//! [`embedded`] (a service in this process, on a clock that is put forward), [`remote`] (a running server, in real time),
//! `judge` (what must always hold), [`record`] (what is noted), [`report`] (what it comes to).
//!
//! The people know nothing of rules and stores: they see what Exotel and the agents' applications see. So the same day can
//! be played against any service that takes Exotel's requests.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use crate::routing::{RoutingBook, Surroundings};
use crate::rules::{RuleBook, Scenario};
use crate::telephony::AgentId;

mod agenda;
mod answer;
mod arrivals;
mod call;
mod chance;
mod clicks;
pub mod embedded;
pub mod exchange;
mod judge;
mod moments;
mod person;
pub mod record;
pub mod remote;
pub mod report;
pub mod service;
mod shifts;
mod wire;
mod world;

pub use embedded::{EmbeddedService, ServiceSettings};
pub use exchange::Exchange;
pub use judge::Breach;
pub use record::{AgentRecord, CallOutcome, CallRecord, ClickOutcome, ClickRecord, Record};
pub use remote::{Greeting, RemoteError, RemoteService, Target};
pub use report::SimulationReport;
pub use service::{Click, Clicked, Fetched, OnBehalf, Pace, Seen, Service, ServiceError};
pub use world::{PlayOptions, Progress, play};

/// Plays a scenario against rules in this process: as fast as it goes, on a clock of its own.
///
/// # Errors
/// When the embedded store refuses what the scenario says. The reader of the file has seen to it that it does not.
pub async fn play_embedded(
    scenario: &Scenario,
    rules: Arc<RuleBook>,
    settings: ServiceSettings,
    options: PlayOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Record, SimulationReport), ServiceError> {
    let service = EmbeddedService::new(rules, settings, scenario.start);
    let record = if scenario.clicks.is_empty() {
        play(scenario, options, service.clone(), progress).await?
    } else {
        play_with_exchange(scenario, options, service.clone(), progress).await?
    };
    let report = SimulationReport::of(&record, scenario, service.book());
    Ok((record, report))
}

/// How a run against a server ended.
#[derive(Debug)]
pub enum Played {
    /// As the scenario says.
    ToItsEnd(Box<(Record, SimulationReport)>),
    /// Before that, because it was told to stop.
    Stopped,
}

/// Plays a scenario against a running server, in real time, until it is over or `stop` is. However it ends, the agents of
/// the scenario are removed again.
///
/// # Errors
/// When the server takes no agents, can't be asked who is still held, or does not remove the agents.
pub async fn play_against(
    scenario: &Scenario,
    rules: Arc<RuleBook>,
    service: RemoteService,
    options: PlayOptions,
    progress: &mut dyn FnMut(Progress),
    stop: impl Future<Output = ()>,
) -> Result<Played, ServiceError> {
    let played = tokio::select! {
        record = play(scenario, options, service.clone(), progress) => Some(record),
        () = stop => None,
    };
    let removed = service.remove_agents(&agents_of(scenario)).await;
    let Some(record) = played.transpose()? else {
        removed?;
        return Ok(Played::Stopped);
    };
    removed?;
    let book = RoutingBook::new(rules, &Surroundings::default());
    let report = SimulationReport::of(&record, scenario, &book);
    Ok(Played::ToItsEnd(Box::new((record, report))))
}

/// The ids of the agents who work in a scenario.
pub fn agents_of(scenario: &Scenario) -> Vec<AgentId> {
    world::ids(scenario)
}

/// Any free port of this machine.
const ANYWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// With an exchange at which the service starts its calls, over HTTP within this machine.
async fn play_with_exchange(
    scenario: &Scenario,
    options: PlayOptions,
    service: EmbeddedService,
    progress: &mut dyn FnMut(Progress),
) -> Result<Record, ServiceError> {
    let exchange = Exchange::new(service.clock());
    let closed = |address| move |source| ServiceError::Doors { address, source };
    let doors = exchange.open(ANYWHERE).map_err(closed(ANYWHERE))?;
    let address = doors.address;
    let service = service.with_exchange(exchange, address)?;
    let played = doors.open_during(Box::pin(play(scenario, options, service, progress)));
    played.await.map_err(closed(address))?
}
