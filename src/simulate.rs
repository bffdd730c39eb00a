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
pub use remote::{Greeting, LeftBehind, RemoteError, RemoteService, Target};
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

/// Plays a scenario against a running server, in real time, until it is over or there is an order to stop. However it ends,
/// the agents of the scenario are removed again, and those who could not be are told: of a run to its end, in its record too.
/// A second order cuts the removal short.
pub async fn play_against(
    scenario: &Scenario,
    rules: Arc<RuleBook>,
    service: RemoteService,
    options: PlayOptions,
    progress: &mut dyn FnMut(Progress),
    mut ordered_to_stop: impl AsyncFnMut(),
) -> (Result<Played, ServiceError>, LeftBehind) {
    let played = tokio::select! {
        record = play(scenario, options, service.clone(), progress) => Some(record),
        () = ordered_to_stop() => None,
    };
    let is_ordered = played.is_none();
    let cut = async {
        if !is_ordered {
            // It is stopping already.
            ordered_to_stop().await;
        }
        ordered_to_stop().await;
    };
    let left = service.remove_agents(&agents_of(scenario), cut).await;
    let Some(record) = played else {
        return (Ok(Played::Stopped), left);
    };
    let played = record.map(|mut record| {
        told_on_the_wall(&mut record, &service, &left);
        let book = RoutingBook::new(rules, &Surroundings::default());
        let report = SimulationReport::of(&record, scenario, &book);
        Played::ToItsEnd(Box::new((record, report)))
    });
    (played, left)
}

/// Breaches are looked for in the logs of the server, whose clock is the real one. Agents who stay are one as well.
fn told_on_the_wall(record: &mut Record, service: &RemoteService, left: &LeftBehind) {
    for breach in &mut record.breaches {
        breach.at = service.shown(breach.at);
    }
    if !left.is_nobody() {
        record.breach_count = record.breach_count.saturating_add(1);
        record.breaches.push(Breach {
            at: service.shown(service.now()),
            what: left.to_string(),
        });
    }
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
