//! Tests of rules, carried out: with a clock that stands still until it is told otherwise, virtual agents on an embedded
//! store, and for the rest what answers Exotel. A call of a test is a request as Exotel sends it, its answer the JSON
//! that Exotel gets, so that a test shows what will happen and not what something like it would do.

use std::sync::Arc;

use crate::presence::StoreError;
use crate::routing::{Explanation, explain};
use crate::rules::{Expectation, LoadedTests, Place, RuleTest, StepEvent, Written};

mod compare;
mod dialling;
mod line_up;
mod stage;

use compare::misses;
use dialling::PlayedCall;
use stage::{Stage, Subject};

/// What came of one test.
#[derive(Debug)]
pub struct TestOutcome {
    /// The test.
    pub name: Written<Arc<str>>,
    /// The first step at which something else came of it than was expected. What follows it is not carried out.
    pub failure: Option<FailedStep>,
}

/// A step of a test at which something else came of it.
#[derive(Debug)]
pub struct FailedStep {
    /// 0 is the test's call, 1 the first of its further steps.
    pub step: usize,
    /// What was expected and did not come, in the order of the file.
    pub misses: Vec<Miss>,
    /// What happened instead, and why. `None` when it did not come to a question: Exotel had no reason to ask.
    pub explanation: Option<Explanation>,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which, such as `rings` or `answer.recording.channels`.
    pub key: String,
    /// Where it stands in the file.
    pub place: Place,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub got: String,
}

/// Carries out the tests of a rules file, each by itself.
///
/// # Errors
/// When the embedded store refuses what a test says. The reader of the file has seen to it that it does not.
pub async fn carry_out(tests: &LoadedTests) -> Result<Vec<TestOutcome>, StoreError> {
    let subject = Subject::of(tests);
    let mut outcomes = Vec::with_capacity(tests.suite.tests.len());
    for test in &tests.suite.tests {
        outcomes.push(TestOutcome {
            name: test.name.clone(),
            failure: failure(&subject, test).await?,
        });
    }
    Ok(outcomes)
}

async fn failure(subject: &Subject, test: &RuleTest) -> Result<Option<FailedStep>, StoreError> {
    let mut stage = Stage::set(subject, test).await?;
    let mut call = match PlayedCall::new(&test.call, &test.name.value, 0, &stage) {
        Ok(call) => call,
        Err(miss) => return Ok(Some(failed(0, vec![miss]))),
    };
    if let Some(failure) = asked(&stage, &mut call, 0, &test.expect).await? {
        return Ok(Some(failure));
    }
    for (number, step) in (1_usize..).zip(&test.then) {
        stage.advance(step).await?;
        let ready = match &step.event {
            StepEvent::AttemptEnded(status) => call.attempt_ended(status, &step.after),
            StepEvent::NewCall(next) => {
                PlayedCall::new(next, &test.name.value, number, &stage).map(|next| call = next)
            }
        };
        if let Err(miss) = ready {
            return Ok(Some(failed(number, vec![miss])));
        }
        if let Some(failure) = asked(&stage, &mut call, number, &step.expect).await? {
            return Ok(Some(failure));
        }
    }
    Ok(None)
}

/// Exotel asks, and what it is told is compared with what was expected.
async fn asked(
    stage: &Stage,
    call: &mut PlayedCall,
    step: usize,
    expect: &Expectation,
) -> Result<Option<FailedStep>, StoreError> {
    let question = call.question(stage).await?;
    let before = stage.snapshot().await?;
    let observed = call.fetch(stage).await;
    let misses = misses(expect, &observed);
    Ok((!misses.is_empty()).then(|| FailedStep {
        explanation: Some(explain(&stage.book, &question, &before)),
        ..failed(step, misses)
    }))
}

fn failed(step: usize, misses: Vec<Miss>) -> FailedStep {
    FailedStep {
        step,
        misses,
        explanation: None,
    }
}

#[cfg(test)]
mod tests;
