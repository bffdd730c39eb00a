//! ringmaster decides whose phone rings: the service behind Exotel's Programmable Connect URL.
//!
//! In reading order:
//! - [`clock`]: moments in time, and the only reader of the wall clock
//! - [`telephony`]: numbers, SIP ids, identifiers and durations, parsed once and trusted after
//! - [`exotel`]: the wire contract: what Exotel sends, what it accepts back
//! - [`rules`]: an account's rules, from its file to the rule that takes a call
//! - [`presence`]: who is there, who is free, who is held by which call
//! - [`voice`]: asks Exotel: makes calls, looks them up
//! - [`routing`]: joins the two: from a connect request to whom to ring
//! - [`outbound`]: calls that we start
//! - [`simulate`]: a stand-in for Exotel and the people, and what a day of theirs comes to
//! - [`reload`]: keeps the rules in force in step with their files
//! - [`settings`]: what an operator decides outside the rules
//! - [`server`]: HTTP, for Exotel and for the agents' applications
//! - [`cli`]: the command line
#![forbid(unsafe_code)]

pub mod cli;
pub mod clock;
pub mod exotel;
pub mod outbound;
pub mod presence;
pub mod reload;
pub mod routing;
pub mod rules;
pub mod server;
pub mod settings;
pub mod simulate;
pub mod telephony;
pub mod voice;
