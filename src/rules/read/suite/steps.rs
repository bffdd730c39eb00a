//! What happens in a test after the first answer.

use super::super::fields::Fields;
use super::agents::{self, Agents};
use super::calls::CallDefaults;
use super::{Scene, calls, expect, written};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::shape::STEP;
use crate::rules::suite::{Step, StepEvent};

/// How an attempt ends where nothing is said.
const USUAL_END: &str = "no-answer";

/// Reads the steps; `agents` are those of the test.
pub(super) fn steps(
    test: &Fields<'_>,
    agents: &Agents,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Vec<Step> {
    let Some(field) = test.get("then") else {
        return Vec::new();
    };
    let mut agents = agents.clone();
    let mut steps = Vec::new();
    for node in field.list(report).unwrap_or_default() {
        if let Some(fields) = Fields::read(node, &STEP, report) {
            steps.extend(step(&fields, &mut agents, scene, defaults, report));
        }
    }
    steps
}

/// A step that lacks something has a finding, and the test is never carried out.
fn step(
    fields: &Fields<'_>,
    agents: &mut Agents,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Option<Step> {
    let after = fields.get("after").and_then(|field| {
        let after = field.duration(report)?;
        Some(written(after, field.span(), report))
    });
    let changes = agents::changes(fields.get("agents"), agents, scene, report);
    *agents = agents::merged(agents, changes.clone());
    let event = event(fields, scene, defaults, report);
    let expect = fields
        .get("expect")
        .and_then(|field| expect::expectation(&field, scene, report));
    Some(Step {
        after: after?,
        agents: changes,
        event: event?,
        expect: expect?,
    })
}

fn event(
    fields: &Fields<'_>,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Option<StepEvent> {
    let status = fields.get("status");
    let Some(call) = fields.get("call") else {
        let end = match status {
            Some(field) => field.word(report)?,
            None => USUAL_END,
        };
        return Some(StepEvent::AttemptEnded(end));
    };
    if let Some(status) = status {
        let message =
            "a step has either \"call\", for another call, or \"status\", for the same one";
        report.add(status.span(), Code::Contradiction, message);
    }
    calls::later(&call, scene, defaults, report).map(StepEvent::NewCall)
}
