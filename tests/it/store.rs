//! The store: each behaviour once, for both implementations; and both driven alike by random operations.

#[macro_use]
mod behaviours;
mod breaks;
mod clicks;
mod elsewhere;
mod fairness;
mod heard;
mod kept;
mod leftovers;
mod log;
mod looked;
mod model;
mod newcomers;
mod notes;
mod past;
mod presence;
mod promises;
mod quotas;
mod recurring;
mod reports;
mod states;
mod sticky;
mod strays;
mod together;
mod turnover;
pub(crate) mod world;
