//! ringmaster decides whose phone rings: the service behind Exotel's Programmable Connect URL.
//!
//! In reading order:
//! - [`clock`]: moments in time, and the only reader of the wall clock
//! - [`telephony`]: numbers, SIP ids, identifiers and durations, parsed once and trusted after
//! - [`exotel`]: what Exotel sends and what it accepts back, and nothing of why
#![forbid(unsafe_code)]

pub mod clock;
pub mod exotel;
pub mod telephony;
