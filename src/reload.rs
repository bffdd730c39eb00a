//! Keeps the rules in force in step with the rules folder, while calls come in.
//!
//! [`RulesInForce`] is what the folder held at the start. From then on one task looks after it: it hears of changes from the
//! operating system (`watch`), waits until they are over (`settling`), reads what differs, prepares the store, and swaps
//! the account's book as a whole (`keeper`). Whoever wants it now sends an order through a [`ReloadHandle`]. An account's
//! file is taken wholly or not at all: one that can't be used leaves the last good rules in force, and so does one
//! that is gone. How things stand is published as a [`RulesStatus`].
//!
//! Nothing here is on a caller's way: a request takes its book from [`RoutingBooks`](crate::routing::RoutingBooks)
//! and keeps it. Settings are not read again; an account that is new in the folder needs its key in them beforehand.

mod account;
mod glimpse;
mod in_force;
mod keeper;
mod settling;
mod status;
mod task;
mod watch;

pub use account::{Reloaded, Verdict};
pub use in_force::RulesInForce;
pub use keeper::{ReloadSettings, SurroundingsOf};
pub use status::{AccountStatus, Counts, RulesStatus, Standing, StatusBoard};
pub use task::{NotReloaded, ReloadHandle, keep_current};
