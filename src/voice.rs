//! Asks Exotel's Voice API: makes calls, looks them up, lists them.
//!
//! [`VoiceClient`] is the way in. Reading order: `client` (the four questions), [`limit`] (the account's requests a minute),
//! `exchange` (one request and its answer, within the time limits), `retry` (when to ask again), [`error`] (everything that
//! can go wrong, with what it means for the call that was to be made).
//!
//! It deliberately knows no agents and no store: who is reserved for a call, and what becomes of them when it fails, is for
//! whoever asks. The promise to them is [`VoiceError::placed`]: a request that may have been taken is never sent again.

mod client;
pub mod error;
mod exchange;
pub mod limit;
mod retry;

pub use client::{VoiceClient, VoiceSettings};
pub use error::{Placed, VoiceError};
pub use limit::{NotTaken, RateLimit};
pub use retry::Effect;
