//! The wire contract with Exotel: what it sends, and what it accepts back.
//!
//! Reading is tolerant: any parameter may be missing, misspelt or odd, and a [`ConnectRequest`] or a [`CallReport`] comes
//! of it all the same. Writing is strict: Exotel validates an answer whole and dials nobody when one field is wrong, so an
//! [`AnswerTemplate`] cannot hold a wrong value. Nothing here decides whom to ring, and nothing knows HTTP.

pub mod answer;
mod dialect;
mod parameters;
mod report;
mod request;
pub mod voice;

pub use answer::AnswerTemplate;
pub use dialect::Dialect;
pub use parameters::{
    MAX_BODY_BYTES, MAX_NAME_BYTES, MAX_PARAMETERS, MAX_QUERY_BYTES, Parameters,
    UnreadableParameters,
};
pub use report::{CallReport, DialEnd, DialOutcome, EndedLeg, LegEvent, LegNews, News, NoNews};
pub use request::{ConnectRequest, DialReport, DialStatus, Leg, MAX_LEGS, Party};
