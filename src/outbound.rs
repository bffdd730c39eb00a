//! Calls that we start: an application clicks for an agent, the agent is reserved, and Exotel rings first the agent and then
//! the customer, who sees the virtual number only.
//!
//! Reading order: [`request`] (what is asked for), `terms` (what of it the rules allow), [`dialer`] (reserve, call, and free again what was not called),
//! [`naming`] (the two names of such a call), [`claim`] (a request that comes twice makes one call), [`callback`] (what
//! Exotel reports of such a call, in the words of the store), [`line`](mod@line) (the way to Exotel of each account),
//! [`reconcile`] (calls of which nothing is heard any more), [`failure`] (every reason why there is no call).
//!
//! An agent is never called without being reserved, and a reservation is a lease: whatever becomes of this process or of
//! Exotel's answer, the agent is free again by itself.

pub mod callback;
pub mod claim;
pub mod dialer;
pub mod failure;
pub mod line;
pub mod naming;
pub mod reconcile;
pub mod request;
mod terms;

pub use callback::{hear, our_name};
pub use claim::IdempotencyKey;
pub use dialer::{Dialer, Started};
pub use failure::NotStarted;
pub use line::{Line, Lines};
pub use naming::{is_ours, name_at_exotel};
pub use request::{ClickToCall, Whom};
