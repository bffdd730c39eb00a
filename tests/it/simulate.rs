//! `ringmaster simulate`: a day of calls on a virtual clock.

mod against;
mod command;
mod erlang;
mod exchange;
mod invariants;
mod theory;
