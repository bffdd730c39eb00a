//! The store: each behaviour once, for both implementations; and both driven alike by random operations.

#[macro_use]
mod behaviours;
mod model;
mod presence;
mod reports;
mod states;
mod sticky;
mod strays;
pub(crate) mod world;
