//! A stand-in for Exotel and the people: a day of calls, played against the service.
//!
//! Reading order: `world` (things happen one after the other), `call`, `person` (what the network and the people know),
//! `arrivals`, `shifts`, `chance` (what is drawn), `wire`, `answer` (what Exotel writes, and how it reads), [`service`] (the
//! way to the service), [`embedded`] (a service in this process, on a clock that is put forward), `judge` (what must always
//! hold), [`record`] (what is noted), [`report`] (what it comes to).
//!
//! The people know nothing of rules and stores: they see what Exotel and the agents' applications see. So the same day can
//! be played against any service that takes Exotel's requests.

use std::sync::Arc;

use crate::rules::{RuleBook, Scenario};

mod agenda;
mod answer;
mod arrivals;
mod call;
mod chance;
pub mod embedded;
mod judge;
mod person;
pub mod record;
pub mod report;
pub mod service;
mod shifts;
mod wire;
mod world;

pub use embedded::{EmbeddedService, ServiceSettings};
pub use judge::Breach;
pub use record::{AgentRecord, CallOutcome, CallRecord, Record};
pub use report::SimulationReport;
pub use service::{Fetched, Pace, Seen, Service, ServiceError};
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
    let record = play(scenario, options, service.clone(), progress).await?;
    let report = SimulationReport::of(&record, scenario, service.book());
    Ok((record, report))
}
