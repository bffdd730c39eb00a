//! Numbers, SIP ids, identifiers and durations: the words that every other module speaks.
//!
//! Each is parsed once, at the door, and trusted after: a value of these types is valid by construction. Each reads and
//! writes itself as its canonical text, in JSON too. Nothing here knows of Exotel, of rules or of a store.

mod contact;
mod country;
pub mod duration;
mod identifier;
mod library;
mod masking;
mod number;
mod pattern;
mod schema;
mod sip;
mod text;
mod unseen;

pub use contact::{ContactUri, InvalidContactUri};
pub use country::{Country, UnknownCountry};
pub use identifier::{
    AccountName, AgentId, CallSid, InvalidAccountName, InvalidAgentId, InvalidCallSid,
};
pub use library::warm_up;
pub use masking::{told, without_numbers};
pub use number::{InvalidPhoneNumber, PhoneNumber};
pub use pattern::{InvalidNumberPattern, NumberPattern, NumberPrefix};
pub use schema::{ContactText, DurationText, NumberText};
pub use sip::{InvalidSipId, SipId};
pub use unseen::{Unseen, unseen};
