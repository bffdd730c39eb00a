//! What the tests start for themselves, and stop again.

pub(crate) mod flaky;
pub(crate) mod redis;
pub(crate) mod server;
