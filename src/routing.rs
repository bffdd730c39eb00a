//! Joins rules and presence: from Exotel's question to whom to ring.
//!
//! Reading order: [`book`] (an account's rules, compiled for deciding), `compile` (how), [`plan`] (what one fetch asks
//! of the store), [`decide`] (the router: plan, ask, answer within the deadline), [`decision`] (what came of it,
//! as a value), `stopwatch` (how long its parts took), [`mod@explain`] (why), [`replay`] (calls that were, by other rules), [`log`] (what is written down of it), [`breaker`] and [`probe`] (a failing store is left alone until it is back, and asked while nobody calls), [`late`] (what was reported meanwhile),
//! [`indexing`] (the store is kept knowing the queues), [`outbound`] (what is asked of the store for a call that we start), [`trial`] (tests of rules, carried out),
//! [`request_rate`] (the requests to Exotel are counted in the store).
//!
//! It knows no HTTP, and it keeps nothing of a call: what must be remembered is the store's.

pub mod book;
pub mod breaker;
mod compile;
pub mod decide;
pub mod decision;
pub mod explain;
pub mod indexing;
pub mod late;
pub mod log;
pub mod outbound;
pub mod plan;
pub mod probe;
pub mod replay;
mod report;
pub mod request_rate;
mod stopwatch;
pub mod trial;

pub use book::{RoutingBook, RoutingBooks};
pub use breaker::{BreakerState, SharedBreaker};
pub use compile::Surroundings;
pub use decide::{Router, RouterShared, TakenIn};
pub use decision::{Background, Decision, FallbackReason, Outcome, Part, Reply, Timing};
pub use explain::{
    Explanation, PastAttempt, PastCall, PastExplanation, Question, explain, explain_past,
    passed_over,
};
pub use indexing::Indexer;
pub use late::LateReports;
pub use outbound::OutboundDialling;
pub use plan::rule_of;
pub use request_rate::RequestRate;
