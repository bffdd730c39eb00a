//! `ringmaster simulate`: a day of calls on a virtual clock.

mod against;
mod command;
mod erlang;
mod invariants;
mod theory;
