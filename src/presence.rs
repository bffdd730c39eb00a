//! Who is there, who is free, who is held by which call: the store behind every decision.
//!
//! Reading order: [`agent`] (a person and what is seen of them), [`queue`] (which agents, in which order),
//! [`offer`] (the one atomic step: choose, reserve, remember), [`report`] (what is heard of a call), `leg` (what each
//! report makes of one destination), `level` (where newcomers begin), [`sticky`] (who answered a caller last), [`waiting`]
//! (the calls of a queue together), [`quota`] (how often something may be done), [`told`] (what a step learnt, to be counted), [`log`] (what was decided, written down), [`store`] (the trait of both stores), [`observed`] (a store that somebody watches),
//! [`record`]
//! (what is kept per agent and when it is ready), [`snapshot`] (all records at one moment), [`past`] (at any moment of the last days), [`memory`] (the embedded
//! store) and [`redis`] (the shared one).
//!
//! It deliberately knows no rules file and no HTTP: a plan comes in as [`offer::OfferRequest`] with everything that
//! the step needs, the time zone's offset included.

pub mod agent;
pub mod history;
pub mod leg;
mod level;
pub mod log;
pub mod memory;
pub mod note;
pub mod observed;
pub mod offer;
pub mod past;
pub mod queue;
pub mod quota;
pub mod record;
pub mod redis;
pub mod report;
pub mod snapshot;
pub mod sticky;
pub mod store;
pub mod told;
pub mod waiting;

pub use agent::{Agent, AgentProfile, AgentState, Presence, Status, StatusSet};
pub use history::{CallHistory, PastAnswer, PastDestination};
pub use leg::{Leg, Outcome as LegOutcome};
pub use log::{
    CallLog, DecisionLog, LogEnds, LogId, LogOrder, LogPlace, LogRange, LogRetention, Logged,
    LoggedOfCall, NewEntry, Worth,
};
pub use note::NoteStep;
pub use observed::ObservedStore;
pub use offer::{
    Dialling, Facts, Handling, Offer, OfferReply, OfferRequest, OfferTarget, Offered, Opens, Whom,
};
pub use past::{Past, Retention};
pub use queue::{Lacking, QueueDefinition, QueueId, Strategy};
pub use quota::Quota;
pub use report::{DialEnd, DialNews, DialOutcome, LegEvent, News, Report};
pub use snapshot::{Snapshot, Standing};
pub use sticky::{Binding, Customer, Erased, Sticky};
pub use store::{Release, ReleaseOutcome, Store, StoreError, Taken};
pub use told::{Heard, HeardOf, Looked, LookedAt, OfferEnd, OfferOutcome, WhyNobody};
pub use waiting::{Full, PassedOver, QueueCalls, QueueTerms, Traffic, WaitingCall};
