//! The rules of an account: read from its YAML file, checked, compiled and matched against a call.
//!
//! A file becomes a [`RuleBook`] or a list of [`Findings`] with everything that is wrong with it, nothing in between. A
//! book is a plain value: matching reads no clock, no file and no store. Whom a queue's agents are and who of them is
//! free is not known here.
//!
//! What an answer carries is said in the types of the wire, which can't hold what Exotel would refuse.
//!
//! From the text to the book: `tree` reads the YAML, `shape` is the table of its keys, `read` makes typed values
//! of it and reports to `report`, `sources` reads what
//! else it names, `matching` finds the rule that takes a call.

mod agents_file;
mod analysis;
mod answer;
mod book;
mod calendar;
mod callers;
mod check;
mod code;
mod file;
mod finding;
mod handling;
mod matching;
mod outbound;
mod queue;
mod read;
mod report;
mod ring;
mod rule;
mod scenario;
mod schema;
mod shape;
mod sources;
mod suite;
mod tree;

pub use agents_file::{AgentEntry, AgentsFile, FileForm, ListedAgent, written_agents};
pub use analysis::KnownAgents;
pub use answer::{AnswerSettings, Events};
pub use book::{Fallback, PresenceRules, RuleBook, RulesVersion};
pub use calendar::{Calendar, DaySpan, InvalidDaySpan};
pub use callers::ListedCaller;
pub use check::{Checked, CheckedFile, NothingToCheck, check_file, check_path, check_text};
#[cfg(test)]
pub(crate) use code::examples;
pub use file::{Listing, RulesFile, RulesFolder, UnreadableFolder};
pub use finding::{Code, Finding, Findings, Place, Severity, Span};
pub use handling::Handling;
pub use matching::{CallFacts, RuleMatch, Unmet};
pub use outbound::{MayNotCall, Outbound};
pub use queue::{Fairness, InvalidQueueName, Queue, QueueDefinition, QueueName, Strategy};
pub use report::nearest as nearest_name;
pub use ring::{Ring, RingSettings};
pub use rule::{Branch, CallerCondition, Condition, Opens, Rule, Sticky, Target, When, Whom};
pub use scenario::{
    Arrivals, Breaks, Callers, Clicks, Crew, Phones, Reports, Scenario, Times, Whose, rate_at,
    rules_to_simulate,
};
pub use schema::{agents_json_schema, json_schema, scenario_json_schema, tests_json_schema};
pub use suite::{
    Expectation, ExpectedJson, LoadedTests, NothingToTest, RuleTest, RulesUnderTest, Rung, Step,
    StepEvent, TestSuite, VirtualAgent, VirtualCall, VirtualState, VirtualStatus, Written,
    tests_in,
};
