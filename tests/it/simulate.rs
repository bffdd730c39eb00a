//! `ringmaster simulate`: a day of calls on a virtual clock.

mod against;
mod clicks;
mod command;
mod erlang;
mod exchange;
mod invariants;
mod theory;
