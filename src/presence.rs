//! Who is there, who is free, who is held by which call: the store behind every decision.
//!
//! Reading order: [`agent`] (a person and what is seen of them), [`queue`] (which agents, in which order),
//! [`offer`] (the one atomic step: choose, reserve, remember), [`store`] (the trait of both stores), [`record`]
//! (what is kept per agent and when it is ready), [`snapshot`] (all records at one moment), [`memory`] (the embedded
//! store) and [`redis`] (the shared one).
//!
//! It deliberately knows no rules file and no HTTP: a plan comes in as [`offer::OfferRequest`] with everything that
//! the step needs, the time zone's offset included.

pub mod agent;
pub mod memory;
pub mod offer;
pub mod queue;
pub mod record;
pub mod redis;
pub mod snapshot;
pub mod store;

pub use agent::{Agent, AgentProfile, AgentState, Presence, Status};
pub use offer::{
    Dialling, Facts, Offer, OfferReply, OfferRequest, OfferTarget, Offered, Opens, Whom,
};
pub use queue::{Lacking, QueueDefinition, QueueId, Strategy};
pub use snapshot::{Snapshot, Standing};
pub use store::{Release, ReleaseOutcome, Store, StoreError, Taken};
