//! Calls that we start, through the door: a server of ours, an Exotel of the test's own.

mod answered;
mod desk;
mod instances;
mod outcomes;
mod quiet;
mod refused;
mod reported;
mod shown;
mod stopping;
mod twice;
