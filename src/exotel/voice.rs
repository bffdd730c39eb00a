//! The Voice API, version 3, with which calls are started and looked up (contract, section 6), and the list of calls of
//! version 1.
//!
//! Reading order: [`MakeCall`] (what goes out, in types that cannot hold what Exotel would refuse), [`CallDetails`],
//! [`CallLegs`] and [`CallPage`] (what comes back, with every unknown word and field kept), [`StatusCallback`] (what
//! Exotel reports of such a call by itself), [`Refusal`] (each of its errors by name), [`Hosts`] (where to ask).
//!
//! Everything here is pure: bytes in, values out, no byte makes it panic. Who sends and waits is [`crate::voice`].

use std::num::NonZeroU32;

mod body;
mod callback;
mod details;
mod fields;
mod hosts;
mod legs;
mod list;
mod refusal;
mod request;
mod shown;
mod text;

pub use body::{Rejected, Unreadable, read_call, read_calls, read_legs};
pub use callback::{CallEvent, Happened, StatusCallback};
pub use details::{CallDetails, CallState, CallStatus};
pub use fields::OtherFields;
pub use hosts::{BaseUrl, Hosts, InvalidBaseUrl, Region};
pub use legs::{CallLegs, VoiceLeg};
pub use list::{CallFilter, CallPage, ListedCall, NextPage, PageSize};
pub use refusal::{Reason, Refusal};
pub use request::{AttemptSeconds, CallbackEvent, CallbackRequest, MakeCall, TimeLimitSeconds};
pub use shown::fit_to_show;
pub use text::{AccountSid, CustomField, InvalidAccountSid, InvalidCustomField, NumberText};

/// So many requests does Exotel take from an account in a minute (O).
pub const REQUESTS_PER_MINUTE: NonZeroU32 = match NonZeroU32::new(200) {
    Some(requests) => requests,
    None => NonZeroU32::MIN,
};

#[cfg(test)]
mod tests;
