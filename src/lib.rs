//! ringmaster decides whose phone rings: the service behind Exotel's Programmable Connect URL.
//!
//! In reading order:
//! - [`clock`]: moments in time, and the only reader of the wall clock
//! - [`telephony`]: numbers, SIP ids, identifiers and durations, parsed once and trusted after
//! - [`rules`]: an account's rules, from its file to the rule that takes a call
//! - [`presence`]: who is there, who is free, who is held by which call
//! - [`settings`]: what an operator decides outside the rules
#![forbid(unsafe_code)]

pub mod clock;
pub mod presence;
pub mod rules;
pub mod settings;
pub mod telephony;
