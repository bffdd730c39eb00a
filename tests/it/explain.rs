//! Whom would a call ring, and why: over HTTP, from the command line, and always what is then decided.

mod agreement;
mod cases;
mod command;
mod http;
pub(crate) mod past;
