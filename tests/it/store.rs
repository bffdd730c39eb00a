//! The store: each behaviour once, for both implementations; and both driven alike by random operations.

mod behaviours;
mod model;
pub(crate) mod world;
