//! The outcome for programs. The document's shape is stable: fields may be added, none changes or goes.
//!
//! `version` is 1. `scenario` and `seed` say what was played, and `against` which server if
//! it was one; `runs` has one entry for each set of rules: `rules` (their file),
//! `breaches` (the first of what never must happen, each with `at` and `what`), `behind` (how many seconds a run in real time
//! was behind the scenario, where it was over one) and `report`, the [`SimulationReport`].
//!
//! [`SimulationReport`]: crate::simulate::SimulationReport

use serde_json::{Value, json};

use super::{Played, Simulation};

/// The whole document.
pub(super) fn document(simulation: &Simulation) -> Value {
    let mut document = json!({
        "version": 1,
        "scenario": simulation.scenario,
        "seed": simulation.seed,
        "runs": simulation.played.iter().map(run).collect::<Vec<_>>(),
    });
    if let (Some(server), Some(fields)) = (&simulation.against, document.as_object_mut()) {
        fields.insert("against".to_owned(), server.as_str().into());
    }
    document
}

fn run(played: &Played) -> Value {
    let breaches = played.breaches.iter();
    let breaches =
        breaches.map(|breach| json!({ "at": breach.at.to_string(), "what": breach.what }));
    let mut run = json!({
        "rules": played.rules,
        "breaches": breaches.collect::<Vec<_>>(),
        "report": played.report,
    });
    if let (Some(behind), Some(fields)) = (played.behind, run.as_object_mut()) {
        fields.insert("behind".to_owned(), behind.as_secs_f64().into());
    }
    run
}
